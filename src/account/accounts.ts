import type { Context as KoaContext } from "koa";
import { LRUCache } from "lru-cache";
import { pushes, replies } from "../diagnostics.js";
import { RequestError, WechatError } from "../errors.js";
import { place } from "../places.js";
import { systemClock, within } from "../time/clock.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import type { Query } from "../wire/query.js";
import { Account } from "./account.js";
import { Common, type Surroundings } from "./common.js";
import type { Debugging } from "./debugging.js";
import {
  type AccountOptions,
  checkAccount,
  checkShared,
  isSame,
  type SharedOptions,
} from "./options.js";
import {
  cloudAppId,
  enterFromCloud,
  isFromCloud,
  isUnsigned,
  notConfigured,
} from "./receive/cloud-hosting.js";
import {
  answer,
  checkMethod,
  type Note,
  noted,
  type ReceiveAnswer,
  refuse,
  success,
} from "./receive/receive.js";
import type { PushRequest } from "./receive/request.js";

/**
 * A request whose account is looked for. Nothing of it has been verified yet: anybody can write all
 * of it, so it says only whose keys are to be tried.
 */
export interface AccountRequest {
  readonly method: string;
  /** The path of the server address as it was sent, whole, however koa-wx is mounted. */
  readonly path: string;
  /** The router's parameters: `/wechat/:account` gives `params.account`. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** The query's parameters, decoded; one that was repeated is an array. */
  readonly query: Query;
  /**
   * With `cloudHosting`: the AppID of the account that the push is for, whether it owns the environment
   * or shares it (资源复用).
   */
  readonly appId: string | undefined;
  /** The host's name in lower case, without a port; behind a proxy as Koa's `app.proxy` has it. */
  readonly host: string;
  /** The request's headers, in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Koa's context, unless the request came through `wx.receive()`. */
  readonly koa: KoaContext | undefined;
}

/**
 * Finds the account that a request is for, or nothing, which is answered with 404. It is asked for
 * every request, so what it returns may change at any time.
 */
export type AccountResolver = (
  request: AccountRequest,
) => MaybePromise<AccountOptions | null | undefined>;

interface Known {
  readonly account: Account;
  /** What the resolver returned. */
  readonly options: AccountOptions;
}

/** The longest that a resolver may take, in milliseconds: WeChat waits five seconds for everything. */
const patience = 4_000;
/** Every key of an account begins with its AppID and a colon, which no AppID has. */
const accountOf = (key: string) => key.slice(0, key.indexOf(":"));

/** The accounts of one Wechat: each is set up when it is first asked for, and again when it changes. */
export class Accounts {
  readonly #resolve: AccountResolver;
  readonly #shared: SharedOptions;
  readonly #common: Common;
  readonly #known: LRUCache<string, Known>;
  readonly #isInCloud: boolean;
  /** Accounts that were let go while something of theirs was still on its way. */
  readonly #leaving = new Set<Promise<void>>();

