import { type OutputLanguage, ownLanguage } from "../language.js";
import { placeWas } from "../places.js";
import type { CodeTable } from "./code-table.js";
import { credentialCodes } from "./credentials.js";
import { messageCodes } from "./messages.js";
import { peopleCodes } from "./people.js";
import { platformCodes } from "./platforms.js";
import { rightsCodes } from "./rights.js";

/** What is known about an error code of WeChat's. */
export interface Explanation {
  readonly errcode: number;
  /** What it means, in WeChat's own words. */
  readonly meaning: string;
  /** What to do, in one or two sentences, if there is something to say. */
  readonly hint: string | undefined;
}

/** What else is known when a code is to be explained. */
export interface ExplainOptions {
  /** The language of the hint. Default: Chinese if `LANG` says so, else English. */
  readonly language?: OutputLanguage | undefined;
  /** WeChat's text, which names the address that was refused. */
  readonly errmsg?: string;
  /** The path that was called: some codes mean more than one thing. */
  readonly endpoint?: string;
}

/** Every code of WeChat's documents for 公众号 and 服务号. */
export const codes: CodeTable = {
  ...credentialCodes,
  ...rightsCodes,
  ...messageCodes,
  ...peopleCodes,
  ...platformCodes,
};

/**
 * Explains an error code of WeChat's; undefined for one that its documents do not have.
 *
 * ```ts
 * explain(45015)?.meaning; // "回复时间超过限制"
 * ```
 */
export function explain(errcode: number, options: ExplainOptions = {}): Explanation | undefined {
  const { language = ownLanguage() } = options;
  const [meaning, en, zh] = codes[errcode] ?? [];
  if (meaning === undefined) return undefined;
  const hint = specialHint(errcode, language, options) ?? (language === "zh" ? zh : en);
  return { errcode, meaning, hint };
}

/** What a code means for certain calls, or with what its text says. */
function specialHint(
  errcode: number,
  language: OutputLanguage,
  { errmsg = "", endpoint = "" }: ExplainOptions,
): string | undefined {
  const isChinese = language === "zh";
  if (errcode === 40164) {
    const ip = /invalid ip ([0-9a-fA-F.:]+)/.exec(errmsg)?.[1];
    if (ip === undefined) return undefined;
    const whitelist = placeWas("whitelist", language);
    return isChinese
      ? `把 ${ip} 加进 ${whitelist}。它管住每一个接口，修改几分钟后生效。`
      : `Add ${ip} to ${whitelist}. It holds for every call, and a change takes some minutes.`;
  }
  if (errcode === 40001 && /cgi-bin\/(?:(?:stable_)?token|clear_quota\/v2)$/.test(endpoint)) {
    const secret = placeWas("appSecret", language);
    return isChinese
      ? `把 appSecret 与 ${secret} 比较；它可能被重置过，重置后旧的立即失效。`
      : `Compare "appSecret" with ${secret}; it may have been reset, which ends the old one at once.`;
  }
  if (errcode === 48001 && endpoint.includes("/freepublish/")) {
    return isChinese
      ? "2025 年 7 月起，个人、未认证和不能认证的账号不能再用发布接口；草稿接口不受影响，请在 mp.weixin.qq.com 手动发表。"
      : "Since July 2025 accounts that are not verified (微信认证) cannot publish by API; drafts stay, and can be published by hand on mp.weixin.qq.com.";
  }
  if (errcode === 48001 && endpoint.endsWith("/sns/userinfo")) {
    return isChinese
      ? "用户没有同意 snsapi_userinfo：让用户用这个 scope 重新授权。"
      : "The user did not consent to snsapi_userinfo: send the user through the login again with that scope.";
  }
  return undefined;
}
