import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { examineAbilities } from "./api-abilities.js";
import { type ApiAnswer, type ApiSide, ask, explainRefusal, isAnswer } from "./api-call.js";
import { examineQuotas } from "./api-quotas.js";
import { type Finding, ok, problem } from "./finding.js";
import { isPrivate, resolveHost } from "./network.js";
import type { Target } from "./probe.js";

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
  yield ok("api", `WeChat gives an access token for ${appId}`);
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
  yield ok("whitelist", "WeChat takes calls from this machine's address, and the token is good");
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
      `DNS does not find ${hostname} (${found})`,
      "Check the DNS server of this machine or container (/etc/resolv.conf), then try again.",
    );
  }
  const inside = found.find(({ address }) => isPrivate(address));
  if (inside === undefined || !hostname.endsWith(".weixin.qq.com")) return undefined;
  return problem(
    "api-dns",
    `DNS says that ${hostname} is ${inside.address}, which is in this network and not WeChat's`,
    "Look for it in /etc/hosts, and see which DNS server this machine asks.",
  );
}

/** Compares this machine's clock with WeChat's. */
function examineClock({ answered: { date } }: ApiAnswer): Finding {
  const ahead = date === undefined ? 0 : Math.round((Date.now() - date) / 1000);
  if (Math.abs(ahead) * 1000 <= clockTolerance) {
    return ok("api-clock", "this machine's clock agrees with WeChat's");
  }
  return problem(
    "api-clock",
    `this machine's clock is ${Math.abs(ahead)} seconds ${ahead > 0 ? "ahead of" : "behind"} WeChat's`,
    "Let NTP set it: pushes look too old or too new to the bot, and signatures of the JS-SDK and the gateway do not hold.",
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
      ? " An AppID is wx and 16 digits or letters from a to f; gh_… is the 原始ID."
      : finding?.code === "app-secret" && !/^[0-9a-f]{32}$/.test(appSecret)
        ? ` An AppSecret has 32 digits or letters from a to f; this one has ${appSecret.length} characters.`
        : "";
  return { ...(finding as Finding), fix: `${finding?.fix ?? ""}${shape}` };
}

/** A token that is refused right after it was given. */
function taken(used: ApiAnswer, token: string, again: ApiAnswer | Finding): Finding {
  const next = isAnswer(again) ? tokenIn(again) : undefined;
  const replaced = next !== undefined && next !== token;
  return problem(
    "token-taken",
    `WeChat refuses the access token that it has just given (${used.errcode})${replaced ? ", and gives another one: somebody has replaced it meanwhile" : ""}`,
    "Another service fetches tokens for this account with force_refresh. Let all of them share one store, or one token server (中控服务器).",
  );
}
