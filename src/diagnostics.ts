import { type Channel, channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { debuglog, inspect } from "node:util";
import type { ErrorCode } from "./errors.js";
import type { Spelt } from "./spelling.js";

/** A request to the server address has been answered: `koa-wx:push`. */
export interface PushEvent {
  /** The account's AppID, if it has one and the request came as far. */
  readonly appId: string | undefined;
  readonly method: "GET" | "POST" | "other";
  /** `MsgType`, if the request was genuine. */
  readonly type: string | undefined;
  /** `Event`, for events. */
  readonly event: string | undefined;
  /**
   * - `verified`: the check of the server address was answered.
   * - `replied`: with a message. `acknowledged`: with `success`.
   * - `abandoned`: left unanswered, so that WeChat delivers the push again.
   * - `refused`: see `code` and `reason`. `failed`: koa-wx itself failed; answered with `success`.
   */
  readonly outcome: "verified" | "replied" | "acknowledged" | "abandoned" | "refused" | "failed";
  /** The status of the answer; 0 when there was none. */
  readonly status: number;
  /** Why it was refused. */
  readonly code: ErrorCode | undefined;
  /**
   * The same in words. Of what was encrypted it says more than the sender got, who learns only that it
   * could not be decrypted; no word of the push is in it.
   */
  readonly reason: string | undefined;
  /** Milliseconds from the arrival. */
  readonly duration: number;
}

/** The handlers are done with a push, however often it was delivered: `koa-wx:run`. */
export interface RunEvent {
  readonly appId: string | undefined;
  /** `MsgType`. */
  readonly type: string;
  /** `Event`, for events. */
  readonly event: string | undefined;
  /** `failed`: with an error that `wx.catch` did not turn into a reply. */
  readonly outcome: "replied" | "silent" | "failed";
  /**
   * The code or the class of the handlers' error, also of one that `wx.catch` turned into a reply;
   * never its message, which may hold anything.
   */
  readonly error: string | undefined;
  /** How many deliveries had come until then. */
  readonly attempts: number;
  /** Whether it was too late for a passive reply. */
  readonly late: boolean;
  /** With `debug`: who took the push, and why there was no reply; no word of the push is in it. */
  readonly explained?: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
}

/** A reply has left, or could not: `koa-wx:reply`. */
export interface ReplyEvent {
  readonly appId: string | undefined;
  /** The reply's type: `text`, `image`, … */
  readonly type: string;
  /** In the answer to a push (`passive`), or which way a late one went: `deadline.late`. */
  readonly way: "passive" | "send" | "collect" | "drop" | "custom";
  /** `sent`: that way without an error. By `collect` it waits for 继续 then, and by `drop` nothing has left. */
  readonly outcome: "sent" | "failed";
  /** The code or the class of the error. */
  readonly error: string | undefined;
  /** Milliseconds: for passive replies from the push's arrival, else what the sending took. */
  readonly duration: number;
}

/** A call of WeChat's server APIs has ended: `koa-wx:call`. */
export interface CallEvent {
  readonly appId: string | undefined;
  readonly method: "GET" | "POST";
  /** The path, without its query: `/cgi-bin/user/info`. */
  readonly endpoint: string;
  /** `refused`: by WeChat, see `errcode`. `failed`: it did not get through, see `error`. */
  readonly outcome: "ok" | "refused" | "failed" | "aborted";
  readonly errcode: number | undefined;
  /** The code or the class of the error. */
  readonly error: string | undefined;
  /** How often it was tried, repetitions with a new token included. */
  readonly tries: number;
  /** Milliseconds, waiting for a token and between tries included; of downloads until they begin. */
  readonly duration: number;
}

/** An access token or a ticket was renewed, or given up: `koa-wx:token`. */
export interface TokenEvent {
  readonly appId: string | undefined;
  readonly kind: "access_token" | "jsapi_ticket" | "wx_card_ticket";
  /**
   * - `fetched`: from WeChat. `adopted`: from the shared store, where another process had put it.
   * - `failed`: see `errcode` and `error`. `invalidated`: WeChat refused the one in use.
   */
  readonly outcome: "fetched" | "adopted" | "failed" | "invalidated";
  readonly errcode: number | undefined;
  /** The code or the class of the error. */
  readonly error: string | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** The shared store of this process has gone away, or is back: `koa-wx:store`. */
export interface StoreEvent {
  /** `away`: it failed, or answered nothing for so long that this process goes on alone. */
  readonly outcome: "away" | "back";
  /** Why it is away, in words, if a StoreError says so. */
  readonly reason: string | undefined;
  /** Milliseconds for which it was away; 0 of `away`. */
  readonly duration: number;
}

/** The channels of `node:diagnostics_channel` that koa-wx publishes to, and what. */
export interface DiagnosticEvents {
  readonly "koa-wx:push": PushEvent;
  readonly "koa-wx:run": RunEvent;
  readonly "koa-wx:reply": ReplyEvent;
  readonly "koa-wx:call": CallEvent;
  readonly "koa-wx:token": TokenEvent;
  readonly "koa-wx:store": StoreEvent;
}

const debug = debuglog("koa-wx");
// Node reads NODE_DEBUG once, when it starts.
const isDebugging = debug.enabled;

/** @internal One channel. Nothing is measured or made for it unless somebody watches. */
class Signal<N extends keyof DiagnosticEvents> {
  readonly #name: N;
  // Held, because Node forgets channels that nobody holds.
  readonly #channel: Channel;

  constructor(name: N) {
    this.#name = name;
    this.#channel = channel(name);
  }

  /** Whether anybody wants to know. */
  get watched(): boolean {
    return isDebugging || this.#channel.hasSubscribers;
  }

  publish(event: DiagnosticEvents[N]): void {
    if (isDebugging) debug("%s %s", this.#name, line(event));
    this.#channel.publish(event);
  }
}

/** @internal */
export const pushes = new Signal("koa-wx:push");
/** @internal */
export const runs = new Signal("koa-wx:run");
/** @internal */
export const replies = new Signal("koa-wx:reply");
/** @internal */
export const calls = new Signal("koa-wx:call");
/** @internal */
export const tokens = new Signal("koa-wx:token");
/** @internal */
export const stores = new Signal("koa-wx:store");

/**
 * Calls `listener` for every event of a channel, with its type, and returns a function that stops it.
 * It is `subscribe` of `node:diagnostics_channel`, which does as well. No event holds a secret, a
 * token, an OpenID or anything that users wrote.
 *
 * ```ts
 * const stop = observe("koa-wx:call", ({ endpoint, outcome, duration }) => {
 *   console.log(endpoint, outcome, duration);
 * });
 * ```
 */
export function observe<N extends Spelt<keyof DiagnosticEvents>["out"]>(
  name: N,
  listener: (event: DiagnosticEvents[N]) => void,
): () => void {
  const listen = (event: unknown) => listener(event as DiagnosticEvents[N]);
  subscribe(name, listen);
  return () => void unsubscribe(name, listen);
}

/** @internal What may be told of an error: its code or its class. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  // Like WX_STORE or ECONNRESET; not every code is one that may be told.
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return code;
  return /^[A-Za-z]\w{0,63}$/.test(error.name) ? error.name : "Error";
}

/** @internal WeChat's number, if an error has one. */
export function errcodeOf(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode : undefined;
}

/** What there is of an event, in one line; control characters that the wire may bring are escaped. */
function line(event: object): string {
  const known = Object.entries(event).filter(([, value]) => value !== undefined);
  const shown = known.map(([name, value]) =>
    typeof value === "number"
      ? `${name}=${Math.round(value * 10) / 10}`
      : `${name}=${inspect(value)}`,
  );
  return shown.join(" ");
}
