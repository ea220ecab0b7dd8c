/**
 * Several accounts in one process: two shops with the same handlers, each at an address of its own,
 * /wechat/tea and /wechat/rice. Their configuration may change while the process runs.
 *
 *   npx tsx examples/accounts.ts
 *
 * Settings come from the environment: those of examples/local.ts, which are the account of the first
 * shop, and ACCOUNTS_FILE, a JSON file such as
 *
 *   { "tea": { "token": "TeaToken", "appId": "wx…", "appSecret": "…", "encodingAESKey": "…" } }
 */
import { readFile, stat } from "node:fs/promises";
import Koa from "koa";
import Router from "koa-router";
import { type AccountOptions, definePlugin, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const { ACCOUNTS_FILE } = process.env;
const { api, ...tea } = account;

let accounts = new Map<string, AccountOptions>([
  ["tea", tea],
  ["rice", { token: "RiceToken", appId: "wx0000000000000002", appSecret: "local-secret" }],
]);
let read = 0;

/** The account of a name, from a file that somebody may edit. It might as well be a database. */
async function findAccount(name: string | undefined): Promise<AccountOptions | undefined> {
  if (ACCOUNTS_FILE) {
    const { mtimeMs } = await stat(ACCOUNTS_FILE);
    // Asked for every push, so it must be quick: the file is read again only when it has changed.
    if (mtimeMs !== read) {
      accounts = new Map(Object.entries(JSON.parse(await readFile(ACCOUNTS_FILE, "utf8"))));
      read = mtimeMs;
    }
  }
  return name === undefined ? undefined : accounts.get(name);
}

const wx = new Wechat(({ params }) => findAccount(params.shop), api ? { api } : {});

/** What belongs to one shop alone is looked up by its account. */
const visits = new Map<string, number>();
wx.use(
  definePlugin<{ visits: number }>((ctx, next) => {
    const shop = ctx.account.appId ?? "";
    ctx.visits = (visits.get(shop) ?? 0) + 1;
    visits.set(shop, ctx.visits);
    return next();
  }),
)
  .onText("客服", async (ctx) => {
    // With this account's own access token.
    await ctx.send("客服马上就来。");
  })
  .on("text", (ctx) => `${ctx.account.appId} 的第 ${ctx.visits} 条消息：${ctx.message.Content}`);

const router = new Router();
router.all("/wechat/:shop", wx.middleware());

listen(new Koa().use(router.routes()), ["/wechat/tea", "/wechat/rice"]);
