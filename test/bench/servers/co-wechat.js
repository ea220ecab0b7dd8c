// The same bot on co-wechat.
import { createRequire } from "node:module";
import Koa from "koa";
import { account } from "../account.js";
import { listen } from "./listen.js";

const wechat = createRequire(import.meta.url)("co-wechat");
const { token, appId: appid, encodingAESKey } = account;
const config = process.argv[2] === "safe" ? { token, appid, encodingAESKey } : token;

listen(new Koa().use(wechat(config).middleware(async (message) => message.Content)));
