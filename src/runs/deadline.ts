import type { Result } from "../message/reply.js";
import {
  checkedBy,
  checkOptions,
  count,
  func,
  kind,
  ms,
  number,
  oneOf,
  or,
  pattern,
  type Rules,
  text,
  timer,
} from "../options.js";
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

const because = "WeChat closes the connection after five seconds";

const rules: Rules<DeadlineOptions> = {
  ms: number({ of: "milliseconds", most: 5_000, because }),
  attempts: count,
  onTimeout: func('() => "稍等"'),
  late: or(oneOf("send", "collect", "drop"), func()),
  onBroken: text,
  collect: checkedBy((collect) => {
    checkOptions(collect, '"deadline.collect"', collectRules, {
      wanted: '"deadline.collect" takes an object such as { match: "继续", ttl: 600_000 }',
    });
  }),
  maxRun: timer,
  lease: timer,
};

/** So that a message has room for more than that. */
const short = kind(
  "a text of at most 200 letters",
  (value) => typeof value === "string" && value.length <= 200,
);

const collectRules: Rules<CollectOptions> = {
  ttl: ms,
  match: or(text, pattern),
  hint: short,
  writing: short,
};

/** Checks the deadline's options. Throws a ConfigError that names the wrong one. */
export function checkDeadline(options: DeadlineOptions<never> = {}): Budget {
  checkOptions(options, '"deadline"', rules, {
    wanted: '"deadline" takes an object such as { ms: 4_500, late: "collect" }',
  });
  const { ms = 4_500, attempts = 3, maxRun = 600_000, lease = 6_000, late } = options;
  // WeChat's round is its five seconds; ours is a little shorter, and tests scale it.
  const round = (ms * 5_000) / 4_500;
  return { ms, attempts, maxRun, lease, grace: round * 2.2, drop: late === "drop" };
}
