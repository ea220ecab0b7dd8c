import type { Context } from "koa";
import { isFromElsewhere } from "../../guard.js";
import { hasLogin } from "../../world/kinds.js";
import type { Scope } from "../../world/logins.js";
import type { Person } from "../../world/people.js";
import type { World } from "../../world/world.js";
import { escapeHtml, sendPage } from "./html.js";

/** The order in which WeChat wants the parameters. */
const order = ["appid", "redirect_uri", "response_type", "scope", "state"];
const cookie = "sim_user";
const longestName = 32;

/**
 * The first step of web login: `snsapi_base` leads on at once, `snsapi_userinfo` asks the user.
 *
 * Beyond WeChat's parameters it takes `sim_user`, the name or openid of the user whose phone it is
 * (remembered in a cookie; without, the first user), and `sim_consent`, the answer to the question:
 * `allow`, `deny` or `snapshot`. Source: 「网页授权」, 第一步.
 */
export function authorize(ctx: Context, world: World): string {
  const query = new URLSearchParams(ctx.querystring);
  const problem = problemOf(world, query);
  if (problem !== undefined) return showProblem(ctx, problem);
  const person = whoIs(ctx, world, query);
  if (person === undefined) return showProblem(ctx, "sim_user (there is no such user)");
  const scope = query.get("scope") as Scope;
  const asks = scope === "snsapi_userinfo" || query.get("forcePopup") === "true";
  const consent = asks ? query.get("sim_consent") : "allow";
  if (consent === "deny") return lead(ctx, world, query);
  const snapshot = consent === "snapshot";
  if (consent !== "allow" && !snapshot) return ask(ctx, world, person, query);
  return lead(ctx, world, query, world.logins.newCode(person, scope, snapshot));
}

/** What is wrong with the address, with the number that WeChat's page shows. */
function problemOf(world: World, query: URLSearchParams): string | undefined {
  const given = [...query.keys()].filter((name) => order.includes(name));
  if (new Set(given).size < given.length) return "该链接无法访问 (a parameter is repeated)";
  const appId = query.get("appid") ?? "";
  if (appId === "") return "10012 appid 参数为空 (appid is missing)";
  if (appId !== world.account.appId)
    return "10016 AppID 参数错误 (the appid is not this account's)";
  const redirect = query.get("redirect_uri") ?? "";
  if (redirect === "") return "10011 redirect_uri 参数为空 (redirect_uri is missing)";
  const url = URL.canParse(redirect) ? new URL(redirect) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return "10003 redirect_uri 参数错误 (redirect_uri is no http or https address)";
  }
  const { loginDomain } = world;
  if (loginDomain !== undefined && url.hostname !== loginDomain) {
    return "10003 redirect_uri 域名与后台配置不一致 (its host is not the 网页授权域名)";
  }
  const scope = query.get("scope") ?? "";
  if (scope === "") return "10010 scope 参数为空 (scope is missing)";
  const isScope = scope === "snsapi_base" || scope === "snsapi_userinfo";
  if (!isScope || !hasLogin(world.account.kind)) {
    return "10005 scope 参数错误或没有 scope 权限 (the account has no such scope)";
  }
  if (query.get("response_type") !== "code") {
    return "response_type 参数错误 (response_type must be code)";
  }
  if (Buffer.byteLength(query.get("state") ?? "") > 128) {
    return "state 参数错误 (state is longer than 128 bytes)";
  }
  const wanted = order.filter((name) => given.includes(name));
  if (wanted.join() !== given.join()) {
    return `该链接无法访问 (the order of the parameters must be ${order.join(", ")})`;
  }
  return undefined;
}

function showProblem(ctx: Context, problem: string): string {
  sendPage(ctx, "无法访问", `<h1>${escapeHtml(problem)}</h1>`);
  return problem;
}

function whoIs(ctx: Context, world: World, query: URLSearchParams): Person | undefined {
  const { people } = world;
  const named = query.get(cookie) ?? "";
  if (named !== "" && [...named].length <= longestName && !/\p{C}/u.test(named)) {
    // A page of another site may lead here, but whom there is, is not for it to say.
    const isNew = !isFromElsewhere(ctx);
    const person =
      people.find(named) ?? people.called(named) ?? (isNew ? people.invited(named) : undefined);
    if (person === undefined) return undefined;
    const options = { httpOnly: true, sameSite: "lax", overwrite: true } as const;
    ctx.cookies.set(cookie, encodeURIComponent(person.name), options);
    return person;
  }
  const remembered = decode(ctx.cookies.get(cookie) ?? "");
  const [first] = people;
  return people.called(remembered) ?? first ?? people.named("alice");
}

/** Leads back to the account's page; without a code the user has refused. */
function lead(ctx: Context, { views }: World, query: URLSearchParams, code?: string): string {
  const wanted = new URL(query.get("redirect_uri") ?? "").href;
  // The phone shows the page in a frame, through its web view.
  const isInPhone = ctx.get("Sec-Fetch-Dest") === "iframe";
  const url = new URL((isInPhone ? views?.known(wanted) : undefined) ?? wanted);
  const state = query.get("state");
  if (code !== undefined) url.searchParams.append("code", code);
  if (state !== null) url.searchParams.append("state", state);
  ctx.set("Cache-Control", "no-store");
  ctx.set("Referrer-Policy", "no-referrer");
  ctx.redirect(url.href);
  return `leads to ${url.origin}${url.pathname} ${code === undefined ? "without a code" : "with a code"}`;
}

function ask(ctx: Context, world: World, person: Person, query: URLSearchParams): string {
  const to = (choice: string) => {
    const next = new URLSearchParams(query);
    next.set("sim_consent", choice);
    next.set(cookie, person.name);
    return escapeHtml(`?${next}`);
  };
  const account = escapeHtml(world.account.name);
  const nickname = escapeHtml(person.profile.nickname);
  const initial = escapeHtml([...person.profile.nickname][0] ?? "?");
  const scope = query.get("scope") === "snsapi_userinfo";
  const what = scope
    ? "获取你的昵称、头像 <span class=gray>· your nickname and portrait</span>"
    : "识别你的身份 <span class=gray>· who you are</span>";
  sendPage(
    ctx,
    "微信登录 · WeChat login",
    `<p class="gray">${account} 申请 · ${account} asks for</p>
<h1>${what}</h1>
<div class="who"><div class="face" aria-hidden="true">${initial}</div><div>${nickname}<div class="gray">微信个人信息 · WeChat profile</div></div></div>
<div class="acts">
<a class="act main" href="${to("allow")}">允许 Allow</a>
<a class="act" href="${to("deny")}">拒绝 Deny</a>
<a class="act try" href="${to("snapshot")}">以快照页虚拟账号打开 · Open as a snapshot user</a>
</div>`,
  );
  return "asks the user";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
