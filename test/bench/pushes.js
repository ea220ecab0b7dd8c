// What the load generator sends and expects back. Written apart from src/, so that koa-wx is not
// measured, or judged, by its own code: see sealing.js, too.
import { account } from "./account.js";
import { decrypt, encrypt, sha1 } from "./sealing.js";

const us = "gh_866835093fea";

/** What every text begins with, and what bare Koa's constant answer contains. */
export const greeting = "你好，世界";

const latin1 = (text) => Buffer.from(text).toString("latin1");
let id = BigInt(Date.now()) * 1_000_000n;

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
  return field("MsgSignature") === signature ? latin1(decrypt(sealed) ?? "") : "";
}
