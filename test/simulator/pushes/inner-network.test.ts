import { createServer } from "node:http";
import { expect } from "chai";
import Koa from "koa";
import { reply, Wechat } from "koa-wx";
import { type CloudSimulateOptions, type Phone, simulate } from "koa-wx/testing";
import { run } from "../../../src/simulator/commands/program.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { judge } from "../../../src/simulator/pushes/judge.js";
import { simulatedAccount } from "../../../src/simulator/world/account.js";

const appId = "wxba5fad812f8e6fb9";
const media = { mediaId: "M", type: "image" } as const;

describe("cloudHosting: the simulated inner network of 微信云托管", () => {
  let phone: Phone | undefined;
  afterEach(() => phone?.close());

  const kinds = {
    text: () => reply.text("hi"),
    image: () => reply.image("M"),
    voice: () => reply.voice("M"),
    video: () => reply.video("M", { title: "t", description: "d" }),
    music: () => reply.music({ thumbMediaId: "M", title: "t", url: "https://a.example/m.mp3" }),
    news: () => reply.news([{ title: "t", description: "d", picUrl: "p", url: "u" }]),
    transfer: () => reply.transfer("a@b"),
  };

  for (const cloudHosting of ["json", "xml"] as const) {
    it(`takes every kind of reply to a push in ${cloudHosting}`, async () => {
      const options: CloudSimulateOptions = { cloudHosting, appId };
      phone = await simulate(({ url, api }) => {
        api.addMedia(media);
        const wx = new Wechat({ cloudHosting: true, appId, api: { baseUrl: url } });
        for (const [kind, make] of Object.entries(kinds)) wx.hears(kind, make);
        wx.onClick("several", () => reply.news([{ title: "a" }, { title: "b" }]));
        wx.onEvent("subscribe_msg_popup_event", (ctx) => {
          const { List } = ctx.message.SubscribeMsgPopupEvent;
          return List.map(({ TemplateId }) => TemplateId).join();
        });
        wx.onEvent("pic_weixin", (ctx) => String(ctx.message.SendPicsInfo.PicList.length));
        return wx;
      }, options);
      const alice = phone.user("alice");
      for (const [kind, make] of Object.entries(kinds)) {
        const answer = await alice.sends(kind);
        expect(answer.reply, `${kind}: ${answer.reason}`).to.deep.equal(make());
      }
      const several = await alice.clicks("several");
      expect(several.reply).to.have.property("articles").that.has.length(2);
      const entry = (TemplateId: string) => ({ TemplateId, SubscribeStatusString: "accept" });
      for (const [List, said] of [
        [[entry("T1")], "T1"],
        [[entry("T1"), entry("T2")], "T1,T2"],
      ] as const) {
        const answer = await alice.pushes({
          ...{ MsgType: "event", Event: "subscribe_msg_popup_event" },
          SubscribeMsgPopupEvent: { List },
        });
        expect(answer.text).to.equal(said);
        const body = answer.push?.attempts[0]?.body ?? "";
        if (cloudHosting === "json") {
          expect(JSON.parse(body)).to.have.property("List");
          expect(body).not.to.contain("SubscribeMsgPopupEvent");
        }
      }
      const item = { PicMd5Sum: "a" };
      for (const count of [1, 2]) {
        const SendPicsInfo = { Count: count, PicList: { item: new Array(count).fill(item) } };
        const answer = await alice.pushes({ MsgType: "event", Event: "pic_weixin", SendPicsInfo });
        expect(answer.text).to.equal(String(count));
      }
    });
  }

  it("tells of a bot that is not set up for it", async () => {
    const token = "aTokenOfThisTest";
    const app = new Koa().use(new Wechat({ token }).middleware());
    await simulate(app, { cloudHosting: true, appId }).then(
      () => expect.fail("it takes no unsigned push"),
      (error: Error) => expect(error.message).to.match(/probe.*status 403.*"cloudHosting: true"/),
    );
  });

  it("vouches for calls, but for none of another account, nor with a token that is wrong", async () => {
    phone = await simulate(() => new Wechat({ cloudHosting: true, appId }).on("text", () => "hi"), {
      cloudHosting: true,
      appId,
    });
    const call = async (query: string) => {
      const response = await fetch(`${phone?.url}/cgi-bin/user/get${query}`);
      const { errcode = 0 } = (await response.json()) as { errcode?: number };
      return [errcode, response.headers.has("x-openapi-seqid")];
    };
    expect(await call("")).to.deep.equal([0, true]);
    expect(await call("?cloudbase_access_token=T")).to.deep.equal([0, true]);
    expect(await call(`?from_appid=${appId}`)).to.deep.equal([0, true]);
    expect(await call("?from_appid=wx9")).to.deep.equal([40013, true]);
    expect(await call("?access_token=T")).to.deep.equal([40001, false]);
    expect(phone.api.calls()[1]?.query).to.deep.equal({});
  });

  it("asks for a token elsewhere", async () => {
    const token = "aTokenOfThisTest";
    phone = await simulate(new Wechat({ token }), { token });
    for (const query of ["", "?cloudbase_access_token=T"]) {
      const response = await fetch(`${phone.url}/cgi-bin/user/get${query}`);
      expect(await response.json()).to.have.property("errcode", 41001);
    }
  });

  it("is played by the commands simulate and send, wherever the option stands", async () => {
    const app = new Koa().use(
      new Wechat({ cloudHosting: true, appId }).on("text", (ctx) => ctx.text).middleware(),
    );
    const server = createServer(app.callback());
    const url = `${await listen(server)}/`;
    try {
      for (const words of [
        ["send", "--cloud-hosting", url, "text", "hi"],
        ["send", url, "text", "hi", "--cloud-hosting", "--format", "json"],
        ["send", url, "text", "hi", "--cloud-hosting", "--format", "xml"],
      ]) {
        const printed: string[] = [];
        const { signal } = new AbortController();
        const print = (line: string) => void printed.push(line);
        expect(await run(words, { print, remark: print, signal })).to.equal(0);
        expect(printed[0]?.[0]).to.equal(words.includes("xml") ? "<" : "{");
        expect(printed.join("\n")).to.contain("hi");
      }
      const stop = new AbortController();
      const told: string[] = [];
      const tell = (line: string) => {
        told.push(line);
        if (line.startsWith("✓")) stop.abort();
      };
      const words = ["simulate", "--cloud-hosting", url, "--app-id", appId, "--port", "0"];
      expect(await run(words, { print: tell, remark: tell, signal: stop.signal })).to.equal(0);
      expect(told.join("\n"))
        .to.contain("cloudHosting: true")
        .and.contain("✓ The bot answers the probe.");
    } finally {
      await shut(server);
    }
  }).timeout(10_000);

  it("refuses an answer that is not written as the push was", () => {
    const xml =
      "<xml><ToUserName>o</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content></xml>";
    const json =
      '{"ToUserName":"o","FromUserName":"gh_1","CreateTime":1,"MsgType":"text","Content":"hi"}';
    const judged = (cloudHosting: "json" | "xml" | false, body: string) =>
      judge(
        { status: 200, body: Buffer.from(body) },
        {
          account: simulatedAccount({ token: "t", id: "gh_1", cloudHosting }),
          openid: "o",
          isEvent: false,
          hasMedia: () => true,
        },
      ).outcome;
    expect(judged("json", json)).to.equal("reply");
    expect(judged("json", xml)).to.equal("fault");
    expect(judged("xml", xml)).to.equal("reply");
    expect(judged("xml", json)).to.equal("reply");
    expect(judged(false, json)).to.equal("fault");
    expect(judged("json", "{")).to.equal("fault");
    expect(judged("json", "success")).to.equal("acknowledged");
  });
});
