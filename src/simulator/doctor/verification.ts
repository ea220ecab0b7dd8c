import { place } from "../../places.js";
import type { SimulatedAccount } from "../account.js";
import { verification } from "../push.js";
import { newEchostr, now } from "./accepts.js";
import { examineClock } from "./clock.js";
import { type Finding, note, ok, problem } from "./finding.js";
import { isAnswered, probe, type Target } from "./probe.js";
import { elsewhere, explainRefusal } from "./refusal.js";
import { examineResponse, quote } from "./response.js";

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
  const clock = examineClock(probed);
  if (clock !== undefined) yield clock;
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

/** What happened to the echostr on its way back; undefined when it is not in the answer. */
function explainEcho(body: string, echostr: string): Finding | undefined {
  const fix =
    "Answer with the echostr exactly as it came, as text and not as JSON or a page: ctx.body = ctx.query.echostr.";
  const text = body.trim();
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
