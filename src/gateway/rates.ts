import type { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { IoRedisClient } from "../store/redis-io.js";
import type { NodeRedisClient } from "../store/redis-node.js";
import { defaultRate, type GatewayClient } from "./options.js";

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
  #restUntil = 0;

  constructor(
    name: string,
    clients: Readonly<Record<string, GatewayClient>>,
    redis: IoRedisClient | NodeRedisClient | undefined,
  ) {
    this.#limiters = limitersOf(name, clients, redis);
    // Who waits for it is told.
    this.#limiters.catch(() => {});
  }

  /** Counts one request of a client. */
  async take(id: string): Promise<Quota> {
    const limiter = (await this.#limiters).get(id) as Limiter;
    const { main, spare, points, duration } = limiter;
    const isResting = performance.now() < this.#restUntil;
    let state = isResting ? undefined : await within(patience, consume(main, id));
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
  redis: IoRedisClient | NodeRedisClient | undefined,
): Promise<ReadonlyMap<string, Limiter>> {
  const { RateLimiterMemory, RateLimiterRedis } = await import("rate-limiter-flexible");
  const limiters = new Map<string, Limiter>();
  for (const [id, { rate = defaultRate }] of Object.entries(clients)) {
    const { points, duration } = rate;
    const limits = { keyPrefix: `koa-wx:rate:${name}`, points, duration };
    const spare = new RateLimiterMemory(limits);
    const main =
      redis === undefined
        ? spare
        : new RateLimiterRedis({
            ...limits,
            storeClient: redis,
            useRedisPackage: !("defineCommand" in redis),
            rejectIfRedisNotReady: true,
          });
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

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
