import { randomBytes } from "node:crypto";
import type { Context as KoaContext, Middleware } from "koa";
import type { Account } from "../account/account.js";
import type { JssdkSignature } from "../api/jssdk.js";
import { ConfigError, RequestError, WechatError } from "../errors.js";
import {
  anything,
  checkOptions,
  flag,
  like,
  listOf,
  type Rules,
  required,
  text,
} from "../options.js";
import { checkOrigins } from "./base-url.js";
import { askedPage, checkPage } from "./jssdk-page.js";
import { isMounted } from "./mounted.js";

/** The options of `wx.jssdk()`. */
export interface JssdkOptions {
  /**
   * Whose pages are signed: origins such as `https://shop.example.com`, or a function that judges an
   * address. Their domains are the account's JS接口安全域名.
   */
  readonly allow: readonly string[] | ((url: URL) => boolean);
  /** What pages may call, for `wx.config`. Default: nothing. */
  readonly jsApiList?: readonly string[];
  /** The open tags (开放标签) that pages use, such as `wx-open-launch-weapp`. Default: none. */
  readonly openTagList?: readonly string[];
  /** Whether WeChat shows every call to the user. Default: false. */
  readonly debug?: boolean;
  /** Where `app.use()` answers. Default: `/wx/jssdk`. A router or koa-mount decides itself. */
  readonly path?: string;
}

/** What a page hands to `wx.config`. */
export interface JssdkConfig extends JssdkSignature {
  readonly debug: boolean;
  readonly jsApiList: readonly string[];
  readonly openTagList: readonly string[];
}

/** What a card extension says besides the card's id. */
export interface CardExtension {
  readonly cardId: string;
  /** A code of your own (自定义code). */
  readonly code?: string;
  /** The only user who may take the card. */
  readonly openid?: string;
}

/** The middleware that signs pages, and the same for handlers. */
export interface JssdkMiddleware extends Middleware {
  /**
   * The parameters of `wx.config` for a page, by its address as the browser has it in
   * `location.href`. Throws a RequestError for one that is not allowed, or that no browser has.
   */
  config(url: string): Promise<JssdkConfig>;
  /** The `cardExt` of `wx.addCard`, as the text that it takes. Source: 「批量添加卡券接口」 (legacy). */
  cardExt(card: CardExtension): Promise<string>;
}

const rules: Rules<JssdkOptions> = {
  // judge() has a sentence of its own for these.
  allow: required(anything),
  jsApiList: listOf(text, '["chooseImage"]'),
  openTagList: listOf(text, '["wx-open-launch-weapp"]'),
  debug: flag,
  path: like(/^\//, 'a path such as "/wx/jssdk"'),
};

/** A ticket is renewed five minutes before its end, so a signature is good for as long at least. */
const cacheSeconds = 300;

/** The middleware that `wx.jssdk()` makes. Throws a ConfigError for an option that is wrong. */
export function jssdk(account: Account, options: JssdkOptions): JssdkMiddleware {
  checkOptions(options, "wx.jssdk()", rules);
  const { jsApiList = [], openTagList = [], debug = false, path = "/wx/jssdk" } = options;
  const isAllowed = judge(options.allow);
  const { api } = account;

  const config = async (url: string, referer?: string): Promise<JssdkConfig> => {
    const page = checkPage(url, isAllowed, referer);
    return { debug, ...(await api.jssdk.sign(page)), jsApiList, openTagList };
  };

  const answer: Middleware = async function jssdk(ctx, next) {
    if (!isMounted(ctx, answer) && ctx.path !== path) return next();
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      ctx.set("Allow", "GET, HEAD");
      ctx.status = 405;
      return;
    }
    allowOrigin(ctx, isAllowed);
    try {
      ctx.body = await config(askedPage(ctx.querystring), ctx.get("Referer"));
      ctx.set("Cache-Control", `private, max-age=${cacheSeconds}`);
    } catch (error) {
      refuse(ctx, error);
    }
  };

  return Object.assign(answer, {
    config: (url: string) => config(url),
    async cardExt({ cardId, code, openid }: CardExtension): Promise<string> {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const nonce_str = randomBytes(12).toString("hex");
      const values = [timestamp, nonce_str, cardId, code ?? "", openid ?? ""];
      const signature = await api.jssdk.signCard(values.filter((value) => value !== ""));
      return JSON.stringify({ code, openid, timestamp, nonce_str, signature });
    },
  });
}

function judge(allow: unknown): (url: URL) => boolean {
  if (typeof allow === "function") return (url) => allow(url) === true;
  if (!Array.isArray(allow) || allow.length === 0) {
    throw new ConfigError(
      'wx.jssdk() needs "allow", the origins whose pages it signs, such as ["https://shop.example.com"]: whoever gets a signature can use the JS-SDK in this account\'s name.',
    );
  }
  const origins = checkOrigins(allow, "allow");
  return (url) => origins.has(url.origin);
}

/** CORS: lets scripts of allowed pages on other origins read the answer. */
function allowOrigin(ctx: KoaContext, isAllowed: (url: URL) => boolean): void {
  ctx.vary("Origin");
  const origin = ctx.get("Origin");
  if (URL.canParse(origin) && new URL(origin).origin === origin && isAllowed(new URL(origin))) {
    ctx.set("Access-Control-Allow-Origin", origin);
  }
}

function refuse(ctx: KoaContext, error: unknown): void {
  ctx.set("Cache-Control", "no-store");
  if (error instanceof RequestError) {
    ctx.status = error.status;
    ctx.body = { code: error.code, message: error.message };
    return;
  }
  ctx.app.emit("error", error, ctx);
  ctx.status = 502;
  const code = error instanceof WechatError ? error.code : "WX_API";
  ctx.body = { code, message: "WeChat gave no ticket; the server's log says why." };
}
