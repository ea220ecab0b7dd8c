import type { Context as KoaContext, Middleware } from "koa";
import type { ReceiveAnswer } from "../account/receive/receive.js";
import type { PushRequest } from "../account/receive/request.js";
import { parseQuery, type Query } from "../wire/query.js";
import { type BodyLimits, readBody } from "./body.js";
import { isMounted } from "./mounted.js";

/** WeChat closes a connection after five seconds; one that it forgot is closed by us. */
const forgotten = 8_000;

/**
 * Serves WeChat's server address (服务器地址) under Koa.
 *
 * It answers what is addressed to it and calls `next()` only when it was mounted without a path of
 * its own and the request carries none of WeChat's parameters, nor, `isInCloud`, its header.
 */
export function serve(
  receive: (request: PushRequest) => Promise<ReceiveAnswer | "abandoned">,
  limits: BodyLimits,
  isInCloud: boolean,
): Middleware {
  const wechat: Middleware = async (ctx, next) => {
    const { url = "" } = ctx.req;
    const query = parseQuery(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
    if (!isMounted(ctx, wechat) && !isAddressed(query) && !(isInCloud && isFromCloud(ctx))) {
      await next();
      // The probe of 微信云托管 may come without its header; whoever else posts what nobody takes is refused.
      const isLeft = ctx.method === "POST" && ctx.status === 404 && ctx.body == null;
      if (!isLeft || !(isInCloud || isFromCloud(ctx))) return;
    }
    const answer = await receive(new KoaPush(ctx, query, limits));
    if (answer === "abandoned") return leaveOpen(ctx);
    // On the response itself: each step through the context costs as much again.
    const { response } = ctx;
    const { headers } = answer;
    for (const name in headers) response.set(name, headers[name] as string);
    response.body = answer.body;
    if (answer.status !== 200) response.status = answer.status;
  };
  return wechat;
}

/** A request under Koa, read and looked up when that is asked for. */
class KoaPush implements PushRequest {
  readonly method: string;
  readonly query: Query;
  readonly koa: KoaContext;
  readonly #limits: BodyLimits;

  constructor(koa: KoaContext, query: Query, limits: BodyLimits) {
    this.method = koa.req.method ?? "";
    this.query = query;
    this.koa = koa;
    this.#limits = limits;
  }

  body(): ReturnType<typeof readBody> {
    return readBody(this.koa, this.#limits);
  }

  get closed(): this {
    return this;
  }

  get aborted(): boolean {
    return this.koa.res.destroyed;
  }
}

function isAddressed({ signature, msg_signature, echostr }: Query): boolean {
  return signature !== undefined || msg_signature !== undefined || echostr !== undefined;
}

/** Whether it says that it comes from the inner network of 微信云托管, where nothing is signed. */
function isFromCloud(ctx: KoaContext): boolean {
  return ctx.method === "POST" && ctx.get("x-wx-source") !== "";
}

/** Leaves a request unanswered, so that WeChat delivers its push again. */
function leaveOpen(ctx: KoaContext): Promise<void> {
  return new Promise((resolve) => {
    if (ctx.res.closed) return resolve();
    const timer = setTimeout(() => ctx.res.destroy(), forgotten);
    ctx.res.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
