import OAuth from "co-wechat-oauth";
import { account, client } from "./driver.js";

const oauth = new OAuth(account.appId, account.appSecret);

client("co-wechat-oauth", {
  authorize: (page, state) => oauth.getAuthorizeURL(page, state, "snsapi_userinfo"),
  login: (code) => oauth.getUserByCode(code),
  loginAgain: async (openid) => {
    const { refresh_token } = await oauth.getToken(openid);
    await oauth.refreshAccessToken(refresh_token);
    return oauth.getUser(openid);
  },
});
