/**
 * Several accounts in one process: two shops with the same handlers, each at an address of its own,
 * /wechat/tea and /wechat/rice. Their configuration may change while the process runs.
 *
 *   npx tsx examples/accounts.ts
 *
 * Settings come from the environment: HOST and PORT (127.0.0.1 and 3000), WECHAT_API_BASE_URL (a
 * simulated WeChat, for example) and ACCOUNTS_FILE, a JSON file such as
 *
 *   { "tea": { "token": "TeaToken", "appId": "wx…", "appSecret": "…", "encodingAESKey": "…" } }
 */
import { readFile, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import Router from "koa-router";
import { type AccountOptions, definePlugin, Wechat } from "koa-wx";

const { HOST, PORT, ACCOUNTS_FILE, WECHAT_API_BASE_URL } = process.env;

let accounts = new Map<string, AccountOptions>([
  ["tea", { token: "TeaToken", appId: "wx0000000000000001", appSecret: "local-secret" }],
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

const wx = new Wechat(({ params }) => findAccount(params.shop), {
  ...(WECHAT_API_BASE_URL ? { api: { baseUrl: WECHAT_API_BASE_URL } } : {}),
});

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

const server = new Koa()
  .use(router.routes())
  .listen(Number(PORT ?? 3000), HOST || "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    for (const name of accounts.keys()) console.log(`http://localhost:${port}/wechat/${name}`);
  });
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => server.close());
