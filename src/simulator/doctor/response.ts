import { type Bilingual, both } from "../../language.js";
import { place } from "../../places.js";
import type { Finding } from "./finding.js";
import { problem } from "./finding.js";
import { seconds } from "./network.js";
import { type Answered, isAnswered, type Probe, type Target } from "./probe.js";

const certificateErrors: Readonly<Record<string, Bilingual>> = {
  CERT_HAS_EXPIRED: both("has expired", "已过期"),
  CERT_NOT_YET_VALID: both("is not valid yet", "还没有生效"),
  DEPTH_ZERO_SELF_SIGNED_CERT: both("is signed by itself", "是自签名的"),
  SELF_SIGNED_CERT_IN_CHAIN: both(
    "comes from an authority that nobody else trusts",
    "由不受信任的机构签发",
  ),
  UNABLE_TO_GET_ISSUER_CERT: both("comes without its intermediate certificates", "缺少中间证书"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: both(
    "comes without its intermediate certificates",
    "缺少中间证书",
  ),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: both(
    "comes without its intermediate certificates",
    "缺少中间证书",
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: both("is for another domain", "属于另一个域名"),
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
      both(
        `the server asks for a password (status ${status})`,
        `服务器要求输入密码（状态码 ${status}）`,
      ),
      both(
        "Exempt this path from the login of the server or the proxy: WeChat has no password, it signs its requests.",
        "让这个路径不经过服务器或代理的登录：微信没有密码，它的请求带签名。",
      ),
    );
  }
  if (status === 404) {
    return problem(
      "not-found",
      both(
        `the server has nothing at ${target.url.pathname} for ${method} (404)`,
        `服务器在 ${target.url.pathname} 没有 ${method} 的处理（404）`,
      ),
      method === "GET"
        ? both(
            "Compare the path with the route of wx.middleware(), and with what a proxy in front cuts off or adds.",
            "把路径与 wx.middleware() 的路由核对，也看看前面的代理去掉或加上了什么。",
          )
        : both(
            'Mount wx.middleware() for every method, as in router.all("/wechat", wx.middleware()): WeChat verifies by GET and pushes by POST.',
            '所有方法都要挂上 wx.middleware()，例如 router.all("/wechat", wx.middleware())：微信用 GET 验证，用 POST 推送。',
          ),
    );
  }
  if (status === 405 || status === 501) {
    return problem(
      "method",
      both(`the server refuses ${method} (${status})`, `服务器拒绝 ${method}（${status}）`),
      both(
        'WeChat verifies by GET and pushes by POST to the same address: use router.all("/wechat", wx.middleware()), and allow both in the proxy.',
        '微信对同一个地址用 GET 验证、用 POST 推送：用 router.all("/wechat", wx.middleware())，代理也要放行两种方法。',
      ),
    );
  }
  if (status === 413) {
    return problem(
      "status",
      both(
        `the server takes no body of that length for ${method} (413)`,
        `服务器不接受这么长的 ${method} 正文（413）`,
      ),
      both(
        "Raise the limit of the proxy or the body parser: a push has some thousand bytes, an encrypted one about three times as many.",
        "提高代理或正文解析中间件的上限：一条推送有几千字节，加密后大约是三倍。",
      ),
    );
  }
  if (status === 429) {
    return problem(
      "status",
      both(
        `the server limits how often it can be asked, and has enough of ${method} (429)`,
        `服务器限制了请求频率，不再接受 ${method}（429）`,
      ),
      both(
        "Exempt this path from the limit of the server or the proxy: WeChat pushes for all users from few addresses.",
        "让这个路径不受服务器或代理的限制：微信用少数几个地址为所有用户推送。",
      ),
    );
  }
  if (status === 502 || status === 503 || status === 504) {
    return problem(
      "server-error",
      both(
        `the proxy in front does not reach the program (${status})`,
        `前面的代理连不上程序（${status}）`,
      ),
      both(
        "Start the program, and compare its port with the one the proxy passes requests on to.",
        "启动程序，并核对它的端口与代理转发的端口。",
      ),
    );
  }
  if (status >= 500) {
    return problem(
      "server-error",
      both(
        `the program fails on ${method === "GET" ? "the verification" : "a push"} (${status})${quote(probed.body)}`,
        `程序处理${method === "GET" ? "验证" : "推送"}时出错（${status}）${quote(probed.body)}`,
      ),
      both(
        "Its own log has the error. Whatever happens inside, WeChat wants status 200 within five seconds.",
        "错误在程序自己的日志里。无论内部发生什么，微信都要求五秒内返回状态码 200。",
      ),
    );
  }
  return undefined;
}

/** What the server answered, shortened to fit in a sentence; without what must not be shown. */
export function quote(body: string): string {
  const words = wordsOf(body);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would move the cursor of a terminal
  const text = words.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, " ").trim();
  if (text === "") return "";
  return `: ${text.length > 160 ? `${text.slice(0, 160)}…` : text}`;
}

