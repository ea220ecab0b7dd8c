import { place } from "../../places.js";
import type { SimulatedAccount } from "../account.js";
import { encodingFault } from "../encoding.js";
import { judge, type Verdict } from "../judge.js";
import { type Finding, note, ok, problem } from "./finding.js";
import { seconds } from "./network.js";
import { type Answered, isAccepted, isAnswered, type Probe, probe, type Target } from "./probe.js";
import { examineResponse, quote } from "./response.js";
import { openidOf, textPush } from "./sample.js";
import { explainRefusedSeal, withOtherKey } from "./sealed.js";

/** How often WeChat delivers a push at most. */
const attempts = 3;

/** Pushes a text message as the account's mode asks for, and looks at what comes back. */
export async function* examinePushes(
  target: Target,
  account: SimulatedAccount,
  text: string,
): AsyncGenerator<Finding> {
  const encrypted = account.mode === "safe";
  const push = textPush(account, text);
  let probed: Probe = { failure: "TIMEOUT" };
  let attempt = 0;
  while (attempt < attempts && !isAnswered(probed) && probed.failure === "TIMEOUT") {
    attempt += 1;
    probed = await probe(target, push);
  }
  const stuck = await explainStuck(target, account, text, probed);
  if (stuck !== undefined || !isAnswered(probed)) {
    if (stuck !== undefined) yield stuck;
    return;
  }
  const verdict = verdictOn(account, probed);
  if (verdict.outcome === "fault") {
    yield explainFault(account, verdict.reason, probed);
    return;
  }
  const kind = encrypted ? "an encrypted push" : "a push";
  const how =
    verdict.outcome === "reply" ? `with a ${verdict.content.type} reply` : "and says nothing";
  yield ok("push", `the server accepts ${kind} ${how}, in ${probed.duration} ms`);
  if (attempt > 1) {
    yield note(
      "slow",
      `${attempt - 1} of WeChat's ${attempts} deliveries passed unanswered for ${seconds(target.patience)} each`,
      "The user sees the reply, but late. Answer sooner, or say that it takes time and send the rest as 客服消息.",
    );
  }
  yield* encrypted
    ? examineSealing(target, account, text, verdict)
    : examineForgery(target, account, text, verdict);
}

/** Repeats the push with a wrong signature: whoever replies to that, replies to everybody. */
async function* examineForgery(
  target: Target,
  account: SimulatedAccount,
  text: string,
  before: Verdict,
): AsyncGenerator<Finding> {
  const push = textPush(account, text);
  push.query.set("signature", "0".repeat(40));
  if (push.query.has("msg_signature")) push.query.set("msg_signature", "0".repeat(40));
  const probed = await probe(target, push);
  if (!isAnswered(probed) || probed.status !== 200) {
    yield ok("push", "a push with a wrong signature is refused");
  } else if (before.outcome === "reply" && verdictOn(account, probed).outcome === "reply") {
    yield problem(
      "signature-unchecked",
      "the server replies to a push with a wrong signature as well: anybody can push to it in any user's name",
      "Compare the signature before the body is read, on POST as on GET, as wx.middleware() does.",
    );
  }
}

/** What only 安全模式 promises: that nothing but WeChat's own cipher texts are believed. */
async function* examineSealing(
  target: Target,
  account: SimulatedAccount,
  text: string,
  before: Verdict,
): AsyncGenerator<Finding> {
  yield* examineForgery(target, account, text, before);
  const unreadable = await probe(target, textPush(withOtherKey(account), text));
  if (isAnswered(unreadable) && unreadable.status === 200 && before.outcome !== "reply") {
    yield note(
      "unreadable",
      "the server says success to a push that it cannot decrypt too, so nobody can see whether its key is right",
      "Run the doctor again with --text and something that the bot replies to.",
    );
  }
  const plain = await probe(target, textPush({ ...account, mode: "plain" }, text));
  if (isAnswered(plain) && verdictOn({ ...account, mode: "plain" }, plain).outcome === "reply") {
    yield note(
      "plain-accepted",
      "the server replies to plain pushes although it has a key; their signature does not cover what they say",
      `Once ${place("mode")} is 安全模式, refuse them. In koa-wx, take acceptPlain away.`,
    );
  }
}

