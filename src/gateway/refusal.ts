import { WechatError } from "../errors.js";

/** Why the gateway refused a request; the word that stands under `error` in its answer. */
const refusals = {
  unsigned: "The request carries no signature.",
  signature: "The signature is wrong, or the client is unknown.",
  stale: "The timestamp is too far from the gateway's clock.",
  replay: "The nonce was used before.",
  body: "The body is not the one that was signed.",
  account: "The gateway does not serve this account to this client.",
  client: "The client may not do this.",
  path: "The path is malformed, unknown, or not among those of the client.",
  query: "The query holds what no client may send.",
  method: "The method is not the one of this path.",
  length: "The body's length is missing.",
  large: "The body is longer than the limit.",
  rate: "The client sent too many requests.",
  busy: "Too many requests of the client are under way.",
  timeout: "Somebody took too long.",
  upstream: "WeChat could not be reached, or gave no token.",
  internal: "The gateway failed.",
} as const;

/** Why a gateway refused a request, in one word. */
export type RefusalReason = keyof typeof refusals;

/** A request that the gateway refuses. Its message can be shown to the client. */
export class Refusal extends WechatError {
  readonly status: number;
  readonly reason: RefusalReason;

  constructor(
    status: number,
    reason: RefusalReason,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super("WX_GATEWAY", message, options);
    this.status = status;
    this.reason = reason;
  }

  override get name() {
    return "Refusal";
  }
}
