import { randomInt } from "node:crypto";
import { MessageCipher } from "../../wire/crypto.js";
import { sign } from "../../wire/signature.js";
import { cdata } from "../../wire/xml/xml.js";
import type { SimulatedAccount } from "../world/account.js";

/** What a push says: texts, numbers (64-bit ids as bigint), elements within elements; a list repeats its element. */
export interface PushFields {
  readonly [name: string]: PushValue | undefined;
}

export type PushValue = string | number | bigint | PushFields | readonly (string | PushFields)[];

/** A push as it goes over the wire. */
export interface SealedPush {
  /** The query, in WeChat's order. */
  readonly query: URLSearchParams;
  /** Headers besides those of every delivery. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A push without what names its delivery: sender, receiver, time, and with a new MsgId. */
export function renewed(push: PushFields): PushFields {
  const { ToUserName, FromUserName, CreateTime, MsgId, ...fields } = push;
  // A bot that has seen the old one would believe that WeChat tries again.
  return MsgId === undefined ? fields : { ...fields, MsgId: newMsgId() };
}

/** 64 bits, as WeChat's are: more than a JavaScript number holds. */
export function newMsgId(): bigint {
  return BigInt(randomInt(6_000_000, 8_000_000)) * 10n ** 12n + BigInt(randomInt(1e12));
}

/** The XML of a push: texts as CDATA, numbers bare, as WeChat writes them. */
export function pushXml(fields: PushFields): string {
  return `<xml>${elements(fields)}</xml>`;
}

/** Signs a push, and encrypts it if the account's mode asks for it. */
export function seal(
  account: SimulatedAccount,
  push: { readonly xml: string; readonly openid: string; readonly seconds: number },
): SealedPush {
  const timestamp = String(push.seconds);
  const nonce = newNonce();
  const query = new URLSearchParams({
    signature: sign(account.token, timestamp, nonce),
    timestamp,
    nonce,
    openid: push.openid,
  });
  if (account.mode === "plain") return { query, body: push.xml };
  const encrypted = cipherOf(account).encrypt(push.xml);
  query.set("encrypt_type", "aes");
  query.set("msg_signature", sign(account.token, timestamp, nonce, encrypted));
  const envelope = `<Encrypt>${cdata(encrypted)}</Encrypt>`;
  const body =
    account.mode === "safe"
      ? `<xml><ToUserName>${cdata(account.id)}</ToUserName>${envelope}</xml>`
      : push.xml.replace(/<\/xml>$/, `${envelope}</xml>`);
  return { query, body };
}

/** The query with which WeChat verifies a server address (服务器地址). */
export function verification(
  account: SimulatedAccount,
  seconds: number,
  echostr = `${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`,
): URLSearchParams {
  const timestamp = String(seconds);
  const nonce = newNonce();
  const signature = sign(account.token, timestamp, nonce);
  return new URLSearchParams({ signature, echostr, timestamp, nonce });
}

/** The cipher of an account in 兼容模式 or 安全模式. */
export function cipherOf(account: SimulatedAccount): MessageCipher {
  return new MessageCipher(account.encodingAESKey ?? "", account.appId);
}

function newNonce(): string {
  return String(randomInt(1e8, 2e9));
}

function elements(fields: PushFields): string {
  let xml = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value as Exclude<PushValue, readonly unknown[]>];
    for (const one of values) xml += `<${name}>${content(one)}</${name}>`;
  }
  return xml;
}

function content(value: string | number | bigint | PushFields): string {
  if (typeof value === "string") return cdata(value);
  return typeof value === "object" ? elements(value) : String(value);
}
