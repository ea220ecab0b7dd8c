// What the load generator sends and expects back. Written apart from src/, so that koa-wx is not
// measured, or judged, by its own code.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { account } from "./account.js";

const key = Buffer.from(`${account.encodingAESKey}=`, "base64");
const iv = key.subarray(0, 16);
const us = "gh_866835093fea";

/** What every text begins with, and what bare Koa's constant answer contains. */
export const greeting = "你好，世界";

const sha1 = (...parts) => createHash("sha1").update(parts.sort().join("")).digest("hex");
const latin1 = (text) => Buffer.from(text).toString("latin1");
let id = BigInt(Date.now()) * 1_000_000n;

function encrypt(message) {
  const head = Buffer.concat([randomBytes(16), Buffer.alloc(4)]);
  head.writeUInt32BE(Buffer.byteLength(message), 16);
  const used = Buffer.concat([head, Buffer.from(message), Buffer.from(account.appId)]);
  const padding = 32 - (used.length % 32);
  const padded = Buffer.concat([used, Buffer.alloc(padding, padding)]);
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
}

function decrypt(sealed) {
  const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed, "base64"), decipher.final()]);
  return plain.toString("utf8", 20, 20 + plain.readUInt32BE(16));
}

/**
 * A push that was never sent before, as the bytes of its HTTP request, and what its answer must
 * contain, in the encoding in which answers are read.
 */
export function push(mode) {
  id += 1n;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = String(id % 10_000_000_000n);
  const user = `ogdotwSc_MmEEsJs9-ABZ1QL_${String(id % 5_000n).padStart(4, "0")}`;
  const text = `${greeting} ${nonce}`;
  const xml = `<xml><ToUserName><![CDATA[${us}]]></ToUserName>\n<FromUserName><![CDATA[${user}]]></FromUserName>\n<CreateTime>${timestamp}</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[${text}]]></Content>\n<MsgId>${id}</MsgId>\n</xml>`;
  let query = `signature=${sha1(account.token, timestamp, nonce)}&timestamp=${timestamp}&nonce=${nonce}&openid=${user}`;
  let body = xml;
  if (mode === "safe") {
    const sealed = encrypt(xml);
    query += `&encrypt_type=aes&msg_signature=${sha1(account.token, timestamp, nonce, sealed)}`;
    body = `<xml><ToUserName><![CDATA[${us}]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;
  }
  const bytes = Buffer.from(
    `POST /wechat?${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return { bytes, text: latin1(text) };
}

const constant = latin1(greeting);

/** The kinds of answers that a server may give: whether one, read as latin1, is the right one. */
export const checks = {
  constant: (answer) => answer.includes(constant),
  echo: (answer, { text }) => answer.includes(`<Content><![CDATA[${text}]]></Content>`),
  // Opening every one would make the generator the slowest of all.
  sealed: (answer, { text }, thorough) =>
    answer.includes("<Encrypt>") && (!thorough || open(answer).includes(text)),
  sealedConstant: (answer, _push, thorough) =>
    answer.includes("<Encrypt>") && (!thorough || open(answer).includes(constant)),
};

/** The reply inside a sealed answer, read as latin1; empty when its signature is wrong. */
function open(answer) {
  const field = (name) =>
    new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^\\]<]*)`).exec(answer)?.[1] ?? "";
  const sealed = field("Encrypt");
  const signature = sha1(account.token, field("TimeStamp"), field("Nonce"), sealed);
  return field("MsgSignature") === signature ? latin1(decrypt(sealed)) : "";
}
