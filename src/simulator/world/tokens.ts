import type { Mint } from "./mint.js";

/** A token as it is answered. */
export interface IssuedToken {
  readonly value: string;
  /** Seconds. */
  readonly expiresIn: number;
}

interface Token {
  readonly value: string;
  /** When it was issued, in milliseconds since 1970. */
  readonly at: number;
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
  readonly #mint: Mint;
  readonly #kind: string;
  /** The newest first. */
  readonly #known: Token[] = [];
  /** Until when all are void, in milliseconds since 1970. */
  #revoked = 0;

  constructor(now: () => number, mint: Mint, kind: string) {
    this.#now = now;
    this.#mint = mint;
    this.#kind = kind;
  }

  /** The newest one, if it lives for so many milliseconds more. */
  current(left = 1): IssuedToken | undefined {
    const [newest] = this.#known;
    return newest === undefined || newest.until - this.#now() < left
      ? undefined
      : this.#answered(newest);
  }

  issue(overlapping = overlap): IssuedToken {
    const now = this.#now();
    const [last] = this.#known;
    if (last !== undefined) last.until = Math.min(last.until, now + overlapping);
    const value = this.#mint.make(this.#kind, now);
    const token = { value, at: now, until: now + life };
    this.#add(token, 0);
    return this.#answered(token, now);
  }

  /** Undefined for a token that never was one of these. */
  check(value: string): "valid" | "expired" | "replaced" | undefined {
    const token = this.#known.find((one) => one.value === value) ?? this.#remembered(value);
    if (token === undefined) return undefined;
    if (this.#now() < token.until) return "valid";
    return token === this.#known[0] ? "expired" : "replaced";
  }

  /** All that are good at the moment. */
  valid(): readonly string[] {
    return this.#known.filter(({ until }) => this.#now() < until).map(({ value }) => value);
  }

  clear(): void {
    this.#known.length = 0;
    this.#revoked = this.#now();
  }

  /** One that was issued before the simulated WeChat was started anew. */
  #remembered(value: string): Token | undefined {
    const made = this.#mint.read(this.#kind, value);
    if (made === undefined || made.at > this.#now() || made.at <= this.#revoked) return undefined;
    const { at } = made;
    const newer = this.#known.filter((one) => one.at > at);
    const next = newer.at(-1)?.at ?? Number.POSITIVE_INFINITY;
    const token = { value, at, until: Math.min(at + life, next + overlap) };
    this.#add(token, newer.length);
    return token;
  }

  #add(token: Token, index: number): void {
    this.#known.splice(index, 0, token);
    // Enough to tell an expired token from one that was replaced.
    this.#known.length = Math.min(this.#known.length, 100);
  }

  #answered({ value, until }: Token, now = this.#now()): IssuedToken {
    return { value, expiresIn: Math.floor((until - now) / 1000) };
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
  readonly #mint: Mint;
  readonly #plain: Series;
  readonly #stable: Series;
  readonly #tickets = new Map<string, Series>();
  /** When refreshes were forced, in milliseconds since 1970. */
  #forced: number[] = [];

  constructor(now: () => number, mint: Mint) {
    this.#now = now;
    this.#mint = mint;
    this.#plain = new Series(now, mint, "token");
    this.#stable = new Series(now, mint, "stable_token");
  }

  /** A new token of `cgi-bin/token`; the last one serves for five more minutes. */
  issue(): IssuedToken {
    return this.#plain.issue();
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
      return this.#stable.issue(0);
    }
    return this.#stable.current(overlap) ?? this.#stable.issue();
  }

  /** A ticket, the same one while it lives. */
  ticket(type: "jsapi" | "wx_card"): IssuedToken {
    const series = this.#tickets.get(type) ?? new Series(this.#now, this.#mint, type);
    this.#tickets.set(type, series);
    return series.current() ?? series.issue();
  }

  /** The tickets with which something may be signed. */
  validTickets(type: "jsapi" | "wx_card"): readonly string[] {
    return this.#tickets.get(type)?.valid() ?? [];
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
}
