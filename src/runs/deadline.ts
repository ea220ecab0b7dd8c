import { ConfigError } from "../errors.js";
import type { Result } from "../message/reply.js";
import { checkNames } from "../options.js";
import type { CollectOptions } from "../outgoing/collected.js";
import type { LatePolicy } from "../outgoing/late.js";

/** What is done about WeChat's five seconds. `C` is the context that handlers get. */
export interface DeadlineOptions<C = unknown> {
  /** How long one delivery waits for the handlers, in milliseconds. Default: 4,500 of WeChat's 5,000. */
  readonly ms?: number;
  /** How many deliveries of a push are used before the placeholder. Default: 3, as many as WeChat makes. */
  readonly attempts?: number;
  /** What the last delivery is answered with when the handlers are not done. Default: no message. */
  readonly onTimeout?: (ctx: C) => Result | Promise<Result>;
  /**
   * What becomes of a reply that comes later: `"send"` as a customer-service message (客服消息),
   * `"collect"` for the user's next message, `"drop"` with a warning, or a function that takes it.
   */
  readonly late?: LatePolicy<C>;
  /**
   * What a user reads, once, whose answer was promised by a process that has died since.
   * Default: 「抱歉，刚才的回答中断了，请再发一次。」
   */
  readonly onBroken?: string;
  /** How replies wait for the user's next message, for `late: "collect"` and where sending is refused. */
  readonly collect?: CollectOptions;
  /** After so many milliseconds a run is given up and `ctx.signal` aborts. Default: 600,000. */
  readonly maxRun?: number;
  /** Where several processes share a store: how long a dead one holds its runs, in milliseconds. Default: 6,000. */
  readonly lease?: number;
}

/** The times that a run goes by, in milliseconds, and how many attempts it uses. */
export interface Budget {
  readonly ms: number;
  readonly attempts: number;
  /** How long after an attempt's arrival the next one may come: WeChat's five seconds and some more. */
  readonly grace: number;
  readonly maxRun: number;
  readonly lease: number;
  /** Whether a reply that is late is dropped, so that the handlers may stop. */
  readonly drop: boolean;
}

const known: Readonly<Record<keyof DeadlineOptions, true>> = {
  ms: true,
  attempts: true,
  onTimeout: true,
  onBroken: true,
  late: true,
  collect: true,
  maxRun: true,
  lease: true,
};

const knownOfCollect: Readonly<Record<keyof CollectOptions, true>> = {
  ttl: true,
  match: true,
  hint: true,
  writing: true,
};

const defaults = { ms: 4_500, attempts: 3, maxRun: 600_000, lease: 6_000 };

/** Checks the deadline's options. Throws a ConfigError that names the wrong one. */
export function checkDeadline(options: DeadlineOptions<never> = {}): Budget {
  checkNames(options, '"deadline"', known, {
    wanted: '"deadline" takes an object such as { ms: 4_500, late: "collect" }',
  });
  const budget = { ...defaults };
  for (const name of ["ms", "attempts", "maxRun", "lease"] as const) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value)) {
      throw wrong(name, "a number above 0", value);
    }
    budget[name] = value;
  }
  if (budget.ms > 5_000) {
    throw new ConfigError(
      `"deadline.ms" must be at most 5000, got ${budget.ms}: WeChat closes the connection after five seconds.`,
    );
  }
  if (!Number.isInteger(budget.attempts)) throw wrong("attempts", "an integer", budget.attempts);
  const { late, onTimeout, onBroken, collect } = options;
  if (late !== undefined && typeof late !== "function" && !isPolicy(late)) {
    throw wrong("late", `"send", "collect", "drop" or a function`, late);
  }
  if (onTimeout !== undefined && typeof onTimeout !== "function") {
    throw wrong("onTimeout", "a function that returns the placeholder", onTimeout);
  }
  if (onBroken !== undefined && typeof onBroken !== "string") {
    throw wrong("onBroken", "a text", onBroken);
  }
  if (collect !== undefined) {
    checkNames(collect, '"deadline.collect"', knownOfCollect, {
      wanted: '"deadline.collect" takes an object such as { match: "继续", ttl: 600_000 }',
    });
  }
  const match: unknown = collect?.match;
  if (match !== undefined && typeof match !== "string" && !(match instanceof RegExp)) {
    throw wrong("collect.match", `"any", a text or a pattern`, match);
  }
  const ttl: unknown = collect?.ttl;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0 && Number.isFinite(ttl))) {
    throw wrong("collect.ttl", "a number above 0", ttl);
  }
  // WeChat's round is its five seconds; ours is a little shorter, and tests scale it.
  const round = (budget.ms * 5_000) / defaults.ms;
  return { ...budget, grace: round * 2.2, drop: late === "drop" };
}

function isPolicy(value: unknown): boolean {
  return value === "send" || value === "collect" || value === "drop";
}

function wrong(name: string, wanted: string, got: unknown): ConfigError {
  return new ConfigError(
    `"deadline.${name}" must be ${wanted}, got ${typeof got === "number" || typeof got === "string" ? JSON.stringify(got) : typeof got}.`,
  );
}
