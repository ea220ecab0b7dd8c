// The floor: Koa that reads the body and answers a constant.
import Koa from "koa";
import getRawBody from "raw-body";
import { listen } from "./listen.js";

const answer =
  "<xml><ToUserName><![CDATA[alice]]></ToUserName><FromUserName><![CDATA[gh_866835093fea]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好，世界]]></Content></xml>";

const app = new Koa();
app.use(async (ctx) => {
  await getRawBody(ctx.req, { length: ctx.req.headers["content-length"], limit: 65536 });
  ctx.type = "application/xml";
  ctx.body = answer;
});
listen(app);
