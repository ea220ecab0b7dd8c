// What WeChat's documents say, written a second time and apart from src/, so that koa-wx is not
// judged by its own code.
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { XMLParser } from "fast-xml-parser";

/** The account that is fuzzed. */
export interface Secrets {
  readonly tokens: readonly string[];
  readonly appId: string;
  /** Without: 明文模式. */
  readonly key: string | undefined;
  readonly acceptPlain: boolean;
}

/** The fuzzer's time, in seconds: it stands still, so that a case can be replayed on any day. */
export const seconds = 1_700_000_000;

/** A promise that was broken. */
export class Finding extends Error {}

/** Says what was broken, if it was. */
export function promised(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Finding(what);
}

export const sha1 = (...parts: readonly string[]) =>
  createHash("sha1")
    .update([...parts].sort().join(""))
    .digest("hex");

/** What stands around the message before it is encrypted; the defaults are those of WeChat. */
export interface Framing {
  readonly random: Buffer;
  readonly length?: number;
  readonly appId: string;
  readonly padding?: Buffer;
}

/** Encrypts as WeChat does, or nearly so. */
export function encrypt(message: Buffer, key: string, framing: Framing): string {
  const aes = Buffer.from(`${key}=`, "base64");
  const head = Buffer.alloc(20);
  framing.random.copy(head, 0, 0, 16);
  head.writeUInt32BE(framing.length ?? message.length, 16);
  const content = Buffer.concat([head, message, Buffer.from(framing.appId)]);
  const left = 32 - (content.length % 32);
  let plain = Buffer.concat([content, framing.padding ?? Buffer.alloc(left, left)]);
  // What is no whole number of AES blocks cannot be encrypted at all.
  plain = plain.subarray(0, plain.length - (plain.length % 16));
  const cipher = createCipheriv("aes-256-cbc", aes, aes.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString("base64");
}

/** The message inside; `undefined` for anything that WeChat would not have made. */
export function decrypt(encrypted: string, key: string, appId: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encrypted) || encrypted.length % 4 !== 0) return undefined;
  const sealed = Buffer.from(encrypted, "base64");
  if (sealed.length === 0 || sealed.length % 16 !== 0) return undefined;
  const aes = Buffer.from(`${key}=`, "base64");
  const decipher = createDecipheriv("aes-256-cbc", aes, aes.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
  const padding = plain.at(-1) ?? 0;
  if (padding < 1 || padding > 32 || padding > plain.length - 20) return undefined;
  if (plain.subarray(-padding).some((byte) => byte !== padding)) return undefined;
  const end = 20 + plain.readUInt32BE(16);
  if (end > plain.length - padding) return undefined;
  if (plain.toString("latin1", end, plain.length - padding) !== appId) return undefined;
  return plain.subarray(20, end);
}

/** Every value of a parameter, as a second reader of queries finds it. */
export function valuesOf(query: string, name: string): readonly string[] {
  return new URLSearchParams(query).getAll(name);
}

/** Whether a query is signed with one of the tokens and fresh: what must hold before anything else. */
export function isSigned(query: string, tokens: readonly string[]): boolean {
  const [signatures, timestamps, nonces] = ["signature", "timestamp", "nonce"].map((name) =>
    valuesOf(query, name),
  ) as [readonly string[], readonly string[], readonly string[]];
  if (signatures.length !== 1 || timestamps.length !== 1 || nonces.length > 1) return false;
  const [[signature], [timestamp = ""], [nonce = ""]] = [signatures, timestamps, nonces];
  if (!/^\d{1,10}$/.test(timestamp) || Math.abs(Number(timestamp) - seconds) > 300) return false;
  return tokens.some((token) => sha1(token, timestamp, nonce) === signature);
}

/** The cipher text in a body that `msg_signature` covers and the key opens; `undefined`: there is none. */
export function signedCipher(query: string, body: string, secrets: Secrets): string | undefined {
  const { tokens, key, appId } = secrets;
  const signatures = valuesOf(query, "msg_signature");
  const [timestamp = ""] = valuesOf(query, "timestamp");
  const [nonce = ""] = valuesOf(query, "nonce");
  if (key === undefined || signatures.length !== 1) return undefined;
  // What looks like a comment in CDATA is none, so the text counts with comments and without.
  const joined = `${body}\n${body.replace(/<!--[\s\S]*?-->/g, "")}`
    .replace(/\s{0,9}(?:\]\]>|<!\[CDATA\[)\s{0,9}/g, "")
    .replace(/&#x?([0-9a-f]+);/gi, (whole, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, /^&#x/i.test(whole) ? 16 : 10)),
    );
  const text = allowed(joined);
  const parts = new Set(text.match(/[A-Za-z0-9+/]{20,}={0,2}/g) ?? []);
  return [...parts].find(
    (part) =>
      tokens.some((token) => sha1(token, timestamp, nonce, part) === signatures[0]) &&
      decrypt(part, key, appId) !== undefined,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
const forbidden = /\p{Surrogate}|[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

/** A text as a parser of XML reads it back. */
export function allowed(text: string): string {
  return text.replace(forbidden, "").replace(/\r\n?/g, "\n");
}

const replies = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  processEntities: false,
  trimValues: false,
});

/** The children of `<xml>` in an answer, or what it has in JSON, read by another parser than koa-wx's own. */
export function readAnswer(xml: string): Record<string, string> {
  if (xml.startsWith("{")) {
    const fields = Object.entries(JSON.parse(xml) as object);
    return Object.fromEntries(fields.map(([name, value]) => [name, String(value)]));
  }
  const { xml: root } = replies.parse(xml, true) as { xml?: Record<string, string> };
  if (typeof root !== "object") throw new Finding(`the answer is no reply: ${xml.slice(0, 80)}`);
  return root;
}

/** Whether an answer is an encrypted reply. */
export const isSealed = (answer: string) => /^(?:<xml><Encrypt>|\{"Encrypt":)/.test(answer);

/** The reply in an answer to a sealed push, with its signature and lengths checked. */
export function openAnswer(xml: string, secrets: Secrets & { readonly key: string }): string {
  const { Encrypt = "", MsgSignature, TimeStamp = "", Nonce = "" } = readAnswer(xml);
  promised(
    secrets.tokens.some((token) => sha1(token, TimeStamp, Nonce, Encrypt) === MsgSignature),
    "the answer to a sealed push is not signed",
  );
  const message = decrypt(Encrypt, secrets.key, secrets.appId);
  promised(message !== undefined, "the answer to a sealed push cannot be decrypted");
  return message.toString("utf8");
}
