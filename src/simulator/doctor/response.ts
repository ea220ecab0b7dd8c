import { place } from "../../places.js";
import type { Finding } from "./finding.js";
import { problem } from "./finding.js";
import { seconds } from "./network.js";
import { type Answered, isAnswered, type Probe, type Target } from "./probe.js";

const certificateErrors: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "comes from an authority that nobody else trusts",
  UNABLE_TO_GET_ISSUER_CERT: "comes without its intermediate certificates",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "comes without its intermediate certificates",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "comes without its intermediate certificates",
  ERR_TLS_CERT_ALTNAME_INVALID: "is for another domain",
};

/**
 * What is wrong with a response before its body matters: no answer, a redirect, a status that
 * says where the request got stuck. Undefined when there is nothing of that.
 */
export function examineResponse(
  target: Target,
  method: "GET" | "POST",
  probed: Probe,
): Finding | undefined {
  if (!isAnswered(probed)) return explainFailure(target, method, probed.failure);
  const { status } = probed;
  if (status >= 300 && status < 400) return explainRedirect(target, method, probed);
  if (probed.asksForLogin) {
    return problem(
      "login",
      `the server asks for a password (status ${status})`,
      "Exempt this path from the login of the server or the proxy: WeChat has no password, it signs its requests.",
    );
  }
  if (status === 404) {
    return problem(
      "not-found",
      `the server has nothing at ${target.url.pathname} for ${method} (404)`,
      method === "GET"
        ? "Compare the path with the route of wx.middleware(), and with what a proxy in front cuts off or adds."
        : 'Mount wx.middleware() for every method, as in router.all("/wechat", wx.middleware()): WeChat verifies by GET and pushes by POST.',
    );
  }
  if (status === 405 || status === 501) {
    return problem(
      "method",
      `the server refuses ${method} (${status})`,
      'WeChat verifies by GET and pushes by POST to the same address: use router.all("/wechat", wx.middleware()), and allow both in the proxy.',
    );
  }
  if (status === 413) {
    return problem(
      "status",
      `the server takes no body of that length for ${method} (413)`,
      "Raise the limit of the proxy or the body parser: a push has some thousand bytes, an encrypted one about three times as many.",
    );
  }
  if (status === 429) {
    return problem(
      "status",
      `the server limits how often it can be asked, and has enough of ${method} (429)`,
      "Exempt this path from the limit of the server or the proxy: WeChat pushes for all users from few addresses.",
    );
  }
  if (status === 502 || status === 503 || status === 504) {
    return problem(
      "server-error",
      `the proxy in front does not reach the program (${status})`,
      "Start the program, and compare its port with the one the proxy passes requests on to.",
    );
  }
  if (status >= 500) {
    return problem(
      "server-error",
      `the program fails on ${method === "GET" ? "the verification" : "a push"} (${status})${quote(probed.body)}`,
      "Its own log has the error. Whatever happens inside, WeChat wants status 200 within five seconds.",
    );
  }
  return undefined;
}

/** What the server answered, shortened to fit in a sentence; without what must not be shown. */
export function quote(body: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would move the cursor of a terminal
  const text = body.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, " ").trim();
  if (text === "") return "";
  return `: ${text.length > 160 ? `${text.slice(0, 160)}…` : text}`;
}

function explainFailure(target: Target, method: string, failure: string): Finding {
  const certificate = certificateErrors[failure];
  if (certificate !== undefined || failure.startsWith("CERT_")) {
    return problem(
      "certificate",
      `the TLS certificate ${certificate ?? `is not accepted (${failure})`}`,
      "Install a certificate for this domain together with its intermediate certificates (fullchain), and renew it in time.",
    );
  }
  if (failure === "EPROTO" || failure.startsWith("ERR_SSL") || failure.startsWith("HPE_")) {
    return problem(
      "protocol",
      `the port does not speak ${target.url.protocol === "https:" ? "TLS" : "HTTP"} (${failure})`,
      `Try ${target.url.protocol === "https:" ? "http" : "https"}:// in ${place("url")}, or end TLS in the proxy.`,
    );
  }
  if (failure === "MAX-SIZE") {
    return problem(
      "answer",
      `the answer to ${method} is longer than a mebibyte`,
      "Answer the verification with the echostr and a push with a reply, not with a page or a file.",
    );
  }
  if (failure === "TIMEOUT") {
    return problem(
      "slow",
      `no answer to ${method} within ${seconds(target.patience)}, which is as long as WeChat waits`,
      method === "GET"
        ? "Answer the verification without asking anything else first, and look for a handler that never answers, or a server too far away."
        : "Answer in time, or let koa-wx do it: it gives slow handlers all of WeChat's attempts and sends late replies as 客服消息. A body parser above wx.middleware() can make a push hang, too.",
    );
  }
  return problem(
    "connection",
    `the connection broke before an answer came (${failure})`,
    `Look into the log of the program and of the proxy: something closes connections.${target.url.protocol === "http:" ? " If the port speaks TLS, the address must begin with https://." : ""}`,
  );
}

function explainRedirect(target: Target, method: string, { status, location }: Answered): Finding {
  const { url } = target;
  const to =
    location !== undefined && URL.canParse(location, url.href)
      ? new URL(location, url.href)
      : undefined;
  const where = to === undefined ? "nowhere" : `${to.origin}${to.pathname}`;
  const why =
    to?.host === url.host && to.protocol !== url.protocol
      ? `It moves http to https: type the address with ${to.protocol}//`
      : to?.host === url.host && stem(to.pathname) === stem(url.pathname)
        ? `It ${to.pathname.endsWith("/") ? "adds" : "removes"} the slash at the end: type the address as ${where}`
        : "Exempt this path from the redirect, or type the address it leads to";
  return problem(
    "redirect",
    `the server redirects ${method} to ${where} (${status}); WeChat does not follow`,
    `${why} in ${place("url")}.`,
  );
}

/** A path without the slashes at its end, however many a server may have put there. */
export function stem(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
