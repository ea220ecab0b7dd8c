import { createHash } from "node:crypto";
import type { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { WechatError } from "../errors.js";
import { MemoryStore } from "../store/memory.js";
import type { Store } from "../store/store.js";

/** How much of a user's limit is used. */
interface Consumed {
  readonly isExceeded: boolean;
  /** Milliseconds until the user may go on. */
  readonly retryAfter: number;
}

/** How much there is, and for how long; milliseconds. */
export interface Limits {
  readonly points: number;
  readonly window: number;
  readonly block: number;
}

/** Counts what users consume, each push once. */
export interface Limiter {
  consume(user: string, cost: number, push: string): Promise<Consumed>;
}

/** What counts while the first limiter fails. */
interface Insured {
  readonly insuranceLimiter: RateLimiterRedis;
}

/** What a user has consumed, as it stands in the store. */
interface Count {
  readonly points: number;
  /** The last pushes that were counted, by their hashes, and what was consumed with each. */
  readonly pushes: readonly (readonly [push: string, points: number])[];
}

/** A push may run again in another process; later than this many others, nobody delivers it. */
const mostPushes = 20;
/** More attempts than processes can stand in each other's way. */
const maxAttempts = 50;
/** How many users are counted here while the shared store is away. */
const spareUsers = 10_000;

/**
 * A limiter of `rate-limiter-flexible` that counts in a Store, and in memory while that is away. The
 * library is loaded here, because only who limits needs it. Its own limiter in memory has a timer for
 * each user and no bound; a MemoryStore has neither.
 */
export async function limiterIn(store: Store, name: string, limits: Limits): Promise<Limiter> {
  const { RateLimiterRedis, RateLimiterRes } = await import("rate-limiter-flexible");
  const { points, window } = limits;
  const options = { points, duration: window / 1_000, keyPrefix: "", useRedisPackage: true };
  const limiterOf = (store: Store, insurance: Partial<Insured> = {}) =>
    new RateLimiterRedis({ ...options, ...insurance, storeClient: counter(store, limits) });
  const limiter = store.shared
    ? limiterOf(store, { insuranceLimiter: limiterOf(new MemoryStore({ max: spareUsers })) })
    : limiterOf(store);
  return {
    async consume(user, cost, push) {
      // In braces, so that a Redis Cluster keeps what concerns one user together.
      const key = `${name}:{${user}}\n${hashOf(push)}`;
      const state = await limiter.consume(key, cost).catch((outcome: unknown): RateLimiterRes => {
        // Whoever has consumed too much is told by a rejection that is no error.
        if (outcome instanceof RateLimiterRes) return outcome;
        throw outcome;
      });
      const isExceeded = state.consumedPoints > points;
      return { isExceeded, retryAfter: isExceeded ? state.msBeforeNext : 0 };
    },
  };
}

/** What the library needs of a client of Redis: it has a script count, here for a push. */
function counter(store: Store, limits: Limits) {
  return {
    async eval(
      _script: string,
      { keys: [place = ""], arguments: [cost] }: { keys: string[]; arguments: string[] },
    ): Promise<readonly [consumed: number, left: number]> {
      const [key = "", push = ""] = place.split("\n");
      return add(store, key, push, Number(cost), limits);
    },
  };
}

/** Adds points by compare-and-set; a push that was counted before adds none. */
async function add(
  store: Store,
  key: string,
  push: string,
  cost: number,
  { points: limit, window, block }: Limits,
): Promise<readonly [consumed: number, left: number]> {
  const textOf = (count: Count) => JSON.stringify(count);
  const lifeOf = (isCrossed: boolean) => (isCrossed && block > 0 ? block : undefined);
  const first = textOf({ points: cost, pushes: [[push, cost]] });
  const firstLife = lifeOf(cost > limit) ?? window;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const { held } = await store.enter(key, first, firstLife);
    if (held === undefined) return [cost, firstLife];
    const count = parse(held.value);
    const known = count.pushes.find(([other]) => other === push);
    if (known !== undefined) return [known[1], held.left];
    const points = count.points + cost;
    const pushes = [...count.pushes, [push, points] as const].slice(-mostPushes);
    const life = lifeOf(count.points <= limit && points > limit);
    const { done } = await store.exchange(key, held.value, textOf({ points, pushes }), life);
    if (done) return [points, life ?? held.left];
  }
  throw new WechatError(
    "WX_STORE",
    "What a user has consumed of limit() could not be counted, because other processes changed it all the time.",
  );
}

function parse(text: string): Count {
  try {
    const count = JSON.parse(text) as Count;
    if (typeof count.points === "number" && Array.isArray(count.pushes)) return count;
  } catch {
    // Told below, without what it held.
  }
  throw new WechatError(
    "WX_STORE",
    "A key of limit() in the store holds something that koa-wx did not write. Keep other things under other keys, or give RedisStore a prefix of its own.",
  );
}

const hashOf = (push: string) => createHash("sha1").update(push).digest("base64url").slice(0, 16);
