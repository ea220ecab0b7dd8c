import { type Bilingual, both } from "../../language.js";
import { place } from "../../places.js";
import { randomId, type SimulatedAccount } from "../world/account.js";
import { accepts } from "./accepts.js";
import { explainClock } from "./clock.js";
import { type Finding, problem } from "./finding.js";
import { type Answered, alike, isAnswered, probe, type Target } from "./probe.js";
import { quote, stem } from "./response.js";

/** What the server must have for a token, if it is one of the usual mistakes. */
const mistakes: readonly (readonly [what: Bilingual, of: (token: string) => string])[] = [
  [both("an empty token: its setting does not arrive", "是空的，配置没有读到"), () => ""],
  [
    both('the token "undefined": its setting does not arrive', "是 undefined，配置没有读到"),
    () => "undefined",
  ],
  [both("the token with a space after it", "后面多了空格"), (token) => `${token} `],
  [both("the token with a space before it", "前面多了空格"), (token) => ` ${token}`],
  [both("the token with a line break after it", "后面多了换行"), (token) => `${token}\n`],
  [both("the token in quotes", "带了引号"), (token) => `"${token}"`],
  [both("the token without the white space around it", "少了前后的空白"), (token) => token.trim()],
  [both("the token in lower case", "变成了小写"), (token) => token.toLowerCase()],
  [both("the token in upper case", "变成了大写"), (token) => token.toUpperCase()],
];

/** What a program says that has compared the signature: it may well answer so wherever it is asked. */
export const speaksOfSignature = /signature|签名/i;

/** Why a verification that is signed with the token is not answered with its echostr. */
export async function explainRefusal(
  target: Target,
  account: SimulatedAccount,
  refusal: Answered,
): Promise<Finding> {
  const { status, body } = refusal;
  for (const [what, of] of mistakes) {
    const token = of(account.token);
    if (token === account.token) continue;
    if (await accepts(target, { ...account, token })) {
      return problem(
        "token",
        both(`the server has ${what.en}`, `服务器里的 token 不对：${what.zh}`),
        both(
          `Compare how the program reads its token (an environment variable, a .env file, a secret) with ${place("token")}.`,
          `核对程序从哪里读取 token（环境变量、.env 文件、密钥服务），与 ${place("token")} 是否一致。`,
        ),
      );
    }
  }
  const clock = await explainClock(target, account, refusal);
  if (clock !== undefined) return clock;
  if (body.trim() === "" && status === 200) {
    return problem(
      "empty",
      both("the answer to the verification is empty", "对验证的响应是空的"),
      both(
        `Answer GET with the echostr. If only POST is handled there, mount wx.middleware() for both; if the program refuses in silence, compare its token with ${place("token")}.`,
        `GET 要返回 echostr。如果只处理了 POST，就让 wx.middleware() 处理两种方法；如果是程序默默拒绝，就把它的 token 与 ${place("token")} 核对。`,
      ),
    );
  }
  const isOfSignature = status !== 200 && speaksOfSignature.test(body);
  if (!isOfSignature && (await answersAllAlike(target, refusal))) {
    return problem(
      "status",
      both(
        `the server answers every request so, also what has nothing to do with WeChat (status ${status})${quote(body)}`,
        `任何请求服务器都这样回答，与微信无关的也一样（状态码 ${status}）${quote(body)}`,
      ),
      both(
        "Something in front of the program answers in its place: a firewall (WAF), a list of allowed addresses, the page of a framework or of a host. Have it pass this path on to the program.",
        "有什么在程序之前先回答了：防火墙（WAF）、IP 白名单、框架或主机的页面。让它把这个路径转给程序。",
      ),
    );
  }
  if (status !== 200 && status !== 401 && status !== 403 && !isOfSignature) {
    return problem(
      "status",
      both(
        `the server answers the verification with status ${status}${quote(body)}`,
        `服务器对验证返回状态码 ${status}${quote(body)}`,
      ),
      both(
        "WeChat wants status 200 and the echostr. See what in the program or the proxy answers so.",
        "微信要求状态码 200 和 echostr。看看程序或代理里是什么这样回答。",
      ),
    );
  }
  if (status === 200 && isPage(refusal)) {
    return problem(
      "status",
      both(
        `the verification is answered with a page and not with the echostr (status 200)${quote(body)}`,
        `对验证返回的是网页，不是 echostr（状态码 200）${quote(body)}`,
      ),
      both(
        "Compare the path with the route of wx.middleware(), and see whether something in front answers in its place: the pages of a single-page app, of a framework, of a host, or of a firewall (WAF).",
        "把路径与 wx.middleware() 的路由核对，再看看是不是有什么在程序之前先回答了：单页应用、框架、主机或防火墙（WAF）的页面。",
      ),
    );
  }
  return problem(
    "token",
    both(
      `the server refuses a request that is signed with this token (status ${status})${quote(body)}`,
      `用这个 token 签名的请求被服务器拒绝（状态码 ${status}）${quote(body)}`,
    ),
    both(
      `Compare the program's token with ${place("token")}, letter by letter. If they are equal, see whether the proxy changes the query, or a firewall (WAF) answers instead of the program.`,
      `把程序的 token 与 ${place("token")} 逐字核对。如果相同，看看代理有没有改动查询参数，或防火墙（WAF）代替程序回答了。`,
    ),
  );
}

/** Whether it is made for browsers, in which a program refuses nobody who speaks for WeChat. */
function isPage({ contentType, body }: Answered): boolean {
  if (speaksOfSignature.test(body)) return false;
  return (
    /^\s*<(?:!doctype html|html|head|body)\b/i.test(body) ||
    (/html/i.test(contentType) && /<\w/.test(body))
  );
}

/** Whether a page that nobody has is answered like that, with nothing in its query that could be wrong. */
async function answersAllAlike(target: Target, refusal: Answered): Promise<boolean> {
  if (refusal.body.trim() === "") return false;
  const path = `/${randomId("koa-wx-doctor-", 30)}`;
  const nowhere = await probe(target, { query: new URLSearchParams(), path });
  return isAnswered(nowhere) && alike(nowhere, refusal);
}

/** A 404 whose cause may be no more than a slash. */
export async function elsewhere(
  target: Target,
  account: SimulatedAccount,
  otherwise: Finding,
): Promise<Finding> {
  const { pathname } = target.url;
  const path = pathname.endsWith("/") ? stem(pathname) || "/" : `${pathname}/`;
  if (path === pathname || !(await accepts(target, account, { path }))) return otherwise;
  return problem(
    "not-found",
    both(
      `the server has nothing at ${pathname} (404), but it answers at ${path}`,
      `服务器在 ${pathname} 没有内容（404），在 ${path} 有`,
    ),
    both(
      `Type the address with the path ${path} in ${place("url")}.`,
      `${place("url")} 里的路径请写成 ${path}。`,
    ),
  );
}
