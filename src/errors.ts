import * as crypto from "node:crypto";

/** Every code that an error of koa-wx can carry, and what it stands for. Codes never change. */
export const errorCodes = {
  WX_CONFIG: "An option is missing or wrong.",
  WX_ACCOUNT: "No account belongs to this address, or it could not be looked up.",
  WX_REGISTRATION: "A handler was registered with something that koa-wx cannot take.",
  WX_METHOD: "The request's method is neither GET nor POST.",
  WX_QUERY: "A query parameter is missing, repeated or malformed.",
  WX_SIGNATURE: "The request was not signed with this account's token.",
  WX_STALE: "The request's timestamp is too far from this server's clock.",
  WX_REPLAY: "A signature was used again with another message.",
  WX_DECRYPT: "The push could not be decrypted for this account.",
  WX_PLAIN: "A plain push arrived although the account is configured for encryption.",
  WX_ENCRYPTED: "An encrypted push arrived although no key is configured.",
  WX_XML: "The body is not a well-formed push.",
  WX_BODY_TOO_LARGE: "The body is longer than the limit.",
  WX_BODY_TIMEOUT: "The body took too long to arrive.",
  WX_BODY_ABORTED: "The connection closed before the body was complete.",
  WX_BODY_CONSUMED: "Another parser read the body and kept nothing of it.",
  WX_HANDLER: "A handler failed.",
  WX_NEXT: "A handler called next() twice.",
  WX_REPLY: "A handler returned something that is no reply.",
  WX_REPLY_TOO_LONG: "A reply is longer than WeChat accepts.",
  WX_LATE: "A late reply could not be delivered.",
  WX_MEDIA: "A file cannot be sent, or there is none to fetch.",
  WX_OUTGOING: "A hook of wx.outgoing() took too long, so its message was held back.",
  WX_STORE: "The store failed or did not answer in time.",
  WX_API: "WeChat answered an API call with an error code.",
  WX_API_NETWORK: "An API call did not reach WeChat.",
  WX_API_TIMEOUT: "An API call took too long.",
  WX_API_RESPONSE: "An API call was answered with something unreadable.",
  WX_MENU: "A menu definition breaks one of WeChat's rules.",
  WX_OAUTH: "Web login failed.",
  WX_OAUTH_STATE: "The login's state is missing, used, expired or of another browser.",
  WX_OAUTH_LOOP: "The login cookie does not come back.",
  WX_OAUTH_DENIED: "The user refused to log in.",
  WX_OAUTH_SNAPSHOT: "The page is open in snapshot mode, with a virtual user.",
  WX_GATEWAY: "The gateway refused a request.",
  WX_SESSION: "A session is not available or could not be stored.",
  WX_FLOW: "A dialogue is defined or used wrongly.",
  WX_SIMULATOR: "The simulated WeChat was used wrongly.",
} as const;

/** The code of an error: one of the keys of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

/** Everything that koa-wx throws. `code` is stable; `message` says what happened, why, and what to do. */
export class WechatError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  override get name() {
    return "WechatError";
  }
}

/**
 * A push that this process cannot handle and another one can: it is left unanswered here, so that
 * WeChat delivers it again.
 */
export class DeclinedError extends WechatError {
  override get name() {
    return "DeclinedError";
  }
}

/** A wrong option or registration, thrown at start-up. */
export class ConfigError extends WechatError {
  constructor(
    message: string,
    code: "WX_CONFIG" | "WX_REGISTRATION" | "WX_MENU" | "WX_FLOW" = "WX_CONFIG",
  ) {
    super(code, message);
  }

  override get name() {
    return "ConfigError";
  }
}

/**
 * A store that failed. `scope` says for whom: `"key"` means that this key alone cannot be read or
 * written (it holds another type, it is forbidden, it is too large), and only this call fails;
 * `"store"` means an outage, and koa-wx goes on in memory until it is over. A store of your own may
 * throw it; any other error counts as an outage.
 */
export class StoreError extends WechatError {
  readonly scope: "key" | "store";

  constructor(message: string, scope: StoreError["scope"], options?: { readonly cause?: unknown }) {
    super("WX_STORE", message, options);
    this.scope = scope;
  }

  override get name() {
    return "StoreError";
  }
}

/**
 * A request that is refused. `status` is what the sender gets; `expose` tells Koa and other
 * frameworks that `message` may be shown.
 */
export class RequestError extends WechatError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 503;
  readonly expose = true;
  /** The same for the owner's logs: at times it says more than the sender may know. No word of the request is in it. */
  readonly reason: string;

  constructor(
    status: RequestError["status"],
    code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly reason?: string },
  ) {
    super(code, message, options);
    this.status = status;
    this.reason = options?.reason ?? message;
  }

  override get name() {
    return "RequestError";
  }
}

/** Something a handler threw that is no `Error`, as `cause`. */
export class HandlerError extends WechatError {
  constructor(message: string, cause: unknown) {
    super("WX_HANDLER", message, { cause });
  }

  override get name() {
    return "HandlerError";
  }
}

/** A handler's return value that cannot be sent. */
export class ReplyError extends WechatError {
  constructor(message: string, code: "WX_REPLY" | "WX_REPLY_TOO_LONG" = "WX_REPLY") {
    super(code, message);
  }

  override get name() {
    return "ReplyError";
  }
}

/** @internal A text from outside as a message may show it: short, and with nothing that ends a line or commands a terminal. */
export function printable(text: string): string {
  const short = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"\\]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
}

// Everything stands on this file, so an older Node is told here, before it stumbles over what it lacks. A named import of
// that would have failed before anything could say why: in src/, crypto.hash() is called by its namespace.
if (typeof crypto.hash !== "function") {
  throw new ConfigError(
    `koa-wx needs Node 20.19 or later (需要 Node ≥ 20.19), and this is ${process.version}. Install the LTS from https://nodejs.org, or change to it: nvm install --lts.`,
  );
}
