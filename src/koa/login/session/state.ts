import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a login may take, in milliseconds. */
export const stateLife = 600_000;
/** An id, the time, the round and a signature, in characters. */
export const stateLength = 74;

/** What a genuine `state` says. */
export interface LoginState {
  /** 128 random bits. */
  readonly id: string;
  /** How many times in a row this browser was sent to WeChat, from 1. */
  readonly round: number;
  /** Whether it was issued within the last ten minutes. */
  readonly isFresh: boolean;
}

/**
 * Makes and recognises the `state` that goes to WeChat and back: a random id, the time and the
 * round, signed. WeChat takes letters and digits only, 128 at most. Where to return to is not in it.
 */
export class States {
  readonly #key: Buffer;
  readonly #now: () => number;

  /** `now` is in milliseconds. */
  constructor(secret: string, now: () => number) {
    this.#key = createHmac("sha256", secret).update("koa-wx: state of a web login").digest();
    this.#now = now;
  }

  /** A new state and its id. */
  issue(round: number): { readonly id: string; readonly state: string } {
    const id = randomBytes(16).toString("hex");
    const seconds = Math.floor(this.#now() / 1000);
    const content = `${id}${seconds.toString(16).padStart(9, "0")}${round}`;
    return { id, state: content + this.#mac(content) };
  }

  /** Reads a state; `undefined` for one that was not issued here. */
  read(state: unknown): LoginState | undefined {
    if (typeof state !== "string" || state.length !== stateLength) return undefined;
    if (!/^[0-9a-f]+$/.test(state)) return undefined;
    const content = state.slice(0, 42);
    const mac = Buffer.from(state.slice(42));
    if (!timingSafeEqual(mac, Buffer.from(this.#mac(content)))) return undefined;
    const age = this.#now() - Number.parseInt(content.slice(32, 41), 16) * 1000;
    return {
      id: content.slice(0, 32),
      round: Number(content.slice(41)),
      // The clocks of two processes are never quite the same.
      isFresh: age < stateLife && age > -60_000,
    };
  }

  /**
   * The id of a user's login in a browser: the same for all logins that were begun together, so that
   * they are one however many callbacks there are, and guessable by nobody. `browser` is random.
   */
  loginId(browser: string, openid: string): string {
    const content = JSON.stringify([browser, openid]);
    return createHmac("sha256", this.#key).update(content).digest("base64url");
  }

  #mac(content: string): string {
    return createHmac("sha256", this.#key).update(content).digest("hex").slice(0, 32);
  }
}

/** What stands in a store's key in the place of something secret. */
export function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two texts in a time that says nothing about where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
}
