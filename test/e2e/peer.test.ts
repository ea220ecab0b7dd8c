/** The simulated WeChat against a library that shares no code with koa-wx: co-wechat, of the bench. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { expect } from "chai";
import Koa, { type Middleware } from "koa";
import { type Phone, type SimulateOptions, simulate } from "koa-wx/testing";

type Fields = Readonly<Record<string, string>>;
type Peer = (config: string | Readonly<Record<string, string>>) => {
  middleware(handle: (message: Fields) => Promise<unknown>): Middleware;
};

const bench = resolve("test/bench");
const token = "PeerToken";
const appid = "wxba5fad812f8e6fb9";
const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const safe = { token, appId: appid, encodingAESKey };

describe("simulate(): the simulated WeChat and co-wechat", function () {
  this.timeout(20_000);
  let peer: Peer;
  let seen: Fields[];
  const phones: Phone[] = [];

  before(function () {
    this.timeout(180_000);
    if (!existsSync(resolve(bench, "node_modules/co-wechat"))) {
      execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: bench, stdio: "pipe" });
    }
    peer = createRequire(resolve(bench, "package.json"))("co-wechat") as Peer;
  });
  beforeEach(() => {
    seen = [];
  });
  afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.close())));

  const answers: Readonly<Record<string, (message: Fields) => unknown>> = {
    text: ({ Content }) => (Content === "nothing" ? undefined : Content),
    image: ({ MediaId }) => ({ type: "image", content: { mediaId: MediaId } }),
    voice: ({ Recognition }) => Recognition,
    link: ({ Title, Description, Url }) => [
      { title: Title, description: Description, picurl: "http://a.example/p.png", url: Url },
    ],
    location: () => ({ type: "customerService", kfAccount: "test1@test" }),
    event: ({ Event, EventKey }) => (Event === "unsubscribe" ? "" : `${Event} ${EventKey}`),
  };

  async function talk(
    config: Parameters<Peer>[0],
    options: Partial<SimulateOptions> = {},
    delays: readonly number[] = [],
  ): Promise<Phone> {
    const app = new Koa({ env: "test" });
    app.silent = true;
    app.use(
      peer(config).middleware(async (message) => {
        seen.push(message);
        const delay = delays[seen.length - 1] ?? 0;
        if (delay > 0) await new Promise((done) => setTimeout(done, delay));
        return answers[message.MsgType ?? ""]?.(message);
      }),
    );
    const phone = await simulate(app, { token, ...options });
    phones.push(phone);
    return phone;
  }

  for (const [mode, config, options] of [
    ["明文模式", token, {}],
    ["安全模式", { token, appid, encodingAESKey }, safe],
    ["兼容模式", { token, appid, encodingAESKey }, { ...safe, mode: "compat" }],
  ] as const) {
    it(`verify the address and talk in ${mode}`, async () => {
      const phone = await talk(config, options);
      const alice = phone.user("alice");
      expect((await alice.follows({ scene: "poster" })).text).to.equal("subscribe qrscene_poster");
      for (const text of ["你好", "<b>&amp;</b> \"'", "🌏 ümlaut", "字".repeat(682)]) {
        expect(await alice.sends(text)).to.include({ text, attempts: 1, banner: undefined });
      }
      const voice = await alice.sendsVoice("今天天气");
      expect(voice.text).to.equal("今天天气");
      const isEncrypted = voice.push?.attempts[0]?.answer?.includes("<Encrypt>");
      expect(isEncrypted).to.equal(mode !== "明文模式");
      const picture = await alice.sendsImage();
      expect(picture.reply).to.deep.equal({ type: "image", mediaId: seen.at(-1)?.MediaId });
      expect((await alice.sendsLink("https://a.example/?b=1&c=2", "T", "D")).reply).to.deep.equal({
        type: "news",
        articles: [
          {
            title: "T",
            description: "D",
            picUrl: "http://a.example/p.png",
            url: "https://a.example/?b=1&c=2",
          },
        ],
      });
      expect((await alice.sendsLocation(31.5, 120.25, "桥")).reply).to.deep.equal({
        type: "transfer_customer_service",
        account: "test1@test",
      });
      expect(seen.at(-1)).to.include({ Location_X: "31.5", Location_Y: "120.25", Label: "桥" });
      expect((await alice.clicks("KEY")).text).to.equal("CLICK KEY");
      expect(await alice.unfollows()).to.include({ attempts: 1, banner: undefined });
      expect(seen.at(-1)).to.include({ Event: "unsubscribe", FromUserName: alice.openid });
    });
  }

  it("agree that a reply without content is a banner", async () => {
    const phone = await talk(token);
    const answer = await phone.user("alice").sends("nothing");
    expect(answer.banner).to.equal("该公众号提供的服务出现故障，请稍后再试");
    expect(answer.reason).to.match(/^Content is empty/);
  });

  it("agree that a message of another account, key or token is refused", async () => {
    const wrongToken = talk("another");
    await wrongToken.then(
      () => expect.fail("the token is wrong"),
      (error: Error) => expect(error.message).to.match(/Token验证失败.*401/),
    );
    const otherKey = await talk(
      { token, appid, encodingAESKey: encodingAESKey.replace("abc", "xyz") },
      safe,
    );
    const answer = await otherKey.user("alice").sends("你好");
    expect(answer.push?.outcome).to.equal("fault");
    expect(seen).to.deep.equal([]);
  });

  it("show that co-wechat runs a slow handler once for each delivery", async () => {
    const phone = await talk(token, { patience: 200 }, [400, 0]);
    const answer = await phone.user("alice").sends("慢");
    expect(answer).to.include({ text: "慢", attempts: 2 });
    expect(seen.map(({ MsgId }) => MsgId)).to.deep.equal([seen[0]?.MsgId, seen[0]?.MsgId]);
  });
});
