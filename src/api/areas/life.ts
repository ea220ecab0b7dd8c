import { ConfigError } from "../../errors.js";

/** The longest that WeChat keeps a temporary code, or a text behind a short key: 30 days. */
const longest = 2_592_000_000;

/** The `expire_seconds` that WeChat takes, of milliseconds. Throws a ConfigError for what it would not take. */
export function secondsOf(ttl: unknown, whose: string): number {
  if (
    typeof ttl === "number" &&
    Number.isInteger(ttl) &&
    ttl >= 1_000 &&
    ttl <= longest &&
    ttl % 1_000 === 0
  ) {
    return ttl / 1_000;
  }
  throw new ConfigError(
    `"ttl" of ${whose} is a number of milliseconds, whole seconds from 1000 to ${longest} (30 days), got ${String(ttl)}.`,
  );
}
