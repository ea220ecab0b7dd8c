import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Phone, type SimulateOptions, simulate } from "koa-wx/testing";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";

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

  /** Each shop has a WeChat of its own, for the time of a test. */
  const phones: Phone[] = [];
  afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.close())));
  const phoneOf = async (shop: string, account: SimulateOptions) => {
    const address = `http://127.0.0.1:${bot.address.port}/wechat/${shop}`;
    const phone = await simulate(address, account);
    phones.push(phone);
    return phone;
  };

  it("answers for each shop by itself, also for the same user", async () => {
    const atTea = (await phoneOf("tea", tea)).user("alice");
    const atRice = (await phoneOf("rice", rice)).user("alice");
    expect((await atTea.sends("你好")).text).to.equal("wxtea 的第 1 条消息：你好");
    expect((await atTea.sends("你好")).text).to.equal("wxtea 的第 2 条消息：你好");
    expect((await atRice.sends("你好")).text).to.equal("wxrice 的第 1 条消息：你好");
  });

  it("calls WeChat with each shop's own token", async () => {
    await (await phoneOf("tea", tea)).user("alice").sends("客服");
    await (await phoneOf("rice", rice)).user("alice").sends("客服");
    const used = api.to("/cgi-bin/message/custom/send").map(({ query }) => query.access_token);
    expect(used).to.deep.equal(["T-wxtea", "T-wxrice"]);
  });

  it("refuses one shop's pushes at the other's address, and knows no third shop", async () => {
    for (const [shop, status] of [
      ["rice", 403],
      ["noodles", 404],
    ] as const) {
      const phone = await phoneOf(shop, { ...tea, verify: false });
      const { push, reason } = await phone.user("alice").sends("你好");
      expect(push?.attempts.map((attempt) => attempt.status)).to.deep.equal([status]);
      expect(reason).to.match(/WeChat accepts 200 only/);
    }
  });

  it("goes by the file when it has changed, without a restart", async () => {
    const old = await phoneOf("tea", tea);
    const other = await phoneOf("rice", rice);
    write({ tea: { ...tea, token: "NewToken" } });
    expect((await old.user("alice").sends("你好")).push?.attempts[0]?.status).to.equal(403);
    expect((await other.user("alice").sends("你好")).push?.attempts[0]?.status).to.equal(404);
    const renewed = await phoneOf("tea", { ...tea, token: "NewToken" });
    expect((await renewed.user("alice").sends("再见")).text).to.match(/^wxtea .*再见$/);
  });

  it("takes a shop's 安全模式 from the file as well", async () => {
    const safe = { ...tea, encodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" };
    write({ tea: safe });
    const phone = await phoneOf("tea", safe);
    expect((await phone.user("alice").sends("密")).text).to.match(/^wxtea .*密$/);
  });
});
