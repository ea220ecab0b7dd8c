import { XMLParser } from "fast-xml-parser";
import { pushes } from "./corpus.js";
import { mutateBytes, mutateText, nastyText } from "./mutate.js";
import { mutateJson } from "./mutate-json.js";
import { mutatePairs, type Pairs, writeQuery } from "./mutate-query.js";
import { mutateXml } from "./mutate-xml.js";
import { encrypt, type Framing, type Secrets, seconds, sha1 } from "./oracle.js";
import type { Random } from "./random.js";

/** The sender in what stands outside of a sealed message, who must never be believed. */
export const outsider = "somebody-outside";

/** A request as it is sent. */
export interface Request {
  readonly method: string;
  /** The text after `?`. */
  readonly query: string;
  readonly body: string | Buffer;
}

const methods = ["PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "post", "get"];

/** A request that WeChat, a careless or a malicious sender might make to an account. */
export function makeRequest(secrets: Secrets, random: Random): Request {
  const isGet = random.chance(0.08);
  const token = random.pick(secrets.tokens);
  const offset = random.chance(0.06) ? random.pick([-301, -300, 300, 301, 1e9, -1e9, 0.5]) : 0;
  const timestamp = String(seconds + offset);
  const nonce = random.chance(0.05) ? nastyText(random) : String(random.next());
  const signed = (signature: string): Pairs => [
    ["signature", signature],
    ["timestamp", timestamp],
    ["nonce", nonce],
  ];
  let pairs = signed(sha1(token, timestamp, nonce));
  let body: string | Buffer = "";
  if (isGet) {
    let echo = random.chance(0.4) ? nastyText(random) : String(random.next());
    if (secrets.key !== undefined && random.chance(0.5)) {
      echo = seal(Buffer.from(echo), secrets, random);
      pairs = [...pairs, ["msg_signature", sha1(token, timestamp, nonce, echo)]];
    }
    pairs = [...pairs, ["echostr", echo]];
  } else {
    const xml = makeMessage(random);
    body = xml;
    pairs = [...pairs, ["openid", "alice"]];
    if (secrets.key !== undefined && random.chance(0.85)) {
      const bytes = Buffer.from(xml);
      const sealed = seal(random.chance(0.1) ? mutateBytes(bytes, random) : bytes, secrets, random);
      const signature = sha1(token, timestamp, nonce, sealed);
      pairs = [...pairs, ["encrypt_type", "aes"], ["msg_signature", signature]];
      body = envelope(sealed, random);
    }
    // On the way, when it is signed already.
    if (random.chance(0.15)) body = mutateText(body, random);
    if (random.chance(0.2)) {
      body = Buffer.from(body);
      if (random.chance(0.5)) body = mutateBytes(body, random);
    }
  }
  if (random.chance(0.2)) pairs = mutatePairs(pairs, random);
  let query = writeQuery(pairs, random);
  if (random.chance(0.05)) query = mutateText(query, random);
  const method = random.chance(0.02) ? random.pick(methods) : isGet ? "GET" : "POST";
  return { method, query, body };
}

/** What a push says: a sample in XML or, as 微信云托管 and some proxies write it, in JSON, with changes. */
function makeMessage(random: Random): string {
  const push = random.pick(pushes);
  if (random.chance(0.1)) return mutateJson(jsonOf(push), random);
  return random.chance(0.15) ? push : mutateXml(push, random);
}

/** The same message as JSON. */
export function jsonOf(push: string): object {
  const { xml } = reader.parse(push) as { xml: object };
  return xml;
}

const reader = new XMLParser({ ignoreAttributes: true });

/** Cipher text whose padding, lengths, app id or letters may not be WeChat's. */
function seal(message: Buffer, secrets: Secrets, random: Random): string {
  const { key = "", appId } = secrets;
  let framing: Framing = { random: random.bytes(16), appId };
  if (random.chance(0.25)) framing = { ...framing, ...oddFraming(message, appId, random) };
  const sealed = encrypt(message, key, framing);
  if (!random.chance(0.12)) return sealed;
  return random.pick([
    () => mutateText(sealed, random),
    () => mutateBytes(Buffer.from(sealed, "base64"), random).toString("base64"),
    () => random.bytes(16 * random.between(0, 20)).toString("base64"),
    () => sealed.replace(/=+$/, ""),
    () => `${sealed}=`,
    () => sealed.replaceAll("+", " "),
    () => sealed.replaceAll("+", "-").replaceAll("/", "_"),
    () => sealed.replace(/(.{76})/g, "$1\n"),
  ])();
}

function oddFraming(message: Buffer, appId: string, random: Random): Partial<Framing> {
  const used = 20 + message.length + Buffer.byteLength(appId);
  const size = random.pick([0, 16, 32, 48, 256]) - (used % 16);
  return random.pick<() => Partial<Framing>>([
    () => ({ length: random.pick([0, 1, message.length - 1, message.length + 1, 2 ** 31]) >>> 0 }),
    () => ({ length: 2 ** 32 - 1 }),
    () => ({ appId: random.pick(["", "wxother", `${appId}x`, appId.slice(1), nastyText(random)]) }),
    () => ({ padding: Buffer.alloc(Math.max(0, size), size) }),
    () => ({ padding: Buffer.alloc(Math.max(0, size), random.below(256)) }),
    () => ({ padding: random.bytes(Math.max(0, size)) }),
  ])();
}

/** The outer document, plainly or with more in it than there should be. */
function envelope(sealed: string, random: Random): string {
  const to = "<ToUserName><![CDATA[gh_1]]></ToUserName>";
  const encrypted = `<Encrypt><![CDATA[${sealed}]]></Encrypt>`;
  if (random.chance(0.08)) return mutateJson({ ToUserName: "gh_1", Encrypt: sealed }, random);
  if (random.chance(0.6)) return `<xml>${to}${encrypted}</xml>`;
  const plain = `<FromUserName>${outsider}</FromUserName><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId>`;
  return mutateXml(
    random.chance(0.5) ? `<xml>${to}${plain}${encrypted}</xml>` : `<xml>${to}${encrypted}</xml>`,
    random,
  );
}
