import { explain } from "../../errcodes/explain.js";
import { place } from "../../places.js";
import { type Finding, type FindingCode, problem } from "./finding.js";
import { type Answered, isAnswered, type Probe, probe, type Target } from "./probe.js";
import { quote } from "./response.js";

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
  const { meaning, hint } = explain(errcode, { language: "en", errmsg, endpoint: path }) ?? {};
  return problem(
    code,
    `WeChat refuses ${path}: ${errcode}${meaning === undefined ? "" : ` ${meaning}`}${quote(errmsg)}`,
    hint ?? `Look the call up by its rid: ${place("requests")}.`,
  );
}

const certificates = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/;

/** Why there was no answer of WeChat's: the network, or something between that answers in its place. */
function explainSilence({ target, env }: ApiSide, probed: Probe): Finding {
  const host = target.url.hostname;
  const own =
    "Let calls of this host pass, or lead them through a proxy that you trust with baseUrl or fetch of the option api.";
  if (isAnswered(probed)) {
    const what = probed.status === 200 ? "no JSON" : `status ${probed.status}`;
    return problem(
      "api-proxy",
      `something answers in the place of ${host}, with ${what}${quote(probed.body)}`,
      `A proxy or a login page of the network stands between. ${own}`,
    );
  }
  const { failure } = probed;
  if (certificates.test(failure)) {
    return problem(
      "api-proxy",
      `something answers in the place of ${host}, with a certificate that is not WeChat's (${failure})`,
      `A proxy opens encrypted connections, or the clock of this machine is wrong by months. ${own}`,
    );
  }
  const proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
  if (proxy !== undefined) {
    return problem(
      "api-proxy",
      `${host} cannot be reached directly (${failure}), and ${proxy}, which is set, is not used by itself`,
      "Give the option api a fetch of your own with an agent for that proxy.",
    );
  }
  return problem(
    "api-connection",
    `${host} cannot be reached (${failure})`,
    "Check the firewall for what goes out to port 443, and whether this network reaches the internet at all.",
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
