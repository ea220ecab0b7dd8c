import { both } from "../../language.js";
import { examineApi } from "../doctor/api/side.js";
import { examine } from "../doctor/examine.js";
import type { Finding } from "../doctor/finding.js";
import { type AccountFlags, accountOf } from "./options.js";
import {
  type ExitCode,
  inLine,
  type Tell,
  type Terminal,
  tellerOf,
  UsageError,
} from "./terminal.js";

/** The options of `koa-wx doctor`. */
export interface DoctorFlags extends AccountFlags {
  readonly text: string;
  /** Milliseconds. */
  readonly patience: number;
  readonly appSecret?: string;
  /** Where the API is. */
  readonly api: string;
}

const marks: Readonly<Record<Finding["level"], string>> = { ok: "✓", note: "!", problem: "✗" };

/**
 * `koa-wx doctor <url>`: says why WeChat does not accept a server address; with an AppSecret, also what stands between
 * the account and the API.
 */
export async function doctor(
  url: string | undefined,
  { text, patience, appSecret, api, ...flags }: DoctorFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const t = tellerOf(terminal);
  const { appId } = flags;
  const credentials =
    appId === undefined || appSecret === undefined ? undefined : { appId, appSecret };
  if (url === undefined && credentials === undefined) {
    throw new UsageError(
      both(
        "Give the bot's server address, or --app-id and --secret (WECHAT_APP_SECRET) to look at the API side, or both.",
        "请给出机器人的服务器地址；要检查接口一侧，就给出 --app-id 和 --secret（WECHAT_APP_SECRET）；也可以都给。",
      ),
    );
  }
  const account = url === undefined ? undefined : accountOf(flags);
  const isChinese = terminal.language === "zh";
  const counts = { ok: 0, note: 0, problem: 0 };
  const print = async (findings: AsyncIterable<Finding>) => {
    for await (const finding of findings) {
      const { level } = finding;
      const [text, fix] = isChinese ? [finding.textZh, finding.fixZh] : [finding.text, finding.fix];
      counts[level] += 1;
      terminal.print(`${marks[level]} ${capital(inLine(hide(text, { ...flags, appSecret })))}`);
      if (fix !== undefined) terminal.print(`    ${inLine(fix)}`);
    }
  };
  if (url !== undefined && account !== undefined) {
    await print(examine({ url, account, text, patience }));
  }
  if (credentials !== undefined) {
    await print(examineApi({ ...credentials, baseUrl: api, patience }));
  }
  terminal.print("");
  terminal.print(summary(counts, account?.mode, t));
  return counts.problem > 0 ? 1 : 0;
}

function summary(
  { note, problem }: { readonly note: number; readonly problem: number },
  mode: string | undefined,
  t: Tell,
): string {
  const noted =
    note === 1 ? t(", one note", "，1 条提示") : t(`, ${note} notes`, `，${note} 条提示`);
  const notes = note === 0 ? "" : noted;
  if (problem > 0) {
    const some = problem === 1 ? "One problem" : `${problem} problems`;
    return t(`${some}${notes}.`, `${problem} 个问题${notes}。`);
  }
  const accepted = t(" WeChat accepts such answers.", "微信接受这样的响应。");
  const untried = t(
    " Encryption was not tried; that takes --aes-key and --app-id.",
    "没有检查加密，那需要 --aes-key 和 --app-id。",
  );
  const rest = mode === undefined ? "" : accepted + (mode === "plain" ? untried : "");
  return t(`No problem${notes}.${rest}`, `没有问题${notes}。${rest}`);
}

/**
 * A server that is badly broken may answer with its own configuration, a proxy with what it was asked. A token is
 * hidden where it stands by itself: one such as "local" is also part of other words.
 */
function hide(
  text: string,
  { token, aesKey, appSecret }: AccountFlags & { readonly appSecret?: string | undefined },
): string {
  const secrets = new Set([token, aesKey, appSecret]);
  return text
    .replace(/(access_token=)[^&\s"'<]+/g, "$1●●●")
    .replace(/[A-Za-z0-9]+/g, (word) => (secrets.has(word) ? "●●●" : word));
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
