import { both } from "../../language.js";
import { place } from "../../places.js";
import { judge, type Verdict } from "../pushes/judge.js";
import type { SealedPush } from "../pushes/push.js";
import type { SimulatedAccount } from "../world/account.js";
import { type Finding, note, ok, problem } from "./finding.js";
import { type Answered, isAccepted, isAnswered, type Probe, probe, type Target } from "./probe.js";
import { openidOf, textPush } from "./sample.js";
import { withOtherKey } from "./sealed.js";

/** Whom the server believes: pushes that are not WeChat's, after one that was, on which it said `before`. */
export async function* examineTrust(
  target: Target,
  account: SimulatedAccount,
  text: string,
  before: Verdict,
): AsyncGenerator<Finding> {
  yield* examineForgery(target, account, text, before);
  if (account.mode === "safe") yield* examineSealing(target, account, text, before);
}

/** What WeChat makes of an answer to the doctor's push. */
export function verdictOn(account: SimulatedAccount, { status, bytes }: Answered): Verdict {
  // Which files the account has uploaded cannot be known here.
  return judge(
    { status, body: bytes },
    { account, openid: openidOf(account), isEvent: false, hasMedia: () => true },
  );
}

/**
 * Repeats the push with wrong signatures, and where it was encrypted also in clear: whoever replies to
 * that, replies to everybody.
 */
async function* examineForgery(
  target: Target,
  account: SimulatedAccount,
  text: string,
  before: Verdict,
): AsyncGenerator<Finding> {
  const forged = await probe(target, forgery(account, text));
  const inClear =
    account.mode === "plain" ? forged : await probe(target, forgery(plainly(account), text));
  if (before.outcome === "reply" && [forged, inClear].some((probed) => replies(account, probed))) {
    const only = replies(account, forged)
      ? both("a push", "推送")
      : both("a plain push", "明文推送");
    yield problem(
      "signature-unchecked",
      both(
        `the server replies to ${only.en} with a wrong signature as well: anybody can push to it in any user's name`,
        `签名错误的${only.zh}服务器也照样回复：任何人都能以任何用户的名义推送`,
      ),
      both(
        "Compare the signature before the body is read, on POST as on GET, whether the push is encrypted or not, as wx.middleware() does.",
        "POST 和 GET 一样，推送加密与否都一样，先核对签名再读正文；wx.middleware() 就是这样做的。",
      ),
    );
  } else if (![forged, inClear].some(isAccepted)) {
    yield ok("push", both("a push with a wrong signature is refused", "签名错误的推送被拒绝"));
  }
}

function forgery(account: SimulatedAccount, text: string): SealedPush {
  const push = textPush(account, text);
  push.query.set("signature", "0".repeat(40));
  if (push.query.has("msg_signature")) push.query.set("msg_signature", "0".repeat(40));
  return push;
}

/** The account as one that pushes in clear. */
function plainly(account: SimulatedAccount): SimulatedAccount {
  return { ...account, mode: "plain" };
}

/** Whether the server replies, encrypted or not: either way its handlers have believed the push. */
function replies(account: SimulatedAccount, probed: Probe): boolean {
  const either = account.mode === "plain" ? account : ({ ...account, mode: "compat" } as const);
  return isAnswered(probed) && verdictOn(either, probed).outcome === "reply";
}

/** What only 安全模式 promises: that nothing but WeChat's own cipher texts are believed. */
async function* examineSealing(
  target: Target,
  account: SimulatedAccount,
  text: string,
  before: Verdict,
): AsyncGenerator<Finding> {
  const inClear = replies(account, await probe(target, textPush(plainly(account), text)));
  if (inClear && before.outcome !== "reply") {
    const again = await probe(target, textPush(account, text));
    if (!replies(account, again)) {
      yield undecrypted();
      return;
    }
  }
  const unreadable = await probe(target, textPush(withOtherKey(account), text));
  if (isAnswered(unreadable) && unreadable.status === 200 && before.outcome !== "reply") {
    yield note(
      "unreadable",
      both(
        "the server says success to a push that it cannot decrypt too, so nobody can see whether its key is right",
        "无法解密的推送服务器也返回 success，看不出它的密钥对不对",
      ),
      both(
        "Run the doctor again with --text and something that the bot replies to.",
        "换一句机器人会回复的话，用 --text 再运行一次 doctor。",
      ),
    );
  }
  if (inClear) {
    yield note(
      "plain-accepted",
      both(
        "the server replies to plain pushes although it has a key; their signature does not cover what they say",
        "服务器有密钥，却也回复明文推送；明文推送的签名不包含内容",
      ),
      both(
        `Once ${place("mode")} is 安全模式, refuse them. In koa-wx, take acceptPlain away.`,
        `${place("mode")} 设为安全模式之后，就拒绝明文推送。用 koa-wx 时去掉 acceptPlain。`,
      ),
    );
  }
}

function undecrypted(): Finding {
  return problem(
    "decryption",
    both(
      "the server says nothing to an encrypted push, but replies to the same text in clear: it does not decrypt",
      "加密推送服务器不回复，同样的文字用明文推送却有回复：它没有解密",
    ),
    both(
      `Give the program ${place("encodingAESKey")} and the AppID, or choose 明文模式 there.`,
      `把 ${place("encodingAESKey")} 和 AppID 配置给程序，或在那里选明文模式。`,
    ),
  );
}
