import { Redis } from "ioredis";
import { RedisStore } from "../../src/store/redis/redis.js";
import { type RedisServer, startRedis } from "./redis.js";

/** In a suite: a Redis, and what the processes on it have. All of it is closed at the end. */
export function useRedis() {
  let server: RedisServer;
  const clients: Redis[] = [];
  before(async () => {
    server = await startRedis();
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });
  const client = (): Redis => {
    const opened = new Redis(server.url);
    clients.push(opened);
    return opened;
  };
  return {
    store: () => new RedisStore(client()),
    command: (...words: string[]) => server.command(...words),
  };
}
