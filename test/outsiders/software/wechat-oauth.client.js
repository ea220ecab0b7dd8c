import { promisify } from "node:util";
import OAuth from "wechat-oauth";
import { account, client } from "./driver.js";

const oauth = new OAuth(account.appId, account.appSecret);
const does = (name) => promisify(oauth[name].bind(oauth));

client("wechat-oauth", {
  authorize: (page, state) => oauth.getAuthorizeURL(page, state, "snsapi_userinfo"),
  login: (code) => does("getUserByCode")({ code, lang: "zh_CN" }),
  loginAgain: async (openid) => {
    const { refresh_token } = await does("getToken")(openid);
    await does("refreshAccessToken")(refresh_token);
    return does("getUser")(openid);
  },
});
