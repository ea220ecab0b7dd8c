import { type Call, type Endpoints, type Fields, textOf } from "../call.js";
import { refuse } from "../refusal.js";

/** Access tokens and tickets. Source: 「获取接口调用凭据」, 「获取稳定版接口调用凭据」. */
export const tokenEndpoints: Endpoints = {
  "/cgi-bin/token": {
    method: "GET",
    token: false,
    run(call) {
      const query = Object.fromEntries(call.query);
      checkGrant(query);
      checkCredentials(call, query);
      return answer(call.world.tokens.issue());
    },
  },
  "/cgi-bin/stable_token": {
    method: "POST",
    token: false,
    run(call) {
      const { body } = call;
      checkGrant(body);
      checkCredentials(call, body);
      return answer(call.world.tokens.stable(body.force_refresh === true));
    },
  },
  "/cgi-bin/ticket/getticket": {
    method: "GET",
    run(call) {
      const type = call.query.get("type");
      if (type !== "jsapi" && type !== "wx_card") refuse(40097);
      const { value, expiresIn } = call.world.tokens.ticket(type);
      return { errcode: 0, errmsg: "ok", ticket: value, expires_in: expiresIn };
    },
  },
};

/** Refuses a call that does not prove to be the account's by AppID and AppSecret. */
export function checkCredentials(call: Call, fields: Fields, secretName = "secret"): void {
  const { appId, appSecret } = call.world.account;
  const given = textOf(fields, "appid");
  if (given === "") refuse(41002);
  if (given !== appId) refuse(40013);
  const secret = textOf(fields, secretName);
  if (secret === "") refuse(41004);
  if (secret === appSecret) return;
  if (secret.length !== appSecret.length) refuse(40125);
  refuse(40001, "invalid credential, appsecret is wrong");
}

function checkGrant(fields: Fields): void {
  if (textOf(fields, "grant_type") !== "client_credential") refuse(40002);
}

function answer(token: { readonly value: string; readonly expiresIn: number }) {
  return { access_token: token.value, expires_in: token.expiresIn };
}
