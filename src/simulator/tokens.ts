import { randomId } from "./account.js";

/** A token as it is answered. */
export interface IssuedToken {
  readonly value: string;
  /** Seconds. */
  readonly expiresIn: number;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970; earlier once another one has replaced it. */
  until: number;
}

const life = 7_200_000;
/** How long the old token serves besides the new one. */
const overlap = 300_000;
const day = 86_400_000;

/** Access tokens or tickets: they expire, and a new one ends the last after five minutes. */
class Series {
  readonly #now: () => number;
  readonly #known: Token[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  get current(): Token | undefined {
    return this.#known[0];
  }

  /** How long the newest one lives, in milliseconds. */
  get left(): number {
    return Math.max(0, (this.current?.until ?? 0) - this.#now());
  }

  issue(overlapping = overlap): Token {
    const now = this.#now();
    const last = this.current;
    if (last !== undefined) last.until = Math.min(last.until, now + overlapping);
    const token = {
      value: randomId(`${Math.floor(Math.random() * 90) + 10}_`, 136),
      until: now + life,
    };
    this.#known.unshift(token);
    // Enough to tell an expired token from an invented one.
    this.#known.length = Math.min(this.#known.length, 100);
    return token;
  }

  /** Undefined for a token that never was one of these. */
  check(value: string): "valid" | "expired" | "replaced" | undefined {
    const index = this.#known.findIndex((token) => token.value === value);
    const token = this.#known[index];
    if (token === undefined) return undefined;
    if (this.#now() < token.until) return "valid";
    return index === 0 ? "expired" : "replaced";
  }

  clear(): void {
    this.#known.length = 0;
  }
}

/**
 * The account's access tokens and tickets.
 *
 * The tokens of the two endpoints do not know of each other. Source: 「获取接口调用凭据」,
 * 「获取稳定版接口调用凭据」.
 */
export class Tokens {
  readonly #now: () => number;
  readonly #plain: Series;
  readonly #stable: Series;
  readonly #tickets = new Map<string, Series>();
  /** When refreshes were forced, in milliseconds since 1970. */
  #forced: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#plain = new Series(now);
    this.#stable = new Series(now);
  }

  /** A new token of `cgi-bin/token`; the last one serves for five more minutes. */
  issue(): IssuedToken {
    return this.#issued(this.#plain.issue(), this.#plain);
  }

  /**
   * The token of `cgi-bin/stable_token`: the same one until five minutes before its end. Forced, a
   * new one at once, though at most every 30 seconds and twenty times a day.
   */
  stable(force = false): IssuedToken {
    const now = this.#now();
    this.#forced = this.#forced.filter((at) => now - at < day);
    const last = this.#forced.at(-1);
    const mayForce = this.#forced.length < 20 && (last === undefined || now - last >= 30_000);
    if (force && mayForce) {
      this.#forced.push(now);
      return this.#issued(this.#stable.issue(0), this.#stable);
    }
    const { current, left } = this.#stable;
    if (current !== undefined && left >= overlap) return this.#issued(current, this.#stable);
    return this.#issued(this.#stable.issue(), this.#stable);
  }

  /** A ticket, the same one while it lives. */
  ticket(type: "jsapi" | "wx_card"): IssuedToken {
    const series = this.#tickets.get(type) ?? new Series(this.#now);
    this.#tickets.set(type, series);
    const { current, left } = series;
    return this.#issued(current !== undefined && left > 0 ? current : series.issue(), series);
  }

  /** Whether a call may be made with this token. */
  check(value: string): "valid" | "expired" | "invalid" {
    const state = this.#plain.check(value) ?? this.#stable.check(value);
    if (state === "valid" || state === "expired") return state;
    return "invalid";
  }

  /** Ends all tokens at once, as a reset of the AppSecret does. */
  revoke(): void {
    this.#plain.clear();
    this.#stable.clear();
  }

  #issued(token: Token, series: Series): IssuedToken {
    return { value: token.value, expiresIn: Math.floor(series.left / 1000) };
  }
}
