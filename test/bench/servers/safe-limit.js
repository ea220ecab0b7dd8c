// The limit of safe mode: bare Koa that checks, decrypts and encrypts a constant, and does nothing else.
// Written apart from src/, with the primitives of node:crypto that everybody has.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import Koa from "koa";
import getRawBody from "raw-body";
import { account } from "../account.js";
import { answer } from "./answer.js";
import { listen } from "./listen.js";

const { token, appId, encodingAESKey } = account;
const key = Buffer.from(`${encodingAESKey}=`, "base64");
const iv = key.subarray(0, 16);
const sha1 = (...parts) => createHash("sha1").update(parts.sort().join("")).digest("hex");

function decrypt(sealed) {
  const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed, "base64"), decipher.final()]);
  const end = 20 + plain.readUInt32BE(16);
  const id = plain.toString("utf8", end, plain.length - plain[plain.length - 1]);
  return id === appId ? plain.toString("utf8", 20, end) : undefined;
}

function encrypt(text) {
  const head = Buffer.concat([randomBytes(16), Buffer.alloc(4)]);
  head.writeUInt32BE(Buffer.byteLength(text), 16);
  const used = Buffer.concat([head, Buffer.from(text + appId)]);
  const padding = 32 - (used.length % 32);
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  const padded = Buffer.concat([used, Buffer.alloc(padding, padding)]);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
}

const app = new Koa();
app.use(async (ctx) => {
  const length = ctx.req.headers["content-length"];
  const body = (await getRawBody(ctx.req, { length, limit: 65536 })).toString();
  const { timestamp, nonce, signature, msg_signature } = ctx.query;
  const from = body.indexOf("<Encrypt><![CDATA[") + 18;
  const sealed = body.slice(from, body.indexOf("]]>", from));
  const isSigned =
    sha1(token, timestamp, nonce) === signature &&
    sha1(token, timestamp, nonce, sealed) === msg_signature;
  if (!isSigned || decrypt(sealed) === undefined) ctx.throw(403);
  const reply = encrypt(answer);
  ctx.type = "application/xml";
  ctx.body = `<xml><Encrypt><![CDATA[${reply}]]></Encrypt><MsgSignature><![CDATA[${sha1(token, timestamp, nonce, reply)}]]></MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`;
});
listen(app);
