import { randomInt } from "node:crypto";
import { place } from "../../places.js";
import type { SimulatedAccount } from "../account.js";
import { verification } from "../push.js";
import { type Finding, note, ok, problem } from "./finding.js";
import { type Answered, isAnswered, probe, type Target } from "./probe.js";
import { examineResponse, quote, stem } from "./response.js";

/** How far apart the clocks may be until requests look too old, in milliseconds. */
const clockTolerance = 120_000;

/** Verifies the server address as the console does; returns whether it may be saved. */
export async function* examineVerification(
  target: Target,
  account: SimulatedAccount,
): AsyncGenerator<Finding, boolean> {
  if (!/^[A-Za-z0-9]{3,32}$/.test(account.token)) {
    yield problem(
      "token-format",
      "the token that was given does not have 3 to 32 letters and digits",
      `Copy ${place("token")} without quotes and spaces.`,
    );
  }
  const echostr = newEchostr();
  const probed = await probe(target, { query: verification(account, now(), echostr) });
  const clock = isAnswered(probed) ? examineClock(probed) : undefined;
  if (clock !== undefined) yield clock;
  if (clock?.level === "problem") return false;
  const stuck = examineResponse(target, "GET", probed);
  if (stuck !== undefined || !isAnswered(probed)) {
    if (stuck?.code === "not-found") yield await elsewhere(target, account, stuck);
    else if (stuck !== undefined) yield stuck;
    return false;
  }
  const { status, body, duration } = probed;
  if (status !== 200 || body !== echostr) {
    const changed = status === 200 ? explainEcho(body, echostr) : undefined;
    yield changed ?? (await explainRefusal(target, account, probed));
    return false;
  }
  yield ok("verification", `the server answers the verification in ${duration} ms`);
  if (duration > target.patience * 0.4) {
    yield note(
      "slow",
      `the verification took ${duration} ms of the ${target.patience} ms that WeChat waits`,
      "Answer it without asking anything else first, and choose a server closer to WeChat's.",
    );
  }
  if (/html|javascript/i.test(probed.contentType)) {
    yield note(
      "content-type",
      `the echostr is sent as ${probed.contentType}`,
      "Send text/plain: as a page, an echostr that somebody made up could run as a script.",
    );
  }
  yield* examineForgery(target, account);
  return true;
}

/** Asks with a wrong signature: whoever answers that, answers everybody. */
async function* examineForgery(target: Target, account: SimulatedAccount): AsyncGenerator<Finding> {
  const echostr = newEchostr();
  const query = verification(account, now(), echostr);
  query.set("signature", "0".repeat(40));
  const probed = await probe(target, { query });
  if (isAnswered(probed) && probed.status === 200 && probed.body.includes(echostr)) {
    yield problem(
      "signature-unchecked",
      "the server answers a verification with a wrong signature as well: anybody can speak to it in WeChat's name",
      "Compare the signature with the one of token, timestamp and nonce before anything else, as wx.middleware() does.",
    );
  } else {
    yield ok("verification", "a verification with a wrong signature is refused");
  }
}

/** Whether the server's clock differs so much that requests look stale to it. */
function examineClock({ date, status }: Answered): Finding | undefined {
  if (date === undefined) return undefined;
  const ahead = Math.round((date - Date.now()) / 1000);
  if (Math.abs(ahead) * 1000 < clockTolerance) return undefined;
  const refused = status === 401 || status === 403;
  return (refused ? problem : note)(
    "clock",
    `the server's clock is ${Math.abs(ahead)} seconds ${ahead > 0 ? "ahead of" : "behind"} this machine's${refused ? `, and it refuses the request (${status}), which looks stale to it` : ""}`,
    "Let NTP set the clock of the server, or of this machine if that is the one that is wrong.",
  );
}

/** What happened to the echostr on its way back; undefined when it is not in the answer. */
function explainEcho(body: string, echostr: string): Finding | undefined {
  const fix =
    "Answer with the echostr exactly as it came, as text and not as JSON or a page: ctx.body = ctx.query.echostr.";
  const text = body.trim();
  if (text === "") {
    return problem(
      "empty",
      "the answer to the verification is empty",
      `Answer GET with the echostr. If only POST is handled there, mount wx.middleware() for both; if the program refuses in silence, compare its token with ${place("token")}.`,
    );
  }
  if (text === echostr) {
    const what = body.startsWith("\uFEFF")
      ? "a byte order mark before it"
      : /[\r\n]/.test(body)
        ? "a line break around it"
        : "white space around it";
    return problem(
      "white-space",
      `the answer is the echostr with ${what}`,
      `${fix} Look for a template, a println or an empty line outside the code.`,
    );
  }
  const bare = text.replace(/^(["'])(.*)\1$/s, "$2");
  if (bare === echostr) {
    return problem(
      "quoted",
      "the answer is the echostr in quotes: it was sent as JSON",
      `${fix} A framework that turns every answer into JSON must leave this one alone.`,
    );
  }
  if (/^\d[\d.e+]*$/i.test(bare) && Number(bare) === Number(echostr)) {
    return problem(
      "changed",
      "the answer is the echostr as a rounded number: its last digits are lost",
      `${fix} Never parse it as a number: it has more digits than a number holds.`,
    );
  }
  if (text.includes(echostr)) {
    const what = /^[{[]/.test(text) ? "JSON" : /<\w/.test(text) ? "a page" : "other text";
    return problem("wrapped", `the answer has the echostr inside ${what}${quote(body)}`, fix);
  }
  return undefined;
}

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

async function explainRefusal(
  target: Target,
  account: SimulatedAccount,
  refusal: Answered,
): Promise<Finding> {
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
  const { status } = refusal;
  if (status !== 200 && status !== 401 && status !== 403) {
    return problem(
      "status",
      `the server answers the verification with status ${status}${quote(refusal.body)}`,
      "WeChat wants status 200 and the echostr. See what in the program or the proxy answers so.",
    );
  }
  return problem(
    "token",
    `the server refuses a request that is signed with this token (status ${status})${quote(refusal.body)}`,
    `Compare the program's token with ${place("token")}, letter by letter. If they are equal, see whether the proxy changes the query, or a firewall (WAF) answers instead of the program.`,
  );
}

/** A 404 whose cause may be no more than a slash. */
async function elsewhere(
  target: Target,
  account: SimulatedAccount,
  otherwise: Finding,
): Promise<Finding> {
  const { pathname } = target.url;
  const path = pathname.endsWith("/") ? stem(pathname) || "/" : `${pathname}/`;
  if (path === pathname || !(await accepts(target, account, path))) return otherwise;
  return problem(
    "not-found",
    `the server has nothing at ${pathname} (404), but it answers at ${path}`,
    `Type the address with the path ${path} in ${place("url")}.`,
  );
}

async function accepts(target: Target, account: SimulatedAccount, path?: string): Promise<boolean> {
  const echostr = newEchostr();
  const query = verification(account, now(), echostr);
  const probed = await probe(target, { query, ...(path === undefined ? {} : { path }) });
  return isAnswered(probed) && probed.status === 200 && probed.body.trim() === echostr;
}

/** One that does not survive being a number. */
function newEchostr(): string {
  for (;;) {
    const digits = `${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`;
    if (String(Number(digits)) !== digits) return digits;
  }
}

/** Seconds since 1970. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
