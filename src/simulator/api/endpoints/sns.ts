import type { Grant, LoginTokens } from "../../world/logins.js";
import type { Call, Endpoints } from "../call.js";
import { refuse } from "../refusal.js";
import { checkCredentials } from "./tokens.js";

/** Seconds. */
const accessLife = 7200;

/** The server's side of web login; none of it uses the account's token. Source: 「网页授权」. */
export const snsEndpoints: Endpoints = {
  "/sns/oauth2/access_token": { method: "GET", token: false, run: exchange },
  "/sns/oauth2/refresh_token": { method: "GET", token: false, run: refresh },
  "/sns/userinfo": { method: "GET", token: false, run: userinfo },
  "/sns/auth": {
    method: "GET",
    token: false,
    run(call) {
      grantOf(call);
    },
  },
};

function exchange(call: Call) {
  const { query, world } = call;
  checkCredentials(call, Object.fromEntries(query));
  const code = query.get("code") ?? "";
  if (code === "") refuse(41008);
  if (query.get("grant_type") !== "authorization_code") refuse(40002);
  const tokens = world.logins.useCode(code);
  if (tokens === "unknown") refuse(40029);
  if (tokens === "used") refuse(40163);
  if (tokens === "expired") refuse(42003);
  const { grant } = tokens;
  return {
    ...answer(tokens),
    ...(grant.snapshot ? { is_snapshotuser: 1 } : {}),
    ...(grant.scope === "snsapi_userinfo" ? { unionid: grant.unionid } : {}),
  };
}

function refresh({ query, world }: Call) {
  const appId = query.get("appid") ?? "";
  if (appId === "") refuse(41002);
  if (appId !== world.account.appId) refuse(40013);
  const token = query.get("refresh_token") ?? "";
  if (token === "") refuse(41003);
  if (query.get("grant_type") !== "refresh_token") refuse(40002);
  const tokens = world.logins.renew(token);
  if (tokens === "unknown") refuse(40030);
  if (tokens === "expired") refuse(42002);
  return answer(tokens);
}

function userinfo(call: Call) {
  const grant = grantOf(call);
  if (grant.scope !== "snsapi_userinfo") refuse(48001);
  return {
    openid: grant.openid,
    nickname: grant.nickname,
    sex: 0,
    language: "",
    city: "",
    province: "",
    country: "",
    headimgurl: grant.headimgurl,
    privilege: [],
    unionid: grant.unionid,
  };
}

/** Whose token it is: the account's own is none of these. */
function grantOf({ query, world }: Call): Grant {
  const token = query.get("access_token") ?? "";
  if (token === "") refuse(41001);
  const grant = world.logins.access(token);
  if (grant === "unknown") refuse(40001);
  if (grant === "expired") refuse(42001);
  const openid = query.get("openid") ?? "";
  if (openid === "") refuse(41009);
  if (grant.openid !== openid) refuse(40003);
  return grant;
}

function answer({ grant, access, refresh }: LoginTokens) {
  return {
    access_token: access,
    expires_in: accessLife,
    refresh_token: refresh,
    openid: grant.openid,
    scope: grant.scope,
  };
}
