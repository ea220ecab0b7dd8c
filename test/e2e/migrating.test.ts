/** What the pages for those who come from other libraries show, run as it stands there. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { expect } from "chai";
import Koa from "koa";
import { reply, type Wechat } from "koa-wx";
import { type Phone, simulate } from "koa-wx/testing";
import { Samples } from "../support/samples.js";

const step = "Step by step";
type Visited = IncomingMessage & { readonly user?: { readonly openid: string } };
type Middleware = (request: Visited, response: ServerResponse, next: () => unknown) => unknown;

describe("docs: coming from another library", () => {
  const fromCoWechat = new Samples("docs/migrating-from-co-wechat.md");
  const fromWechat = new Samples("docs/migrating-from-wechat.md");
  const login = new Samples("docs/web-login.md");
  let phone: Phone | undefined;

  afterEach(async () => {
    await phone?.close();
    phone = undefined;
  });
  after(() => {
    fromCoWechat.remove();
    fromWechat.remove();
    login.remove();
  });

  /** A sample's bot in a simulated WeChat. */
  async function start(
    samples: Samples,
    heading: string,
    index = 0,
    token = "aLongRandomToken",
  ): Promise<Phone> {
    phone = await simulate(
      async ({ url }) => {
        const env = { WECHAT_TOKEN: token };
        const { wx } = await samples.run(heading, { wechat: url, index, env });
        if (wx === undefined) throw new Error(`There is no bot under “${heading}”.`);
        wx.catch((error) => `failed: ${error.message}`);
        return new Koa().use(wx.middleware());
      },
      { token },
    );
    const files = { I: "image", V: "voice", F: "video", "the id of a cover": "thumb" } as const;
    for (const [mediaId, type] of Object.entries(files)) phone.api.addMedia({ mediaId, type });
    return phone;
  }

  it("keeps an old handler of co-wechat, with all that it may return", async () => {
    fromCoWechat.write(
      "old.js",
      `const article = (title) => ({ title, description: "d", picurl: "https://e.cn/p", url: "https://e.cn" });
       const answers = {
         news: [article("one"), article("two")],
         music: { title: "t", description: "d", musicUrl: "https://e.cn/m", hqMusicUrl: "https://e.cn/h" },
         typed: { type: "text", content: "typed" },
         image: { type: "image", content: { mediaId: "I" } },
         voice: { type: "voice", content: { mediaId: "V" } },
         video: { type: "video", content: { mediaId: "F", title: "t", description: "d" } },
         agent: { type: "customerService", kfAccount: "a@b" },
         anybody: { type: "customerService" },
         nothing: "",
       };
       export async function old(message, ctx) {
         if (message.Event === "CLICK") return answers[message.EventKey];
         if (message.MsgType === "location") return message.Location_X.concat(" ", ctx.method);
         return message.Content in answers ? answers[message.Content] : message.Content;
       }`,
    );
    const alice = (await start(fromCoWechat, step)).user("alice");
    const news = { title: "one", description: "d", picUrl: "https://e.cn/p", url: "https://e.cn" };
    const music = { thumbMediaId: "the id of a cover", title: "t", description: "d" };
    const expected = {
      new: reply.text("Already moved."),
      " spaces ": reply.text("spaces"),
      news: reply.news(news),
      music: reply.music({ ...music, url: "https://e.cn/m", hqUrl: "https://e.cn/h" }),
      typed: reply.text("typed"),
      image: reply.image("I"),
      voice: reply.voice("V"),
      video: reply.video("F", { title: "t", description: "d" }),
      agent: reply.transfer("a@b"),
      anybody: reply.transfer(),
      nothing: undefined,
    };
    for (const [text, answer] of Object.entries(expected)) {
      expect((await alice.sends(text)).reply, text).to.deep.equal(answer);
    }
    expect((await alice.clicks("news")).reply).to.deep.equal(
      reply.news([news, { ...news, title: "two" }]),
    );
    expect((await alice.sendsLocation(23.5, 113)).text).to.equal("23.5 POST");
  });

  it("keeps old handlers of wechat, with req, res and next", async () => {
    const fromOld = JSON.stringify(fromCoWechat.file(step));
    fromWechat.write("from-old.js", `export { fromOld } from ${fromOld};`);
    fromWechat.write(
      "handlers.js",
      `export const handlers = {
         text(message, req, res, next) {
           const { Content } = message;
           if (Content === "count") return res.reply(String((req.wxsession.n = (req.wxsession.n ?? 0) + 1)));
           if (Content === "kf") return res.transfer2CustomerService("a@b");
           if (Content === "picture") return res.reply({ type: "image", content: { mediaId: "I" } });
           if (Content === "broken") return next(new Error("no database"));
           if (Content === "throws") throw new Error("thrown");
           if (Content === "unfit") return res.reply({ type: "music", content: null });
           setTimeout(() => res.reply(Content + " " + req.weixin.MsgType + " " + req.method), 1);
         },
         event(message, req, res, next) {
           if (message.Event === "CLICK") return res.reply("");
           next();
         },
       };`,
    );
    const alice = (await start(fromWechat, step)).user("alice");
    const said = async (text: string) => (await alice.sends(text)).text;
    expect(await said("new")).to.equal("Already moved.");
    expect(await said("later")).to.equal("later text POST");
    expect([await said("count"), await said("count")]).to.deep.equal(["1", "2"]);
    expect((await alice.sends("kf")).reply).to.deep.equal(reply.transfer("a@b"));
    expect((await alice.sends("picture")).reply).to.deep.equal(reply.image("I"));
    expect(await said("broken")).to.equal("failed: no database");
    expect(await said("throws")).to.equal("failed: thrown");
    expect(await said("unfit")).to.match(/^failed: /);
    expect((await alice.clicks("ANY")).text).to.equal(undefined);
    expect((await alice.follows()).text).to.equal(undefined);
  });

  it("has a list that is chosen from until the user leaves it", async () => {
    const alice = (await start(fromWechat, "Lists", 1, "AAAAA")).user("alice");
    const answers = [];
    for (const text of ["a", "menu", "a", "other", "a", "x", "a"]) {
      answers.push((await alice.sends(text)).text);
    }
    const list = "Reply a for your level\nReply x to leave";
    expect(answers).to.deep.equal([
      undefined,
      list,
      "Level 5",
      undefined,
      "Level 5",
      "Bye",
      undefined,
    ]);
  });

  it("guards a page of Express, which answers it itself", async () => {
    phone = await simulate(
      async ({ url, appUrl }) => {
        const env = { BASE_URL: appUrl };
        const { wx, requireLogin } = await login.run("Pages of Express", { wechat: url, env });
        const bot = new Koa().use((wx as Wechat).middleware()).callback();
        const listener = (request: Visited, response: ServerResponse) => {
          if (request.url?.startsWith("/wechat")) return bot(request, response);
          const next = () => response.end(`Hello ${request.user?.openid}`);
          return (requireLogin as Middleware)(request, response, next);
        };
        return listener as RequestListener;
      },
      { token: "AAAAA", appId: "wx…", appSecret: "…" },
    );
    const alice = phone.user("alice");
    const page = await alice.opens("/me?x=1");
    expect(page).to.include({ status: 200, body: `Hello ${alice.openid}` });
    expect(page.url).to.match(/\/me\?x=1$/);
    expect((await alice.opens("/me", { consent: "deny" })).visited).to.have.length(1);
    expect((await fetch(page.url)).status, "without her cookie").to.equal(401);
  });
});
