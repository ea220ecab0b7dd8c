import { both } from "../../language.js";
import { place } from "../../places.js";
import type { SimulatedAccount } from "../world/account.js";
import { type Finding, problem } from "./finding.js";
import { type Answered, alike, isAccepted, isAnswered, probe, type Target } from "./probe.js";
import { quote } from "./response.js";
import { eventPush, textPush } from "./sample.js";

/** What a program says that cannot decrypt. */
const speaksOfKeys = /decrypt|EncodingAESKey|\bAES\b|\bcipher|\bpadding\b|解密/i;

/**
 * Why an encrypted push is refused, or fails: whether the server can read it shows in what it makes of
 * one that is encrypted with a key that nobody has. Undefined when it is not the encryption.
 */
export async function explainRefusedSeal(
  target: Target,
  account: SimulatedAccount,
  text: string,
  refusal: Answered,
): Promise<Finding | undefined> {
  const { status, body } = refusal;
  const fails = status >= 500 && ![502, 503, 504].includes(status);
  if (!fails && ![400, 401, 403, 422].includes(status)) return undefined;
  if (/no "?encodingAESKey"?/i.test(body)) {
    return problem(
      "decryption",
      both(
        `the server has no EncodingAESKey and cannot read an encrypted push (status ${status})`,
        `服务器没有 EncodingAESKey，读不了加密推送（状态码 ${status}）`,
      ),
      both(
        `Give the program ${place("encodingAESKey")} and the AppID, or choose 明文模式 there.`,
        `把 ${place("encodingAESKey")} 和 AppID 配置给程序，或在那里选明文模式。`,
      ),
    );
  }
  if (await tellsApart(target, account, text, refusal)) {
    return fails
      ? undefined
      : problem(
          "decryption",
          both(
            `the server can read an encrypted push, but refuses it (status ${status})${quote(body)}`,
            `服务器能解密推送，却拒绝了它（状态码 ${status}）${quote(body)}`,
          ),
          both(
            "Its EncodingAESKey is right. Compare its AppID with the account's, which stands at the end of every encrypted push; then look at what else refuses.",
            "它的 EncodingAESKey 是对的。每条加密推送末尾都有 AppID，请与程序的 AppID 核对；再看是什么拒绝了推送。",
          ),
        );
  }
  if (!speaksOfKeys.test(body)) {
    const bare = await probe(target, { query: new URLSearchParams(), body: "<xml></xml>" });
    if (body.trim() !== "" && isAnswered(bare) && alike(bare, refusal)) {
      return problem(
        fails ? "server-error" : "status",
        both(
          `the server answers every POST so, also one that is no push (status ${status})${quote(body)}`,
          `任何 POST 服务器都这样回答，不是推送也一样（状态码 ${status}）${quote(body)}`,
        ),
        both(
          "Something in front of WeChat's handler answers in its place: a firewall (WAF), a check of the framework, a body parser. Have it pass this path on.",
          "有什么在微信的处理函数之前先回答了：防火墙（WAF）、框架的检查、正文解析中间件。让它放行这个路径。",
        ),
      );
    }
    if (fails) {
      return problem(
        "server-error",
        both(
          `the program fails on encrypted pushes (${status}), whether it could read them or not${quote(body)}`,
          `程序处理加密推送时出错（${status}），无论能不能解密${quote(body)}`,
        ),
        both(
          `Its own log has the error. If that is about decryption, compare its EncodingAESKey with ${place("encodingAESKey")}, and its AppID with the account's.`,
          `错误在程序自己的日志里。如果与解密有关，就把它的 EncodingAESKey 与 ${place("encodingAESKey")} 核对，AppID 与账号的核对。`,
        ),
      );
    }
  }
  return problem(
    "decryption",
    both(
      `the server cannot read an encrypted push (status ${status})${quote(body)}`,
      `服务器读不了加密推送（状态码 ${status}）${quote(body)}`,
    ),
    both(
      `It accepts the token, so compare the program's EncodingAESKey with ${place("encodingAESKey")}, and its AppID with the account's.`,
      `token 是对的，所以把程序的 EncodingAESKey 与 ${place("encodingAESKey")} 核对，AppID 与账号的核对。`,
    ),
  );
}

/** The same account with a key that no account has. */
export function withOtherKey(account: SimulatedAccount): SimulatedAccount {
  return { ...account, encodingAESKey: "koaWxDoctorHasThisKeyForItselfAndForNobodyE" };
}

/** Whether the server makes something else of what it can read than of what it cannot. */
async function tellsApart(
  target: Target,
  account: SimulatedAccount,
  text: string,
  refusal: Answered,
): Promise<boolean> {
  const foreign = withOtherKey(account);
  const unreadable = await probe(target, textPush(foreign, text));
  if (!isAnswered(unreadable)) return true;
  if (!alike(unreadable, refusal)) {
    // What a wrong key makes of a message is another text each time, and may be part of the answer.
    const again = await probe(target, textPush(account, text));
    if (isAnswered(again) && alike(again, refusal)) return true;
  }
  const event = await probe(target, eventPush(account));
  return isAccepted(event) && !isAccepted(await probe(target, eventPush(foreign)));
}
