/** The samples of docs/cookbook.md, run as they stand there. The title of each test is a heading of that page. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { type Phone, type SimulateOptions, simulate } from "koa-wx/testing";
import { run } from "../../src/simulator/commands/program.js";
import { listen, shut } from "../../src/simulator/listen.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { foreignModules } from "../support/installed.js";
import { signedQuery, textXml } from "../support/push.js";
import { startRedis } from "../support/redis.js";
import { type Sample, Samples } from "../support/samples.js";

const account = { token: "aLongRandomToken", appId: "wx…", appSecret: "…" };
const png = Buffer.from("\x89PNG\r\n\x1a\n-prices-", "latin1");

describe("docs/cookbook.md answers", () => {
  const samples = new Samples("docs/cookbook.md");
  const asked = new Map<string, number>();
  const ends: (() => unknown)[] = [];
  let model: ApiServer;

  before(async () => {
    model = await startApiServer();
    model.on("/v1/chat/completions", { choices: [{ message: { content: "一只猫。" } }] });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await samples.stopListening();
  });
  after(async () => {
    await model.close();
    samples.remove();
  });

  /** A question whose sample is something else. */
  function question(heading: string, test: (heading: string) => Promise<void>, index = 0): void {
    asked.set(heading, index + 1);
    const title = index === 0 ? heading : `${heading} (${index + 1})`;
    it(title, () => test(heading)).timeout(heading.includes("Express") ? 240_000 : 20_000);
  }

  /** A question whose sample is a bot: it is put into a simulated WeChat. */
  function bot(
    heading: string,
    test: (phone: Phone, sample: Sample) => Promise<void>,
    { index = 0, ...options }: Partial<SimulateOptions> & { readonly index?: number } = {},
  ): void {
    const asks = async () => {
      let sample: Sample = {};
      const phone = await simulate(
        async ({ url, appUrl }) => {
          const OPENAI_BASE_URL = `${model.url}/v1`;
          const env = { BASE_URL: appUrl, OPENAI_BASE_URL, OPENAI_API_KEY: "sk-1" };
          sample = await samples.run(heading, { wechat: url, index, env });
          return sample.app ?? sample.wx ?? "";
        },
        { ...account, ...options },
      );
      ends.push(() => phone.close());
      await test(phone, sample);
    };
    question(heading, asks, index);
  }

  /** Gives a sample what is the reader's own. */
  function have(name: string, value: unknown): void {
    Object.assign(globalThis, { [name]: value });
    ends.push(() => Reflect.deleteProperty(globalThis, name));
  }

  /** Puts the files of a reader where the bot runs. */
  function at(files: Readonly<Record<string, string | Uint8Array>>): void {
    const here = process.cwd();
    for (const [file, data] of Object.entries(files)) samples.write(file, data);
    process.chdir(samples.folder);
    ends.push(() => process.chdir(here));
  }

  /** What is printed until the test ends. */
  function printed(method: "log" | "error"): unknown[] {
    const lines: unknown[] = [];
    const original = console[method];
    console[method] = (line: unknown) => void lines.push(line);
    ends.push(() => Object.assign(console, { [method]: original }));
    return lines;
  }

  async function served(listener: RequestListener | Server): Promise<string> {
    const server = typeof listener === "function" ? createServer(listener) : listener;
    ends.push(() => shut(server));
    return listen(server);
  }

  bot("How do I reply with a picture from disk?", async (phone) => {
    at({ "prices.png": png });
    const one = await phone.user("alice").sends("价目表");
    const two = await phone.user("bob").sends("价目表");
    if (one.reply?.type !== "image") throw new Error("no picture");
    expect(phone.api.media(one.reply.mediaId)?.data.equals(png)).to.equal(true);
    expect(two.reply).to.deep.equal(one.reply);
    expect(phone.api.calls("media/upload")).to.have.length(1);
  });

  question("How do I send to all followers at a certain time?", async (heading) => {
    const phone = await simulate(new Wechat(account), account);
    ends.push(() => phone.close());
    const alice = phone.user("alice");
    await alice.follows();
    await samples.run(heading, { wechat: phone.url });
    const again = await samples.run(heading, { wechat: phone.url }).catch((error) => error);
    expect(again).to.have.property("errcode", 45065);
    const texts = alice.chat.map(({ content }) => content.type === "text" && content.content);
    expect(texts.filter((text) => text === "早上好！")).to.have.length(1);
  });

  const notices = "How do I send a template message or a subscription notice?";
  bot(notices, async (phone) => {
    await phone.user("alice").follows();
    const answer = await phone.user("alice").sends("下单");
    expect(await answer.late()).to.have.property("type", "template");
    const [call] = phone.api.calls("message/template/send");
    expect(JSON.parse(call?.body ?? "").data.thing1.value).to.equal("龙井茶");
  });
  bot(
    notices,
    async (phone) => {
      const alice = phone.user("alice");
      await alice.follows();
      const TemplateId = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc";
      for (const SubscribeStatusString of ["reject", "accept"]) {
        const List = { TemplateId, SubscribeStatusString, PopupScene: 1 };
        await alice.pushes({
          MsgType: "event",
          Event: "subscribe_msg_popup_event",
          SubscribeMsgPopupEvent: { List },
        });
      }
      const calls = phone.api.calls("message/subscribe/bizsend");
      expect(calls.map(({ body }) => JSON.parse(body).template_id)).to.deep.equal([TemplateId]);
    },
    { index: 1 },
  );

  bot("How do I let the bot see pictures?", async (phone) => {
    expect((await phone.user("alice").sendsImage(png)).text).to.equal("一只猫。");
    const { messages } = JSON.parse(String(model.to("/v1/chat/completions").at(-1)?.body));
    const [, picture] = messages[0].content;
    expect(picture.image_url.url).to.equal(`data:image/png;base64,${png.toString("base64")}`);
  });

  bot("How do I limit how much a user may ask?", async (phone) => {
    const alice = phone.user("alice");
    for (const text of ["一", "二", "三"]) {
      expect((await alice.sends(text)).text).to.equal(`您问的是：${text}`);
    }
    expect((await alice.sends("四")).text).to.equal("您问得太快了，请一分钟后再来。");
    expect((await phone.user("bob").sends("一")).text).to.equal("您问的是：一");
  });

  const keywords = "How do I keep keyword replies in a file or a database?";
  bot(keywords, async (phone) => {
    const alice = phone.user("alice");
    at({ "replies.json": '{ "地址": "人民路 1 号" }' });
    expect((await alice.sends(" 地址 ")).text).to.equal("人民路 1 号");
    expect((await alice.sends("constructor")).text).to.equal("没有找到，请换个词试试。");
    samples.write("replies.json", '{ "地址": "解放路 2 号" }');
    expect((await alice.sends("地址")).text).to.equal("解放路 2 号");
  });
  bot(
    keywords,
    async (phone) => {
      have("db", {
        query: async (_sql: string, [word]: readonly string[]) =>
          word === "地址" ? [{ reply: "人民路 1 号" }] : [],
      });
      expect((await phone.user("alice").sends("地址")).text).to.equal("人民路 1 号");
      expect((await phone.user("alice").sends("?")).text).to.equal("没有找到，请换个词试试。");
    },
    { index: 1 },
  );

  bot("How does a page that the menu opens know its user?", async (phone) => {
    const alice = phone.user("alice");
    const [call] = phone.api.calls("menu/create");
    const { url } = JSON.parse(call?.body ?? "").button[0];
    expect((await alice.opens(url)).body).to.equal(`Orders of ${alice.openid}`);
    expect((await phone.user("bob").opens(url)).body).not.to.contain(alice.openid);
  });

  bot("How do I bind a follower to an account of my site?", async (phone, sample) => {
    const saved: unknown[] = [];
    have("saveOpenid", async (...given: unknown[]) => void saved.push(given));
    const alice = phone.user("alice");
    const code = await (sample.codeFor as (userId: string) => Promise<string>)("user-7");
    expect((await phone.user("bob").sends("绑定 12345678")).text).to.match(/^绑定码不对/);
    expect((await alice.sends(`绑定 ${code}`)).text).to.equal("绑定成功。");
    expect((await phone.user("bob").sends(`绑定${code}`)).text).to.match(/^绑定码不对/);
    expect(saved).to.deep.equal([["user-7", alice.openid]]);
    for (let tries = 0; tries < 4; tries++) await alice.sends("绑定 12345678");
    const other = await (sample.codeFor as (userId: string) => Promise<string>)("user-8");
    await alice.sends(`绑定 ${other}`);
    expect(saved).to.have.length(1);
  });

  bot("How do I hand a user over to customer service?", async (phone) => {
    const alice = phone.user("alice");
    for (const text of ["人工", "找客服"]) {
      expect((await alice.sends(text)).reply?.type).to.equal("transfer_customer_service");
    }
    const end = { MsgType: "event", Event: "kf_close_session", KfAccount: "tea@gh_shop" };
    const told = await (await alice.pushes(end)).late();
    expect(told).to.deep.equal({ type: "text", content: "人工服务已结束，有事随时找我。" });
  });

  bot("How do users log in to my site by scanning a QR code?", async (phone) => {
    const begun = await fetch(new URL("/login", phone.botUrl));
    const cookie = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const user = async (headers: Record<string, string>) =>
      (await fetch(new URL("/login/user", phone.botUrl), { headers })).json();
    expect(((await begun.json()) as { picture: string }).picture).to.match(/showqrcode\?ticket=/);
    expect(await user({ cookie })).to.deep.equal({ openid: null });
    const [call] = phone.api.calls("qrcode/create");
    const scene = JSON.parse(call?.body ?? "").action_info.scene.scene_str;
    expect((await phone.user("alice").scans(scene)).text).to.match(/^登录成功/);
    expect(await user({ cookie })).to.deep.equal({ openid: phone.user("alice").openid });
    expect(await user({ cookie: `login=${scene}` })).to.deep.equal({ openid: null });
    expect(await user({})).to.deep.equal({ openid: null });
  });

  for (const [index, name] of ["express", "fastify"].entries()) {
    question(
      "How do I use it beside Express or Fastify?",
      async (heading) => {
        samples.link(name, foreignModules()); // installed by the first test that needs them
        const { app } = await import(pathToFileURL(samples.file(heading, index)).href);
        await app.ready?.();
        const url = await served(app.server ?? app);
        const phone = await simulate(`${url}/wechat`, { token: account.token });
        ends.push(() => phone.close());
        expect((await phone.user("alice").sends("你好")).text).to.equal("你好");
        expect(await (await fetch(url)).text()).to.equal("the rest of the site");
      },
      index,
    );
  }

  question("How do I test the bot in CI?", async (heading) => {
    const file = samples.file(heading);
    const words = ["--import", "tsx", "--test", file];
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    expect(stdout)
      .to.match(/pass 1\b/)
      .and.to.match(/fail 0\b/);
  });

  question("How do I move the bot to a new server?", async (heading) => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const phone = await simulate("http://127.0.0.1:9/", { ...account, verify: false });
    ends.push(() => phone.close());
    const answered: string[] = [];
    const started = async (place: string) => {
      const env = { REDIS_URL: redis.url };
      const { wx, redis: client } = await samples.run(heading, { wechat: phone.url, env });
      ends.push(() => (client as { quit(): Promise<unknown> }).quit());
      if (wx === undefined) throw new Error("no bot");
      ends.push(() => wx.close());
      return wx.on("text", async (ctx) => {
        answered.push(place);
        await ctx.api.menu.get();
        return place;
      });
    };
    const [old, moved] = [await started("old"), await started("new")];
    const body = textXml("你好");
    for (const wx of [old, moved]) {
      const query = signedQuery({}, account.token);
      expect((await wx.receive({ method: "POST", query, body })).body).to.contain("old");
    }
    expect(answered).to.deep.equal(["old"]);
    await moved.api.menu.get();
    expect(phone.api.calls("stable_token")).to.have.length(1);

    const url = await served(new Koa().use(moved.middleware()).callback());
    const words = /doctor .*/.exec(samples.section(heading))?.[0].split(" ") ?? [];
    const there = words.map((word) => (word.startsWith("https:") ? `${url}/wechat` : word));
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const { signal } = new AbortController();
    const code = await run(there, { print: say, remark: say, signal });
    expect(code, said.join("\n")).to.equal(0);
  });

  const keys = "How do I change the Token or the EncodingAESKey?";
  for (const [token, encodingAESKey] of [
    ["theOldRandomToken", "oldoldoldoldoldoldoldoldoldoldoldoldoldoldA"],
    ["theNewRandomToken", "newnewnewnewnewnewnewnewnewnewnewnewnewnewA"],
  ] as const) {
    bot(
      keys,
      async (phone, { wx }) => {
        wx?.on("text", () => "收到");
        expect((await phone.user("alice").sends("你好")).text).to.equal("收到");
      },
      { token, encodingAESKey },
    );
  }

  bot(
    "How do I serve several accounts with one program?",
    async (phone) => {
      expect((await phone.user("alice").sends("你好")).text).to.equal("wx2222222222222222: 你好");
      const query = new URLSearchParams(signedQuery({ echostr: "1" }, "theTokenOfTheRiceShop"));
      const status = async (shop: string) =>
        (await fetch(new URL(`/wechat/${shop}?${query}`, phone.botUrl))).status;
      expect([await status("rice"), await status("tea")]).to.deep.equal([200, 403]);
      expect(await status("silk")).to.equal(404);
    },
    { path: "/wechat/rice", token: "theTokenOfTheRiceShop", appId: "wx2222222222222222" },
  );

  bot("How do I connect a language model?", async (phone) => {
    expect((await phone.user("alice").sends("你好")).text).to.equal("一只猫。");
    const { messages } = JSON.parse(String(model.to("/v1/chat/completions").at(-1)?.body));
    expect(messages).to.deep.equal([{ role: "user", content: "你好" }]);
    const answer = model.answer("/v1/chat/completions");
    ends.push(() => model.on("/v1/chat/completions", answer));
    model.on("/v1/chat/completions", (_, response) => response.writeHead(500).end("no"));
    expect((await phone.user("alice").sends("你好")).text).to.equal("出了点问题，请稍后再试。");
  });

  bot("How do I keep forbidden content from leaving?", async (phone) => {
    have("isAllowed", async (text: string) => !text.includes("赌博"));
    expect((await phone.user("alice").sends("你好")).text).to.equal("您说：你好");
    expect((await phone.user("alice").sends("赌博")).text).to.equal("这个问题我不能回答。");
  });

  bot("How do I log what happens?", async (phone, { wx }) => {
    wx?.onImage(() => {
      throw new TypeError("a fault");
    });
    const [logged, failed] = [printed("log"), printed("error")];
    await phone.user("alice").sends("不许记下来");
    expect((await phone.user("alice").sendsImage()).text).to.equal("出了点问题，请稍后再试。");
    const [text, image] = logged.map((line) => JSON.parse(String(line)));
    expect(text).to.include({ type: "text", outcome: "replied" });
    expect(image).to.include({ type: "image", error: "TypeError" });
    expect(text.ms).to.be.a("number");
    expect(JSON.stringify(logged)).not.to.contain("不许记下来");
    expect(failed).to.have.length(1);
  });

  for (const broken of [false, true]) {
    bot("How do I make a health check?", async (phone) => {
      if (broken) phone.api.fails("stable_token", { status: 502 });
      for (const [path, status] of [
        ["/healthz", 200],
        ["/healthz/wechat", broken ? 503 : 200],
      ] as const) {
        const response = await fetch(new URL(path, phone.botUrl));
        expect(response.status, path).to.equal(status);
        expect(await response.text()).to.match(status === 200 ? /^ok$/ : /stable_token.* 502/);
      }
    });
  }

  bot("What do I do about 45009?", async (phone) => {
    const alice = phone.user("alice");
    const logged = printed("error");
    expect((await alice.sends("我的备注")).text).to.equal(alice.openid);
    phone.api.fails("user/info", 45009);
    expect((await alice.sends("我的备注")).text).to.equal("今天的查询次数用完了，请明天再来。");
    expect(String(logged[0])).to.match(/^\/cgi-bin\/user\/info: \d+ of \d+ calls used$/);
  });

  it("twenty questions, each of them here", () => {
    expect([...asked.keys()]).to.deep.equal(samples.headings);
    for (const [heading, tried] of asked) expect(tried, heading).to.equal(samples.count(heading));
    expect(samples.headings).to.have.length(20);
    for (const page of ["cookbook.md", "cookbook.zh-CN.md"]) {
      const contents = readFileSync(`docs/${page.replace("cookbook", "README")}`, "utf8");
      const questions = new Samples(`docs/${page}`);
      const missing = questions.headings.filter(
        (title) => !contents.includes(`- [${title}](${page}#`),
      );
      questions.remove();
      expect(missing).to.deep.equal([]);
    }
  });
});
