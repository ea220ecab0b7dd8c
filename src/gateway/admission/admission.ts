import type { Context as KoaContext } from "koa";
import type { Client } from "../../api/client.js";
import { errorName } from "../../diagnostics.js";
import { WechatError } from "../../errors.js";
import { FallbackStore } from "../../store/fallback.js";
import { MemoryStore } from "../../store/memory.js";
import { type Store, scoped } from "../../store/store.js";
import { tell } from "../../time/told.js";
import { checkGateway, type GatewayClient, type GatewayOptions, secretsOf } from "../options.js";
import { Refusal } from "../refusal.js";
import { emptyHash, isSignedBy, signingHeaders } from "../signing.js";
import type { AuditEvent, Trail } from "./audit.js";
import { answerEarly } from "./early-answer.js";
import { Nonces } from "./nonces.js";
import { type Quota, Rates } from "./rates.js";

/** A request whose signature is genuine, fresh and new, of a client within its rate. */
export interface Admitted {
  readonly id: string;
  readonly client: GatewayClient;
  /** What was signed as the SHA-256 of the body. */
  readonly bodyHash: string;
  readonly trail: Trail;
}

/** Stands in for a client that is not there, so that its absence cannot be told by the time. */
const nobody = ["0".repeat(64)];

/** Admission control of the gateway: says who comes in, and what is answered to those who do not. */
export class Admission {
  /** Where the accounts keep their tokens; falls back on memory while it is away. */
  readonly store: Store;
  readonly #options: GatewayOptions;
  readonly #accounts: ReadonlyMap<string, Client>;
  readonly #clients: ReadonlyMap<string, GatewayClient>;
  readonly #nonces: Nonces;
  readonly #rates: Rates;
  readonly #prefix: string;
  readonly #maxAge: number;
  readonly #now: () => number;

  constructor(name: "token-server" | "api-proxy", prefix: string, options: GatewayOptions) {
    const { accounts, clients, store = new MemoryStore(), redis } = options;
    const { maxAge = 300, now = Date.now } = options;
    this.store = store.shared ? new FallbackStore(store) : store;
    this.#options = options;
    this.#accounts = new Map(accounts.map((account) => [account.appId, account]));
    this.#clients = new Map(Object.entries(clients));
    // A signature is fresh from maxAge before its own time to maxAge after it.
    const life = maxAge * 2_000 + 1_000;
    this.#nonces = new Nonces(clients, scoped(this.store, "gateway:nonce"), life);
    this.#rates = new Rates(name, clients, redis);
    this.#prefix = prefix;
    this.#maxAge = maxAge;
    this.#now = now;
  }