/** What a page says at its beginning; anything else as it is. */
function wordsOf(body: string): string {
  if (!/^\s*<(?:!doctype html|html)\b/i.test(body)) return body;
  const [first = "", ...others] = body.slice(0, 20_000).split(/<(?:style|script)\b/i);
  const shown = others.map((part) => part.replace(/^.*?<\/(?:style|script)>/is, " "));
  return [first, ...shown].join(" ").replace(/<[^<>]*>/g, " ");
}

function explainFailure(target: Target, method: string, failure: string): Finding {
  const certificate = certificateErrors[failure];
  if (certificate !== undefined || failure.startsWith("CERT_")) {
    return problem(
      "certificate",
      both(
        `the TLS certificate ${certificate?.en ?? `is not accepted (${failure})`}`,
        `TLS 证书${certificate?.zh ?? `不被接受（${failure}）`}`,
      ),
      both(
        "Install a certificate for this domain together with its intermediate certificates (fullchain), and renew it in time.",
        "为这个域名安装带中间证书的完整证书链（fullchain），并按时续期。",
      ),
    );
  }
  if (failure === "EPROTO" || failure.startsWith("ERR_SSL") || failure.startsWith("HPE_")) {
    return problem(
      "protocol",
      both(
        `the port does not speak ${target.url.protocol === "https:" ? "TLS" : "HTTP"} (${failure})`,
        `这个端口用的不是 ${target.url.protocol === "https:" ? "TLS" : "HTTP"}（${failure}）`,
      ),
      both(
        `Try ${target.url.protocol === "https:" ? "http" : "https"}:// in ${place("url")}, or end TLS in the proxy.`,
        `在 ${place("url")} 里改用 ${target.url.protocol === "https:" ? "http" : "https"}://，或让代理处理 TLS。`,
      ),
    );
  }
  if (failure === "MAX-SIZE") {
    return problem(
      "answer",
      both(`the answer to ${method} is longer than a mebibyte`, `对 ${method} 的响应超过 1 MiB`),
      both(
        "Answer the verification with the echostr and a push with a reply, not with a page or a file.",
        "验证返回 echostr，推送返回回复，不要返回网页或文件。",
      ),
    );
  }
  if (failure === "TIMEOUT") {
    return problem(
      "slow",
      both(
        `no answer to ${method} within ${seconds(target.patience)}, which is as long as WeChat waits`,
        `${method} 在 ${target.patience / 1000} 秒内没有回答，微信也只等这么久`,
      ),
      method === "GET"
        ? both(
            "Answer the verification without asking anything else first, and look for a handler that never answers, or a server too far away.",
            "验证要先回答，不要等别的服务；看看是不是有处理函数一直没有结束，或服务器太远。",
          )
        : both(
            "Answer in time, or let koa-wx do it: it gives slow handlers all of WeChat's attempts and sends late replies as 客服消息. A body parser above wx.middleware() can make a push hang, too.",
            "及时回答，或交给 koa-wx：它让慢的处理函数用足微信的全部推送，迟到的回复用客服消息发送。wx.middleware() 前面的正文解析中间件也可能让推送卡住。",
          ),
    );
  }
  return problem(
    "connection",
    both(
      `the connection broke before an answer came (${failure})`,
      `还没有回答，连接就断了（${failure}）`,
    ),
    both(
      `Look into the log of the program and of the proxy: something closes connections.${target.url.protocol === "http:" ? " If the port speaks TLS, the address must begin with https://." : ""}`,
      `看程序和代理的日志：有什么关闭了连接。${target.url.protocol === "http:" ? "如果这个端口用 TLS，地址要以 https:// 开头。" : ""}`,
    ),
  );
}

function explainRedirect(target: Target, method: string, { status, location }: Answered): Finding {
  const { url } = target;
  const to =
    location !== undefined && URL.canParse(location, url.href)
      ? new URL(location, url.href)
      : undefined;
  const address = to === undefined ? undefined : `${to.origin}${to.pathname}`;
  const where = both(address ?? "nowhere", address ?? "不存在的地址");
  const why =
    to?.host === url.host && to.protocol !== url.protocol
      ? both(
          `It moves http to https: type the address with ${to.protocol}//`,
          `它把 http 转到 https：请以 ${to.protocol}// 开头填写`,
        )
      : to?.host === url.host && stem(to.pathname) === stem(url.pathname)
        ? both(
            `It ${to.pathname.endsWith("/") ? "adds" : "removes"} the slash at the end: type the address as ${where.en}`,
            `它${to.pathname.endsWith("/") ? "加上" : "去掉"}了末尾的斜杠：请填写 ${where.zh}`,
          )
        : both(
            "Exempt this path from the redirect, or type the address it leads to",
            "让这个路径不跳转，或填写跳转后的地址",
          );
  return problem(
    "redirect",
    both(
      `the server redirects ${method} to ${where.en} (${status}); WeChat does not follow`,
      `服务器把 ${method} 重定向到 ${where.zh}（${status}）；微信不跟随重定向`,
    ),
    both(`${why.en} in ${place("url")}.`, `${why.zh}（${place("url")}）。`),
  );
}

/** A path without the slashes at its end, however many a server may have put there. */
export function stem(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
