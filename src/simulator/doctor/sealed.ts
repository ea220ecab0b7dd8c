import { place } from "../../places.js";
import type { SimulatedAccount } from "../account.js";
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
      `the server has no EncodingAESKey and cannot read an encrypted push (status ${status})`,
      `Give the program ${place("encodingAESKey")} and the AppID, or choose 明文模式 there.`,
    );
  }
  if (await tellsApart(target, account, text, refusal)) {
    return fails
      ? undefined
      : problem(
          "decryption",
          `the server can read an encrypted push, but refuses it (status ${status})${quote(body)}`,
          "Its EncodingAESKey is right. Compare its AppID with the account's, which stands at the end of every encrypted push; then look at what else refuses.",
        );
  }
  if (!speaksOfKeys.test(body)) {
    const bare = await probe(target, { query: new URLSearchParams(), body: "<xml></xml>" });
    if (body.trim() !== "" && isAnswered(bare) && alike(bare, refusal)) {
      return problem(
        fails ? "server-error" : "status",
        `the server answers every POST so, also one that is no push (status ${status})${quote(body)}`,
        "Something in front of WeChat's handler answers in its place: a firewall (WAF), a check of the framework, a body parser. Have it pass this path on.",
      );
    }
    if (fails) {
      return problem(
        "server-error",
        `the program fails on encrypted pushes (${status}), whether it could read them or not${quote(body)}`,
        `Its own log has the error. If that is about decryption, compare its EncodingAESKey with ${place("encodingAESKey")}, and its AppID with the account's.`,
      );
    }
  }
  return problem(
    "decryption",
    `the server cannot read an encrypted push (status ${status})${quote(body)}`,
    `It accepts the token, so compare the program's EncodingAESKey with ${place("encodingAESKey")}, and its AppID with the account's.`,
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
  if (!isAnswered(unreadable) || !alike(unreadable, refusal)) return true;
  const event = await probe(target, eventPush(account));
  return isAccepted(event) && !isAccepted(await probe(target, eventPush(foreign)));
}