/** Why there was no answer with status 200. */
async function explainStuck(
  target: Target,
  account: SimulatedAccount,
  text: string,
  probed: Probe,
): Promise<Finding | undefined> {
  if (isAnswered(probed) && probed.status === 200) return undefined;
  const answer = isAnswered(probed) ? probed.body : "";
  const mayBeTheBody =
    !isAnswered(probed) || [400, 403, 415].includes(probed.status) || probed.status >= 500;
  if (
    mayBeTheBody &&
    (saysBodyIsTaken.test(answer) || (await parserTakesXml(target, account, text)))
  ) {
    return bodyTaken(answer);
  }
  const response = examineResponse(target, "POST", probed);
  if (!isAnswered(probed)) return response;
  if (/csrf/i.test(answer)) {
    return problem(
      "status",
      `a CSRF check refuses the push (status ${probed.status})${quote(answer)}`,
      "Exempt this path from the CSRF middleware, or mount wx.middleware() above it: WeChat's pushes are signed.",
    );
  }
  if (account.mode === "safe") {
    const sealed = await explainRefusedSeal(target, account, text, probed);
    if (sealed !== undefined) return sealed;
  }
  if (response !== undefined) return response;
  if (/encodingAESKey.+only encrypted|only encrypted/is.test(answer)) {
    return problem(
      "encryption-expected",
      `the server takes only encrypted pushes, and this one was plain (status ${probed.status})`,
      `Run the doctor with --aes-key and --app-id, and choose 安全模式 in ${place("mode")}.`,
    );
  }
  return problem(
    "status",
    `the server answers a push with status ${probed.status}${quote(answer)}`,
    "WeChat wants status 200: with a reply, success or nothing. It verified the same token by GET just now, so look at what is different for POST: a proxy, a firewall (WAF), a CSRF check, a body parser.",
  );
}

const saysBodyIsTaken =
  /read before wx\.middleware|stream is not readable|body (?:was|has been|is) (?:already )?(?:read|used|consumed)/i;

/** Whether a push passes as soon as it does not say that it is XML: then a parser took it before. */
async function parserTakesXml(
  target: Target,
  account: SimulatedAccount,
  text: string,
): Promise<boolean> {
  const disguised = { ...textPush(account, text), contentType: "application/octet-stream" };
  if (!isAccepted(await probe(target, disguised))) return false;
  // Once more as XML, so that a failure that comes and goes is not blamed on a parser.
  return !isAccepted(await probe(target, textPush(account, text)));
}

function bodyTaken(answer: string): Finding {
  return problem(
    "body",
    `another parser took the body before WeChat's handler could read it${quote(answer)}`,
    "Mount wx.middleware() above the body parser, or let the parser keep XML as text (koa-bodyparser: enableTypes: ['json', 'form', 'xml']).",
  );
}

/** Why WeChat does not accept an answer that came with status 200. */
function explainFault(
  account: SimulatedAccount,
  reason: string,
  { bytes, body }: Answered,
): Finding {
  const banner = "The user sees 该公众号提供的服务出现故障，请稍后再试 instead.";
  const encoding = encodingFault(bytes);
  if (encoding !== undefined) {
    return problem(
      "encoding",
      `the answer to a push ${encoding.what}${quote(body)}`,
      `${encoding.fix} ${banner}`,
    );
  }
  if (/^\s*[{["]/.test(body)) {
    return problem(
      "json",
      `the answer to a push is JSON${quote(body)}`,
      `Answer with XML, success or an empty body. ${banner}`,
    );
  }
  if (/encrypted but the answer is not/.test(reason)) {
    return problem(
      "unencrypted",
      `the push was encrypted, but the answer is not${quote(body)}`,
      `Encrypt replies with the same key, unless they are success or empty. ${banner}`,
    );
  }
  if (account.mode === "safe" && /cannot be decrypted|MsgSignature/.test(reason)) {
    return problem(
      "decryption",
      reason,
      `Compare the program's Token and EncodingAESKey with ${place("pushes")}, and its AppID with the account's.`,
    );
  }
  return problem(
    "answer",
    `${reason}${quote(body)}`,
    `Answer with a reply of 「被动回复用户消息」, success or nothing. ${banner}`,
  );
}

function verdictOn(account: SimulatedAccount, { status, bytes }: Answered): Verdict {
  // Which files the account has uploaded cannot be known here.
  return judge(
    { status, body: bytes },
    { account, openid: openidOf(account), isEvent: false, hasMedia: () => true },
  );
}
