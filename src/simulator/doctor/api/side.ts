import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { both } from "../../../language.js";
import { type Finding, ok, problem } from "../finding.js";
import { isPrivate, resolveHost } from "../network.js";
import type { Target } from "../probe.js";
import { examineAbilities } from "./abilities.js";
import { type ApiAnswer, type ApiSide, ask, explainRefusal, isAnswer } from "./call.js";
import { examineQuotas } from "./quotas.js";

/** What the doctor is told of the API side. */
export interface ExamineApiOptions {
  readonly appId: string;
  readonly appSecret: string;
  /** Where the API is. Default: `https://api.weixin.qq.com`. */
  readonly baseUrl?: string | URL;
  /** How long an answer may take, in milliseconds. Default: 5,000. */
  readonly patience?: number;
  /** Resolves host names. Default: the system's resolver. */
  readonly lookup?: LookupFunction;
  /** Where it says which proxies there are. Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How far apart the clocks may be until pushes look too old, in milliseconds. */
const clockTolerance = 120_000;
const tokenPath = "/cgi-bin/stable_token";

/**
 * Finds out what stands between an account and WeChat's API: the network and its proxies, this machine's clock and
 * address, AppID and AppSecret, other services that take the token, what the account may do, and what is left of the
 * day's quotas. It changes nothing; no message is sent.
 */
export async function* examineApi(options: ExamineApiOptions): AsyncGenerator<Finding> {
  const { baseUrl = "https://api.weixin.qq.com", patience = 5_000, env = process.env } = options;
  const { lookup = systemLookup as LookupFunction } = options;
  const target = { url: new URL(baseUrl), patience, lookup };
  const unfound = await examineName(target);
  if (unfound !== undefined) {
    yield unfound;
    return;
  }
  const { appId, appSecret } = options;
  const credentials = { grant_type: "client_credential", appid: appId, secret: appSecret };
  const obtain = () => ask({ target, env }, { path: tokenPath, body: credentials });
  const first = await obtain();
  if (!isAnswer(first)) {
    yield first;
    return;
  }
  yield examineClock(first);
  const token = tokenIn(first);
  if (token === undefined) {
    yield withoutToken(first, options);
    return;
  }
  yield ok(
    "api",
    both(`WeChat gives an access token for ${appId}`, `微信给了 ${appId} 的 access_token`),
  );
  const side: ApiSide = { target, env, token };
  const used = await ask(side, { path: "/cgi-bin/get_api_domain_ip" });
  if (!isAnswer(used)) {
    yield used;
    return;
  }
  const refusal = explainRefusal("/cgi-bin/get_api_domain_ip", used);
  if (refusal !== undefined) {
    yield refusal;
    return;
  }
  if ([40001, 40014, 42001].includes(used.errcode)) {
    yield taken(used, token, await obtain());
    return;
  }
  yield ok(
    "whitelist",
    both(
      "WeChat takes calls from this machine's address, and the token is good",
      "微信接受本机地址的调用，token 可用",
    ),
  );
  const able = yield* examineAbilities(side);
  yield* examineQuotas(side, able);
}

/** Looks the host up, where it has a name. */
async function examineName(target: Target): Promise<Finding | undefined> {
  const { hostname } = target.url;
  const found = await resolveHost(target);
  if (typeof found === "string") {
    return problem(
      "api-dns",
      both(`DNS does not find ${hostname} (${found})`, `DNS 找不到 ${hostname}（${found}）`),
      both(
        "Check the DNS server of this machine or container (/etc/resolv.conf), then try again.",
        "检查本机或容器的 DNS 服务器（/etc/resolv.conf），然后再试。",
      ),
    );
  }
  const inside = found.find(({ address }) => isPrivate(address));
  if (inside === undefined || !hostname.endsWith(".weixin.qq.com")) return undefined;
  return problem(
    "api-dns",
    both(
      `DNS says that ${hostname} is ${inside.address}, which is in this network and not WeChat's`,
      `DNS 说 ${hostname} 是 ${inside.address}，那是本地网络的地址，不是微信的`,
    ),
    both(
      "Look for it in /etc/hosts, and see which DNS server this machine asks.",
      "看看 /etc/hosts 里有没有它，以及本机用的是哪个 DNS 服务器。",
    ),
  );
}

/** Compares this machine's clock with WeChat's. */
function examineClock({ answered: { date } }: ApiAnswer): Finding {
  const ahead = date === undefined ? 0 : Math.round((Date.now() - date) / 1000);
  if (Math.abs(ahead) * 1000 <= clockTolerance) {
    return ok(
      "api-clock",
      both("this machine's clock agrees with WeChat's", "本机的时钟与微信一致"),
    );
  }
  return problem(
    "api-clock",
    both(
      `this machine's clock is ${Math.abs(ahead)} seconds ${ahead > 0 ? "ahead of" : "behind"} WeChat's`,
      `本机的时钟比微信${ahead > 0 ? "快" : "慢"} ${Math.abs(ahead)} 秒`,
    ),
    both(
      "Let NTP set it: pushes look too old or too new to the bot, and signatures of the JS-SDK and the gateway do not hold.",
      "用 NTP 校准：否则机器人会觉得推送太旧或太新，JS-SDK 和网关的签名也不成立。",
    ),
  );
}

function tokenIn({ fields }: ApiAnswer): string | undefined {
  const { access_token } = fields;
  return typeof access_token === "string" && access_token !== "" ? access_token : undefined;
}

/** Why there is no token. */
function withoutToken(answer: ApiAnswer, { appId, appSecret }: ExamineApiOptions): Finding {
  // The token endpoints say so of a wrong secret, too.
  const code = answer.errcode === 40001 ? "app-secret" : undefined;
  const finding =
    explainRefusal(tokenPath, answer, code) ?? explainRefusal(tokenPath, answer, "api");
  const shape =
    finding?.code === "app-id" && !/^wx[0-9a-f]{16}$/.test(appId)
      ? both(
          " An AppID is wx and 16 digits or letters from a to f; gh_… is the 原始ID.",
          "AppID 是 wx 加 16 位数字或字母 a–f；gh_… 是原始ID。",
        )
      : finding?.code === "app-secret" && !/^[0-9a-f]{32}$/.test(appSecret)
        ? both(
            ` An AppSecret has 32 digits or letters from a to f; this one has ${appSecret.length} characters.`,
            `AppSecret 是 32 位数字或字母 a–f；这一个有 ${appSecret.length} 个字符。`,
          )
        : both("", "");
  return {
    ...(finding as Finding),
    fix: `${finding?.fix ?? ""}${shape.en}`,
    fixZh: `${finding?.fixZh ?? ""}${shape.zh}`,
  };
}

/** A token that is refused right after it was given. */
function taken(used: ApiAnswer, token: string, again: ApiAnswer | Finding): Finding {
  const next = isAnswer(again) ? tokenIn(again) : undefined;
  const replaced = next !== undefined && next !== token;
  return problem(
    "token-taken",
    both(
      `WeChat refuses the access token that it has just given (${used.errcode})${replaced ? ", and gives another one: somebody has replaced it meanwhile" : ""}`,
      `微信拒绝了刚刚发出的 access_token（${used.errcode}）${replaced ? "，并且又给了另一个：有人换掉了它" : ""}`,
    ),
    both(
      "Another service fetches tokens for this account with force_refresh. Let all of them share one store, or one token server (中控服务器).",
      "有别的服务用 force_refresh 获取这个账号的 token。让它们共用一个 store，或一个中控服务器。",
    ),
  );
}
