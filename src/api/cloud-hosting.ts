import { readFile } from "node:fs/promises";
import { WechatError } from "../errors.js";
import { appIdRule, checkedBy, checkOptions, filled, oneOf, type Rules } from "../options.js";
import type { TokenProvider } from "./token/token.js";
import { wechatApi } from "./transport/address.js";

/** What may be said of 微信云托管 beside that this runs there. */
export interface CloudHosting {
  /**
   * How WeChat's APIs are called: `"inner"` (default) without a token, over the inner address (开放接口服务);
   * `"file"` with the token that the platform keeps in a file (微信令牌); `"token"` with an access token of
   * this account's own, as elsewhere.
   */
  readonly calls?: "inner" | "file" | "token";
  /** Where the platform keeps its token. Default: `/.tencentcloudbase/wx/cloudbase_access_token`. */
  readonly tokenFile?: string;
  /**
   * The AppID of the account that owns the environment. Calls of accounts that share it (资源复用) name
   * themselves by `from_appid`; without this option, after their first push.
   */
  readonly owner?: string;
}

const rules: Rules<CloudHosting> = {
  calls: oneOf("inner", "file", "token"),
  tokenFile: filled("the path of a file"),
  owner: appIdRule,
};

/** Refuses options that are wrong. Throws a ConfigError. */
export const cloudHostingRule = checkedBy((given) => {
  if (typeof given === "boolean") return;
  checkOptions(given, '"cloudHosting"', rules, {
    wanted: '"cloudHosting" takes true, or an object with "calls"',
  });
});

/** How calls are made that the platform vouches for. */
export interface CloudCalls {
  /** Where they go, unless `baseUrl` says otherwise. */
  readonly baseUrl: string;
  /** The tokens that they carry, and the parameter; without, they carry none. */
  readonly tokens?: TokenProvider;
  readonly parameter: string;
  /** The account that owns the environment, if it is known. */
  readonly owner: string | undefined;
}

/** What the inner network answers; nothing but a side car of the platform reads it, so it needs no https. */
const innerApi = "http://api.weixin.qq.com";
const defaultFile = "/.tencentcloudbase/wx/cloudbase_access_token";

/** How calls are made under these options; `undefined` for the usual way. Source: 「开放接口服务」, 「微信令牌」. */
export function cloudCalls(given: boolean | CloudHosting | undefined): CloudCalls | undefined {
  if (given === undefined || given === false) return undefined;
  const { calls = "inner", tokenFile = defaultFile, owner } = given === true ? {} : given;
  if (calls === "token") return undefined;
  const parameter = "cloudbase_access_token";
  if (calls === "inner") return { baseUrl: innerApi, parameter, owner };
  const tokens = { get: () => tokenIn(tokenFile) };
  return { baseUrl: wechatApi, tokens, parameter, owner };
}

/** The token in the file. Read for each call: the platform writes a new one every ten minutes. */
async function tokenIn(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new WechatError(
      "WX_API_NETWORK",
      `The platform's token could not be read from ${file} (${String(code)}). It is there within 微信云托管 alone, when 微信令牌 is switched on for this service.`,
    );
  }
  if (text !== "" && text !== "default-tcb-wx-access-token") return text;
  throw new WechatError(
    "WX_API_NETWORK",
    `The platform has written no token to ${file} yet. It comes a moment after the start; try again.`,
  );
}
