import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseXml } from "../../src/wire/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { send, signedQuery, textXml } from "../support/push.js";

const tea = { token: "TeaToken", appId: "wxtea", appSecret: "tea-secret" };
const rice = { token: "RiceToken", appId: "wxrice", appSecret: "rice-secret" };

describe("examples/accounts.ts", function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-accounts-"));
  const file = join(folder, "accounts.json");
  let edited = 1_700_000_000;
  let api: ApiServer;
  let bot: Example;

  const write = (accounts: object) => {
    writeFileSync(file, JSON.stringify(accounts));
    // Two edits within one tick of the file system's clock would look like one.
    edited += 60;
    utimesSync(file, edited, edited);
  };
  before(async () => {
    api = await startApiServer();
    api.on("/cgi-bin/stable_token", ({ body }) => ({
      access_token: `T-${JSON.parse(body.toString()).appid}`,
      expires_in: 7200,
    }));
    write({ tea, rice });
    bot = await startExample("accounts", { ACCOUNTS_FILE: file, WECHAT_API_BASE_URL: api.url });
  });
  after(async () => {
    await bot.stop();
    await api.close();
    rmSync(folder, { recursive: true });
  });

  const push = (shop: string, token: string, content: string) =>
    send(bot.address, {
      path: `/wechat/${shop}`,
      query: signedQuery({}, token),
      body: textXml(content),
    });
  const say = async (shop: string, token: string, content: string) =>
    parseXml((await push(shop, token, content)).body).Content;

  it("answers for each shop by itself, also for the same user", async () => {
    expect(await say("tea", "TeaToken", "你好")).to.equal("wxtea 的第 1 条消息：你好");
    expect(await say("tea", "TeaToken", "你好")).to.equal("wxtea 的第 2 条消息：你好");
    expect(await say("rice", "RiceToken", "你好")).to.equal("wxrice 的第 1 条消息：你好");
  });

  it("calls WeChat with each shop's own token", async () => {
    await push("tea", "TeaToken", "客服");
    await push("rice", "RiceToken", "客服");
    const used = api.to("/cgi-bin/message/custom/send").map(({ query }) => query.access_token);
    expect(used).to.deep.equal(["T-wxtea", "T-wxrice"]);
  });

  it("refuses one shop's pushes at the other's address, and knows no third shop", async () => {
    expect((await push("rice", "TeaToken", "你好")).status).to.equal(403);
    expect((await push("noodles", "TeaToken", "你好")).status).to.equal(404);
  });

  it("goes by the file when it has changed, without a restart", async () => {
    write({ tea: { ...tea, token: "NewToken" } });
    expect((await push("tea", "TeaToken", "你好")).status).to.equal(403);
    expect(await say("tea", "NewToken", "再见")).to.match(/^wxtea .*再见$/);
    expect((await push("rice", "RiceToken", "你好")).status).to.equal(404);
  });
});
