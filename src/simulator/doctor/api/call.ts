import { explain } from "../../../errcodes/explain.js";
import { both } from "../../../language.js";
import { place } from "../../../places.js";
import { type Finding, type FindingCode, more, problem } from "../finding.js";
import { type Answered, isAnswered, type Probe, probe, type Target } from "../probe.js";
import { quote } from "../response.js";

/** An answer of WeChat's API. */
export interface ApiAnswer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly answered: Answered;
}

/** Whom the doctor asks, and as whom. */
export interface ApiSide {
  readonly target: Target;
  /** Where it says which proxies there are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The account's access token, once there is one. */
  readonly token?: string;
}

/** What is asked of the API. */
export interface ApiQuestion {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** With a body it is a POST. */
  readonly body?: unknown;
}

/** Calls the API once; a finding says why there is no answer of WeChat's. */
export async function ask(
  { target, env, token }: ApiSide,
  { path, query = {}, body }: ApiQuestion,
): Promise<ApiAnswer | Finding> {
  const probed = await probe(target, {
    path: target.url.pathname.replace(/\/$/, "") + path,
    query: new URLSearchParams(token === undefined ? query : { access_token: token, ...query }),
    ...(body === undefined ? {} : { body: JSON.stringify(body), contentType: "application/json" }),
  });
  const json = isAnswered(probed) && probed.status === 200 ? objectIn(probed.body) : undefined;
  if (!isAnswered(probed) || json === undefined) return explainSilence({ target, env }, probed);
  const { errcode = 0, errmsg = "", ...fields } = json;
  return { errcode: Number(errcode), errmsg: String(errmsg), fields, answered: probed };
}

/** Whether WeChat has answered at all. */
export function isAnswer(answer: ApiAnswer | Finding): answer is ApiAnswer {
  return "errcode" in answer;
}

/** By which name a refusal of any call goes, if it says something of the account and not of the call. */
const names: Readonly<Record<number, FindingCode>> = {
  40013: "app-id",
  41002: "app-id",
  40125: "app-secret",
  41004: "app-secret",
  40243: "secret-frozen",
  40164: "whitelist",
  89501: "whitelist",
  89502: "whitelist",
  89503: "whitelist",
  89506: "whitelist",
  89507: "whitelist",
  45009: "quota",
  45011: "quota",
};

/** Explains a refusal that has to do with the account, its secret or this machine's address. */
export function explainRefusal(
  path: string,
  { errcode, errmsg }: ApiAnswer,
  code: FindingCode | undefined = names[errcode],
): Finding | undefined {
  if (code === undefined) return undefined;
  const en = explain(errcode, { language: "en", errmsg, endpoint: path });
  const zh = explain(errcode, { language: "zh", errmsg, endpoint: path });
  const what = en === undefined ? "" : ` ${en.meaning}`;
  return problem(
    code,
    both(
      `WeChat refuses ${path}: ${errcode}${what}${quote(errmsg)}`,
      `微信拒绝了 ${path}：${errcode}${what}${quote(errmsg)}`,
    ),
    both(
      en?.hint ?? `Look the call up by its rid: ${place("requests")}.`,
      zh?.hint ?? `用 rid 查询这次调用：${place("requests")}。`,
    ),
  );
}

const certificates = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/;

/** Why there was no answer of WeChat's: the network, or something between that answers in its place. */
function explainSilence({ target, env }: ApiSide, probed: Probe): Finding {
  const host = target.url.hostname;
  const own = both(
    "Let calls of this host pass, or lead them through a proxy that you trust with baseUrl or fetch of the option api.",
    "让对这个主机的调用直接通过，或用选项 api 的 baseUrl、fetch 指定可信的代理。",
  );
  if (isAnswered(probed)) {
    const what =
      probed.status === 200
        ? both("no JSON", "不是 JSON")
        : both(`status ${probed.status}`, `状态码 ${probed.status}`);
    return problem(
      "api-proxy",
      both(
        `something answers in the place of ${host}, with ${what.en}${quote(probed.body)}`,
        `有别的东西代替 ${host} 回答：${what.zh}${quote(probed.body)}`,
      ),
      more(
        both(
          "A proxy or a login page of the network stands between.",
          "中间有代理，或网络的登录页。",
        ),
        own,
      ),
    );
  }
  const { failure } = probed;
  if (certificates.test(failure)) {
    return problem(
      "api-proxy",
      both(
        `something answers in the place of ${host}, with a certificate that is not WeChat's (${failure})`,
        `有别的东西代替 ${host} 回答，证书不是微信的（${failure}）`,
      ),
      more(
        both(
          "A proxy opens encrypted connections, or the clock of this machine is wrong by months.",
          "有代理在解密连接，或本机的时钟差了几个月。",
        ),
        own,
      ),
    );
  }
  const proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
  if (proxy !== undefined) {
    return problem(
      "api-proxy",
      both(
        `${host} cannot be reached directly (${failure}), and ${proxy}, which is set, is not used by itself`,
        `无法直接访问 ${host}（${failure}）；设置了 ${proxy}，但不会自动使用`,
      ),
      both(
        "Give the option api a fetch of your own with an agent for that proxy.",
        "给选项 api 一个自己的 fetch，用这个代理的 agent。",
      ),
    );
  }
  return problem(
    "api-connection",
    both(`${host} cannot be reached (${failure})`, `无法访问 ${host}（${failure}）`),
    both(
      "Check the firewall for what goes out to port 443, and whether this network reaches the internet at all.",
      "检查防火墙是否放行到 443 端口的出站连接，以及这个网络能不能上网。",
    ),
  );
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
