// The echo bot on the built package, with its defaults: dedupe, deadline, freshness, replay guard.
import { pathToFileURL } from "node:url";
import Koa from "koa";
import { account } from "../account.js";
import { listen } from "./listen.js";

const [, , mode, dist] = process.argv;
const build =
  dist === undefined
    ? new URL("../../../dist/index.js", import.meta.url)
    : pathToFileURL(`${dist}/index.js`);
const { Wechat } = await import(build.href);

const { token, appId, encodingAESKey } = account;
const wx = new Wechat(mode === "safe" ? { token, appId, encodingAESKey } : { token });
wx.on("text", (ctx) => ctx.message.Content);

listen(new Koa().use(wx.middleware()));
