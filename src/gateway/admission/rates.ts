import type { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { RedisClient } from "../../store/redis/client.js";
import { RedisConnection, Script } from "../../store/redis/connection.js";
import { defaultRate, type GatewayClient } from "../options.js";

/** How much of a client's rate is left. */
export interface Quota {
  /** Requests in a window. */
  readonly limit: number;
  /** The window, in seconds. */
  readonly duration: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly reset: number;
  readonly isExceeded: boolean;
}

/** How long Redis may take, and how long it is left alone when it failed. */
const patience = 500;
const rest = 1_000;

interface Limiter {
  readonly main: RateLimiterRedis | RateLimiterMemory;
  /** Counts in memory while Redis is away. */
  readonly spare: RateLimiterMemory;
  readonly points: number;
  readonly duration: number;
}

/** Counts requests of clients, in Redis or in memory. */
export class Rates {
  readonly #limiters: Promise<ReadonlyMap<string, Limiter>>;
  readonly #redis: RedisConnection | undefined;
  #restUntil = 0;

  constructor(
    name: string,
    clients: Readonly<Record<string, GatewayClient>>,
    redis: RedisClient | undefined,
  ) {
    this.#redis = redis === undefined ? undefined : new RedisConnection(redis, patience);
    this.#limiters = limitersOf(name, clients, this.#redis);
    // Who waits for it is told.
    this.#limiters.catch(() => {});
  }

  /** Counts one request of a client. */
  async take(id: string): Promise<Quota> {
    const limiter = (await this.#limiters).get(id) as Limiter;
    const { main, spare, points, duration } = limiter;
    const isResting = performance.now() < this.#restUntil || this.#redis?.isReady() === false;
    let state = isResting ? undefined : await consume(main, id);
    if (state === undefined) {
      if (!isResting) this.#restUntil = performance.now() + rest;
      state = await consume(spare, id);
    }
    return {
      limit: points,
      duration,
      remaining: state?.remainingPoints ?? 0,
      reset: Math.max(0, Math.ceil((state?.msBeforeNext ?? 0) / 1000)),
      isExceeded: state === undefined || state.consumedPoints > points,
    };
  }
}

/** The limiter of each client. The library is loaded here, because only who runs a gateway needs it. */
async function limitersOf(
  name: string,
  clients: Readonly<Record<string, GatewayClient>>,
  redis: RedisConnection | undefined,
): Promise<ReadonlyMap<string, Limiter>> {
  const { RateLimiterMemory, RateLimiterRedis } = await import("rate-limiter-flexible");
  const limiters = new Map<string, Limiter>();
  for (const [id, { rate = defaultRate }] of Object.entries(clients)) {
    const { points, window } = rate;
    const duration = window / 1_000;
    const limits = { keyPrefix: `koa-wx:rate:${name}`, points, duration };
    const spare = new RateLimiterMemory(limits);
    const main =
      redis === undefined
        ? spare
        : new RateLimiterRedis({ ...limits, storeClient: scripts(redis), useRedisPackage: true });
    limiters.set(id, { main, spare, points, duration });
  }
  return limiters;
}

/** The state after one more request, or `undefined` when the limiter failed. */
async function consume(
  limiter: RateLimiterRedis | RateLimiterMemory,
  id: string,
): Promise<RateLimiterRes | undefined> {
  try {
    return await limiter.consume(id);
  } catch (outcome) {
    return outcome instanceof Error ? undefined : (outcome as RateLimiterRes);
  }
}

/** What the library needs of a client: it runs a script and gives the numbers that it returns. */
function scripts(redis: RedisConnection) {
  let script: Script | undefined;
  return {
    async eval(
      text: string,
      { keys, arguments: args }: { keys: string[]; arguments: string[] },
    ): Promise<number[]> {
      // It is always the same one.
      script ??= new Script(text);
      const reply = await redis.script(script, keys, ...args);
      return Array.isArray(reply) ? reply.map(Number) : [];
    },
  };
}
