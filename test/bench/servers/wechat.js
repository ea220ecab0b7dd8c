// The same bot on node-webot's wechat, which is for connect and Express.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { account } from "../account.js";
import { listen } from "./listen.js";

const require = createRequire(import.meta.url);
const [connect, wechat] = [require("connect"), require("wechat")];
const { token, appId: appid, encodingAESKey } = account;
const config = process.argv[2] === "safe" ? { token, appid, encodingAESKey } : token;

const app = connect();
app.use((req, _res, next) => {
  req.query = Object.fromEntries(new URL(req.url, "http://localhost").searchParams);
  next();
});
app.use(wechat(config, (req, res) => res.reply(req.weixin.Content)));
listen(createServer(app));
