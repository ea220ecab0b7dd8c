// The echo bot on the built package, with its defaults: dedupe, deadline, freshness, replay guard.
import Koa from "koa";
import { Wechat } from "../../../dist/index.js";
import { account } from "../account.js";
import { listen } from "./listen.js";

const { token, appId, encodingAESKey } = account;
const wx = new Wechat(process.argv[2] === "safe" ? { token, appId, encodingAESKey } : { token });
wx.on("text", (ctx) => ctx.message.Content);

listen(new Koa().use(wx.middleware()));