  /** Throws a ConfigError for options that are wrong. */
  constructor(resolve: AccountResolver, shared: SharedOptions, surroundings: Surroundings) {
    checkShared(shared);
    const { maxAccounts = 1_000, ...options } = shared;
    this.#resolve = resolve;
    this.#shared = options;
    this.#isInCloud = Boolean(options.cloudHosting);
    const all = { ...options, place: "accounts", accountOf };
    this.#common = new Common(all, surroundings, ({ appId }) =>
      appId === undefined ? undefined : this.#known.get(appId)?.account,
    );
    this.#common.runs("kept");
    this.#known = new LRUCache({
      max: maxAccounts,
      dispose: ({ account }) => {
        const leaving = account.outbox.idle().finally(() => this.#leaving.delete(leaving));
        this.#leaving.add(leaving);
      },
    });
  }

  get debugging(): Debugging | undefined {
    return this.#common.debugging;
  }

  /** Answers one request to whichever account it is for. Never rejects. */
  receive(request: PushRequest): Promise<ReceiveAnswer | "abandoned"> {
    if (!pushes.watched && !replies.watched) return this.#answer(request);
    return noted(request, (note) => this.#answer(request, note));
  }

  /** The account with this configuration: the same object for the same configuration. */
  get(options: AccountOptions): Account {
    const { appId } = options;
    const before = this.#known.get(appId);
    if (before !== undefined && isSame(before.options, options)) return before.account;
    checkAccount(options);
    const all = { ...this.#shared, ...options };
    const account = new Account(all, this.#common, `${appId}:`, before?.account);
    // A copy: the object may be changed by its owner, who then expects a new account.
    this.#known.set(appId, { account, options: { ...options } });
    return account;
  }

  /** Waits for what is running or on its way, no longer than `timeout` milliseconds. */
  async close(timeout: number): Promise<void> {
    await this.#common.close(timeout);
    const known = [...this.#known.values()].map(({ account }) => account.outbox.idle());
    await Promise.all([...known, ...this.#leaving]);
  }

  async #answer(request: PushRequest, note?: Note): Promise<ReceiveAnswer | "abandoned"> {
    const arrived = systemClock.now();
    try {
      checkMethod(request);
      const isInCloud = this.#isInCloud && isUnsigned(request);
      const entered = isInCloud ? await enterFromCloud(request) : undefined;
      if (entered === "probe") return success;
      if (entered === undefined) checkSignature(request);
      const found = this.#find(request);
      const account = found instanceof Promise ? await found : found;
      return await answer(account, request, arrived, note, entered);
    } catch (error) {
      const refused = error instanceof RequestError ? error : unavailable();
      if (refused !== error) this.#common.report(lookupFailed(error), request.koa);
      if (note !== undefined) note.error = refused;
      return refuse(refused);
    }
  }

  #find(request: PushRequest): MaybePromise<Account> {
    const found = this.#resolve(new Asked(request));
    // Query builders are no promises, but can be awaited all the same.
    const pending = found instanceof Promise || "then" in Object(found);
    return pending ? this.#wait(Promise.resolve(found)) : this.#mustFind(found);
  }

  async #wait(finding: Promise<AccountOptions | null | undefined>): Promise<Account> {
    let failure: unknown;
    const found = await within<AccountOptions | null | undefined | "failed">(
      systemClock,
      finding,
      patience,
      (error) => {
        failure = error ?? new Error(`The account resolver took longer than ${patience} ms.`);
        return "failed";
      },
    );
    if (found === "failed") throw failure;
    return this.#mustFind(found);
  }

  #mustFind(found: AccountOptions | null | undefined): Account {
    if (found !== undefined && found !== null) return this.get(found);
    throw new RequestError(
      404,
      "WX_ACCOUNT",
      `No account belongs to this address. Compare ${place("url")} with what the account resolver looks for.`,
    );
  }
}

/** Whatever cannot be WeChat's is not worth a look into somebody's database. */
function checkSignature(request: PushRequest): void {
  const { signature } = request.query;
  if (typeof signature === "string" && /^[0-9a-f]{40}$/.test(signature)) return;
  if (isUnsigned(request) && isFromCloud(request)) throw notConfigured();
  throw new RequestError(
    403,
    "WX_SIGNATURE",
    "The request carries no signature of WeChat's. If WeChat sent it, see whether a proxy drops the query string.",
  );
}

/** A request as a resolver sees it; looked up when it is asked for. */
class Asked implements AccountRequest {
  readonly #request: PushRequest;

  constructor(request: PushRequest) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method;
  }

  get path(): string {
    const { koa, path = "/" } = this.#request;
    const target = koa === undefined ? path : koa.originalUrl;
    return target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "") || "/";
  }

  get params(): AccountRequest["params"] {
    const { koa, params } = this.#request;
    return params ?? (koa as { params?: AccountRequest["params"] } | undefined)?.params ?? {};
  }

  get query(): Query {
    return this.#request.query;
  }

  get appId(): string | undefined {
    return cloudAppId(this.#request);
  }

  get host(): string {
    const { koa } = this.#request;
    const { host } = this.headers;
    const name = koa?.hostname ?? (typeof host === "string" ? host.replace(/:\d+$/, "") : "");
    return name.toLowerCase();
  }

  get headers(): AccountRequest["headers"] {
    return this.#request.koa?.headers ?? this.#request.headers ?? {};
  }

  get koa(): KoaContext | undefined {
    return this.#request.koa;
  }
}

/** For the developer; the sender learns nothing of the cause. */
function lookupFailed(cause: unknown): WechatError {
  return new WechatError(
    "WX_ACCOUNT",
    "The account of a request could not be looked up; WeChat was answered with 503. The cause is what the account resolver threw, or what is wrong with the account it returned.",
    { cause },
  );
}

function unavailable(): RequestError {
  return new RequestError(
    503,
    "WX_ACCOUNT",
    "The account of this address could not be looked up. Try again in a moment.",
  );
}
