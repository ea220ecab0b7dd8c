// The floor: Koa that reads the body and answers a constant.
import Koa from "koa";
import getRawBody from "raw-body";
import { answer } from "./answer.js";
import { listen } from "./listen.js";

const app = new Koa();
app.use(async (ctx) => {
  await getRawBody(ctx.req, { length: ctx.req.headers["content-length"], limit: 65536 });
  ctx.type = "application/xml";
  ctx.body = answer;
});
listen(app);
