// The limit of safe mode: bare Koa that checks, decrypts and encrypts a constant, and does nothing else.
import Koa from "koa";
import getRawBody from "raw-body";
import { account } from "../account.js";
import { decrypt, encrypt, sha1 } from "../sealing.js";
import { answer } from "./answer.js";
import { listen } from "./listen.js";

const { token } = account;
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
