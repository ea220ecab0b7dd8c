import { Option } from "commander";
import { both } from "../../language.js";
import { examineApi } from "../doctor/api/side.js";
import { examine } from "../doctor/examine.js";
import type { Finding } from "../doctor/finding.js";
import { type AccountFlags, accountOf, given } from "./account-flags.js";
import type { CommandLine } from "./command-line.js";
import {
  addAccountOptions,
  addPatience,
  addressArgument,
  asAddress,
  secretOption,
} from "./options.js";
import {
  type ExitCode,
  inLine,
  type Tell,
  type Terminal,
  tellerOf,
  UsageError,
} from "./terminal.js";

/** The options of `koa-wx doctor`. */
interface DoctorFlags extends AccountFlags {
  readonly text: string;
  /** Milliseconds. */
  readonly patience: number;
  readonly appSecret?: string;
  /** Where the API is. */
  readonly api: string;
}

const marks: Readonly<Record<Finding["level"], string>> = { ok: "✓", note: "!", problem: "✗" };

/** Declares `koa-wx doctor`. */
export function declareDoctor({ t, command, end, terminal }: CommandLine): void {
  const declared = command("doctor", {
    summary: t(
      "Says why WeChat does not accept the server address (Token验证失败).",
      "查明微信为什么不接受服务器地址（Token验证失败）。",
    ),
    description: t(
      "Says why WeChat does not accept the server address (Token验证失败): looks at DNS, the port, redirects, the verification, pushes and encryption, and names the cause and the cure. The bot gets a few messages of a user who does not exist. With the AppSecret it looks at the API side, too: the network, the clock, the whitelist, AppID and AppSecret, the access token, what the account may do, and the quotas that are left; nothing is sent or changed.",
      "查明微信为什么不接受服务器地址（Token验证失败）：检查 DNS、端口、重定向、验证、推送和加密，指出原因和办法。机器人会收到几条虚构用户的消息。给出 AppSecret 时还检查接口一侧：网络、时钟、白名单、AppID 和 AppSecret、access_token、账号权限和剩余额度；不发送消息，也不改动任何东西。",
    ),
    examples:
      "  WECHAT_TOKEN=mytoken koa-wx doctor https://example.com/wechat\n  koa-wx doctor http://localhost:3000/wechat --token mytoken --app-id wx… --aes-key …\n  WECHAT_APP_SECRET=… koa-wx doctor --app-id wx…",
  }).addArgument(addressArgument(t, "[url]"));
  addAccountOptions(declared, t);
  addPatience(declared, t);
  declared
    .addOption(
      secretOption(
        t(
          "The bot's AppSecret. With it and the AppID, the API side is looked at.",
          "机器人的 AppSecret。有它和 AppID，就检查接口一侧。",
        ),
      ),
    )
    .addOption(
      new Option("--api <url>", t("Where the API is.", "接口的地址。"))
        .env("WECHAT_API_BASE_URL")
        .argParser(asAddress())
        .default("https://api.weixin.qq.com"),
    )
    .option(
      "--text <text>",
      t("The text that the bot gets.", "机器人收到的文字。"),
      "koa-wx doctor",
    )
    .action((url: string | undefined, flags: DoctorFlags) =>
      end(doctor(url, given(flags), terminal)),
    );
}

/**
 * `koa-wx doctor <url>`: says why WeChat does not accept a server address; with an AppSecret, also what stands between
 * the account and the API.
 */
async function doctor(
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
      const line = inLine(hide(text, { ...flags, appSecret }));
      terminal.print(`${marks[level]} ${isChinese ? line : capital(line)}`);
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