  /** What follows the prefix in the path as it was sent, or `undefined` if the request is not ours. */
  rest(ctx: KoaContext): string | undefined {
    const path = ctx.originalUrl.split("?", 1)[0] as string;
    return path.startsWith(`${this.#prefix}/`) ? path.slice(this.#prefix.length) : undefined;
  }

  /** Serves one request: lets it in or not, answers refusals, tells the audit. */
  async serve(ctx: KoaContext, work: (admitted: Admitted) => Promise<void>): Promise<void> {
    const begun = performance.now();
    const time = this.#now();
    const trail: Trail = {
      action: "unknown",
      client: undefined,
      appId: undefined,
      path: undefined,
      errcode: undefined,
    };
    let refusal: Refusal | undefined;
    ctx.res.once("close", () => {
      const whole = ctx.res.writableFinished;
      this.#audit(ctx, {
        time,
        ...trail,
        outcome: refusal?.reason ?? (whole ? "ok" : "aborted"),
        method: /^[A-Z]{1,10}$/.test(ctx.method) ? ctx.method : "?",
        status: ctx.res.headersSent ? ctx.res.statusCode : (refusal?.status ?? 499),
        ms: Math.round(performance.now() - begun),
        ip: ctx.ip,
      });
    });
    ctx.set("Cache-Control", "no-store");
    ctx.set("X-Content-Type-Options", "nosniff");
    try {
      const admitted = await this.#admit(ctx, trail);
      // Who has hung up meanwhile hears nothing, and what waits for the end of their request would wait for ever.
      if (!ctx.res.closed) await work(admitted);
    } catch (error) {
      refusal = error instanceof Refusal ? error : internal(error);
      // The cause says more, to the log alone.
      if (refusal.status >= 500) ctx.app.emit("error", refusal.cause ?? refusal, ctx);
      if (ctx.res.destroyed || ctx.headerSent) return;
      ctx.status = refusal.status;
      const answer = { error: refusal.reason, message: refusal.message };
      if (ctx.req.complete) ctx.body = answer;
      else answerEarly(ctx, answer, refusal.reason === "timeout");
    }
  }

  /** The account that a client asks for. */
  account(appId: string, { client, trail }: Admitted): Client {
    const account = this.#accounts.get(appId);
    if (account === undefined || client.accounts?.includes(appId) === false) {
      throw new Refusal(403, "account", "The gateway has no such account for this client.");
    }
    trail.appId = appId;
    return account;
  }

  async #admit(ctx: KoaContext, trail: Trail): Promise<Admitted> {
    const id = ctx.get(signingHeaders.client);
    const timestamp = ctx.get(signingHeaders.timestamp);
    const nonce = ctx.get(signingHeaders.nonce);
    const signature = ctx.get(signingHeaders.signature);
    const bodyHash = ctx.get(signingHeaders.bodyHash) || emptyHash;
    const isComplete =
      /^[\w.-]{1,64}$/.test(id) &&
      /^\d{10}$/.test(timestamp) &&
      /^[\w-]{16,64}$/.test(nonce) &&
      /^[0-9a-f]{64}$/.test(signature) &&
      /^[0-9a-f]{64}$/.test(bodyHash);
    if (!isComplete) {
      throw new Refusal(
        401,
        "unsigned",
        `A request carries ${Object.values(signingHeaders).join(", ")}: the client's name, seconds since 1970, 16 to 64 letters and digits that are new each time, and SHA-256 and HMAC-SHA256 in small hex.`,
      );
    }
    const client = this.#clients.get(id);
    const parts = { method: ctx.method, target: ctx.originalUrl, timestamp, nonce, bodyHash };
    const isGenuine = isSignedBy(client ? secretsOf(client) : nobody, parts, signature);
    if (client === undefined || !isGenuine) {
      throw new Refusal(
        401,
        "signature",
        "The client is unknown or the signature is wrong. Is the path signed as it was sent, with its query, and did a proxy between change it?",
      );
    }
    trail.client = id;
    this.#checkFresh(timestamp);
    const claim = this.#nonces.claim(id, nonce);
    if (claim === "used") throw replayed();
    const quota = await this.#rates.take(id);
    this.#tellQuota(ctx, quota);
    if (quota.isExceeded || claim === "full") {
      // What is not served takes no room, and its nonce is as good as new.
      this.#nonces.release(id, nonce);
      throw this.#tooMany(ctx, quota);
    }
    if (!(await this.#nonces.claimElsewhere(id, nonce))) throw replayed();
    return { id, client, bodyHash, trail };
  }

  #checkFresh(timestamp: string): void {
    const age = this.#now() / 1000 - Number(timestamp);
    // Not the other way round: a clock of one's own may give what is no number.
    if (Math.abs(age) <= this.#maxAge) return;
    throw new Refusal(
      401,
      "stale",
      `The timestamp is ${Math.round(Math.abs(age))} seconds ${age > 0 ? "behind" : "ahead of"} the gateway's clock; ${this.#maxAge} are allowed. Set the clock by NTP.`,
    );
  }

  #tellQuota(ctx: KoaContext, quota: Quota): void {
    ctx.set("RateLimit-Limit", String(quota.limit));
    ctx.set("RateLimit-Remaining", String(quota.remaining));
    ctx.set("RateLimit-Reset", String(quota.reset));
    ctx.set("RateLimit-Policy", `${quota.limit};w=${quota.duration}`);
  }

  #tooMany(ctx: KoaContext, quota: Quota): Refusal {
    ctx.set("Retry-After", String(Math.max(1, quota.reset)));
    return new Refusal(
      429,
      "rate",
      `Only ${quota.limit} requests in ${quota.duration} seconds are allowed.`,
    );
  }

  #audit(ctx: KoaContext, event: AuditEvent): void {
    tell(
      () => this.#options.audit?.(event),
      (error) => void ctx.app.emit("error", error, ctx),
    );
  }
}

function replayed(): Refusal {
  return new Refusal(401, "replay", "This nonce was used before; sign every request anew.");
}

/** Checks the options and makes the admission control of what is served under the prefix. */
export function admissionTo(
  what: "tokenServer" | "apiProxy",
  prefix: string,
  options: GatewayOptions,
): Admission {
  checkGateway(what, options);
  return new Admission(what === "tokenServer" ? "token-server" : "api-proxy", prefix, options);
}

/** What is reported of a failure that nobody foresaw: where, but not its text, which may quote a URL. */
function internal(error: unknown): Refusal {
  if (error instanceof WechatError) {
    return new Refusal(500, "internal", "The gateway failed.", { cause: error });
  }
  const refusal = new Refusal(500, "internal", `The gateway failed: ${errorName(error)}.`);
  if (!(error instanceof Error) || typeof error.stack !== "string") return refusal;
  const text = String(error.message);
  const begin = error.stack.indexOf(text);
  if (begin < 0) return refusal;
  const lines = error.stack.slice(begin + text.length).split("\n");
  const frames = lines.filter((line) => line.startsWith("    at "));
  refusal.stack = [`${refusal.name}: ${refusal.message}`, ...frames].join("\n");
  return refusal;
}
