import { place } from "../../places.js";
import { randomId, type SimulatedAccount } from "../account.js";
import { accepts } from "./accepts.js";
import { explainClock } from "./clock.js";
import { type Finding, problem } from "./finding.js";
import { type Answered, alike, isAnswered, probe, type Target } from "./probe.js";
import { quote, stem } from "./response.js";

/** What the server must have for a token, if it is one of the usual mistakes. */
const mistakes: readonly (readonly [what: string, of: (token: string) => string])[] = [
  ["an empty token: its setting does not arrive", () => ""],
  ['the token "undefined": its setting does not arrive', () => "undefined"],
  ["the token with a space after it", (token) => `${token} `],
  ["the token with a space before it", (token) => ` ${token}`],
  ["the token with a line break after it", (token) => `${token}\n`],
  ["the token in quotes", (token) => `"${token}"`],
  ["the token without the white space around it", (token) => token.trim()],
  ["the token in lower case", (token) => token.toLowerCase()],
  ["the token in upper case", (token) => token.toUpperCase()],
];

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
        `the server has ${what}`,
        `Compare how the program reads its token (an environment variable, a .env file, a secret) with ${place("token")}.`,
      );
    }
  }
  const clock = await explainClock(target, account, refusal);
  if (clock !== undefined) return clock;
  if (body.trim() === "" && status === 200) {
    return problem(
      "empty",
      "the answer to the verification is empty",
      `Answer GET with the echostr. If only POST is handled there, mount wx.middleware() for both; if the program refuses in silence, compare its token with ${place("token")}.`,
    );
  }
  // Of a page nobody has, and with nothing in its query that could be wrong.
  const path = `/${randomId("koa-wx-doctor-", 30)}`;
  const nowhere = await probe(target, { query: new URLSearchParams(), path });
  if (body.trim() !== "" && isAnswered(nowhere) && alike(nowhere, refusal)) {
    return problem(
      "status",
      `the server answers every request so, also what has nothing to do with WeChat (status ${status})${quote(body)}`,
      "Something in front of the program answers in its place: a firewall (WAF), a list of allowed addresses, the page of a framework or of a host. Have it pass this path on to the program.",
    );
  }
  if (status !== 200 && status !== 401 && status !== 403) {
    return problem(
      "status",
      `the server answers the verification with status ${status}${quote(body)}`,
      "WeChat wants status 200 and the echostr. See what in the program or the proxy answers so.",
    );
  }
  return problem(
    "token",
    `the server refuses a request that is signed with this token (status ${status})${quote(body)}`,
    `Compare the program's token with ${place("token")}, letter by letter. If they are equal, see whether the proxy changes the query, or a firewall (WAF) answers instead of the program.`,
  );
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
    `the server has nothing at ${pathname} (404), but it answers at ${path}`,
    `Type the address with the path ${path} in ${place("url")}.`,
  );
}
