import { Redis } from "ioredis";
import { RedisStore, type RedisStoreOptions } from "../../src/store/redis/redis.js";
import { type RedisServer, startRedis } from "./redis.js";

/** In a suite: a Redis, and what the processes on it have. All of it is closed at the end. */
export function useRedis({ maxRetriesPerRequest = 20 } = {}) {
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
    const opened = new Redis(server.url, { maxRetriesPerRequest });
    // Some suites take it away.
    opened.on("error", () => {});
    clients.push(opened);
    return opened;
  };
  return {
    store: (more: RedisStoreOptions = {}) => new RedisStore(client(), more),
    command: (...words: string[]) => server.command(...words),
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}
