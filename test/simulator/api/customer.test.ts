import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import type { Person } from "../../../src/simulator/world/people.js";
import { type Api, day, developer, startApi } from "./start.js";

describe("/cgi-bin/message/custom/send: customer-service messages in the simulated API", () => {
  let api: Api;
  let alice: Person;
  beforeEach(async () => {
    api = await startApi();
    alice = api.follower("alice");
  });
  afterEach(() => api.close());

  const send = (message: Record<string, unknown>, touser = alice.openid) =>
    api.post("/cgi-bin/message/custom/send", { touser, ...message });
  const sendText = (content = "hi") => send({ msgtype: "text", text: { content } });
  const last = () => alice.chat.at(-1);
  const media = (type: "image" | "voice" | "video" | "thumb") =>
    api.world.media.add({ type, contentType: "", filename: "", data: Buffer.alloc(1) }).mediaId;

  it("appear in the chat", async () => {
    expect(await sendText("你好")).to.deep.equal({ errcode: 0, errmsg: "ok" });
    expect(last()).to.deep.include({
      from: "account",
      by: "customer-service",
      content: { type: "text", content: "你好" },
    });
  });

  it("are labelled where an AI has made them", async () => {
    const text = { msgtype: "text", text: { content: "hi" } };
    await send({ ...text, aimsgcontext: { is_ai_msg: 1 } });
    expect(last()).to.have.property("aiGenerated", true);
    await send({ ...text, aimsgcontext: { is_ai_msg: 0 } });
    expect(last()).not.to.have.property("aiGenerated");
    for (const aimsgcontext of [true, { is_ai_msg: "1" }, { is_ai_msg: 2 }]) {
      expect(await send({ ...text, aimsgcontext })).to.include({ errcode: 47001 });
    }
  });

  it("of every type arrive by koa-wx's client", async () => {
    const { customerService, kfAccounts } = createClient({ ...developer, baseUrl: api.url });
    alice.windows = [{ left: Number.POSITIVE_INFINITY, until: api.clock.now() + day }];
    const { openid } = alice;
    const thumb = media("thumb");
    await kfAccounts.add({ kf_account: "test1@test", nickname: "客服1" });
    await customerService.sendText(openid, "hi", { as: "test1@test" });
    await customerService.sendImage(openid, media("image"));
    await customerService.sendVoice(openid, media("voice"));
    await customerService.sendVideo(openid, { media_id: media("video"), title: "t" });
    await customerService.sendMusic(openid, {
      title: "song",
      musicurl: "http://a.test/a.mp3",
      hqmusicurl: "http://a.test/b.mp3",
      thumb_media_id: thumb,
    });
    await customerService.sendNews(openid, { title: "news", url: "http://a.test/" });
    await customerService.sendMenu(openid, {
      head_content: "满意吗?",
      list: [{ id: "101", content: "满意" }],
      tail_content: "再见",
    });
    await customerService.sendMiniProgram(openid, {
      title: "mini",
      appid: "wxmini",
      pagepath: "p",
      thumb_media_id: thumb,
    });
    await customerService.send({ touser: openid, msgtype: "wxcard", wxcard: { card_id: "c" } });
    expect(alice.chat.map(({ content }) => content.type)).to.deep.equal([
      "text",
      "image",
      "voice",
      "video",
      "music",
      "news",
      "menu",
      "miniprogram",
      "card",
    ]);
    expect(alice.chat[4]?.content).to.deep.equal({
      type: "music",
      thumbMediaId: thumb,
      title: "song",
      url: "http://a.test/a.mp3",
      hqUrl: "http://a.test/b.mp3",
    });
    expect(alice.chat[6]?.content).to.deep.equal({
      type: "menu",
      head: "满意吗?",
      items: [{ id: "101", content: "满意" }],
      tail: "再见",
    });
  });

  it("are five at most after a message, and none after 48 hours", async () => {
    for (let times = 0; times < 5; times++) expect(await sendText()).to.include({ errcode: 0 });
    expect(await sendText()).to.include({ errcode: 45047 });
    await api.clock.advance(2 * day);
    expect(await sendText()).to.include({ errcode: 45015 });
    expect(alice.chat).to.have.length(5);
  });

  it("use first what ends first", async () => {
    alice.windows.unshift({ left: 3, until: api.clock.now() + 60_000 });
    for (let times = 0; times < 4; times++) await sendText();
    expect(alice.windows.map(({ left }) => left)).to.deep.equal([0, 4]);
  });

  it("go to nobody who does not follow, is blocked, or does not exist", async () => {
    const bob = api.world.people.named("bob");
    const text = { msgtype: "text", text: { content: "hi" } };
    expect(await send(text, bob.openid)).to.include({ errcode: 43004 });
    expect(await send(text, "oNobody")).to.include({ errcode: 40003 });
    expect(await send(text, "")).to.include({ errcode: 41009 });
    alice.blocked = true;
    expect(await send(text)).to.include({ errcode: 43019 });
  });

  it("are refused when what they hold is wrong, without counting", async () => {
    const codes = [
      [{ msgtype: "text", text: { content: "" } }, 44004],
      [{ msgtype: "text", text: { content: "长".repeat(683) } }, 45002],
      [{ msgtype: "text" }, 40035],
      [{ msgtype: "link", link: {} }, 40008],
      [{ msgtype: "constructor", constructor: {} }, 40008],
      [{ msgtype: "image", image: { media_id: "unknown" } }, 40007],
      [{ msgtype: "image", image: {} }, 41006],
      [{ msgtype: "image", image: { media_id: media("voice") } }, 40007],
      [{ msgtype: "news", news: { articles: [] } }, 44003],
      [{ msgtype: "news", news: { articles: [{ title: "a" }, { title: "b" }] } }, 45008],
      [{ msgtype: "mpnews", mpnews: { media_id: "x" } }, 40007],
      [{ msgtype: "mpnewsarticle", mpnewsarticle: { article_id: "x" } }, 53600],
    ] as const;
    for (const [message, errcode] of codes) {
      expect(await send(message), JSON.stringify(message)).to.include({ errcode });
    }
    const agent = { customservice: { kf_account: "nobody@test" } };
    const text = { msgtype: "text", text: { content: "hi" } };
    expect(await send({ ...text, ...agent })).to.include({ errcode: 65401 });
    expect(alice.windows[0]?.left).to.equal(5);
    expect(await sendText("长".repeat(682))).to.include({ errcode: 0 });
  });

  it("refuse a file whose three days are over", async () => {
    const image = { media_id: media("image") };
    alice.windows = [{ left: 5, until: api.clock.now() + 9 * day }];
    expect(await send({ msgtype: "image", image })).to.include({ errcode: 0 });
    await api.clock.advance(3 * day);
    expect(await send({ msgtype: "image", image })).to.include({ errcode: 40007 });
  });

  it("are preceded by typing, which needs a message within 30 seconds", async () => {
    const typing = (command: string) =>
      api.post("/cgi-bin/message/custom/typing", { touser: alice.openid, command });
    expect(await typing("Typing")).to.include({ errcode: 0 });
    expect(alice.typing).to.equal(true);
    expect(await typing("Typing")).to.include({ errcode: 45081 });
    expect(await typing("CancelTyping")).to.include({ errcode: 0 });
    expect(alice.typing).to.equal(false);
    expect(await typing("typing")).to.include({ errcode: 45072 });
    await typing("Typing");
    await sendText();
    expect(alice.typing).to.equal(false);
    await api.clock.advance(31_000);
    expect(await typing("Typing")).to.include({ errcode: 45080 });
  });

  it("are followed by typing again after ten seconds", async () => {
    const body = { touser: alice.openid, command: "Typing" };
    await api.post("/cgi-bin/message/custom/typing", body);
    await api.clock.advance(10_000);
    expect(await api.post("/cgi-bin/message/custom/typing", body)).to.include({ errcode: 0 });
  });

  it("can be handed to agents and taken back", async () => {
    const { kfAccounts, kfSessions } = createClient({ ...developer, baseUrl: api.url });
    await kfAccounts.add({ kf_account: "test1@test", nickname: "客服1" });
    const add = (kf_account: string) =>
      api.post("/customservice/kfaccount/add", { kf_account, nickname: "客服" });
    expect(await add("far_too_long1@test")).to.include({ errcode: 61454 });
    expect(await add(`a@${"w".repeat(31)}`)).to.include({ errcode: 61454 });
    expect(await add("with-dash@test")).to.include({ errcode: 61455 });
    const session = { kf_account: "test1@test", openid: alice.openid };
    expect(await api.post("/customservice/kfsession/create", session)).to.include({
      errcode: 65415,
    });
    await api.post("/customservice/kfaccount/inviteworker", { ...session, invite_wx: "wx1" });
    await kfSessions.create("test1@test", alice.openid);
    expect((await kfSessions.of(alice.openid)).kf_account).to.equal("test1@test");
    expect(await kfSessions.list("test1@test")).to.deep.equal([
      { createtime: 1_700_000_000, openid: alice.openid },
    ]);
    expect((await kfAccounts.online())[0]).to.include({ status: 1, accepted_case: 1 });
    await kfSessions.close("test1@test", alice.openid);
    expect((await kfSessions.of(alice.openid)).kf_account).to.equal("");
    expect(api.pushes.map(({ fields }) => fields.Event)).to.deep.equal([
      "kf_create_session",
      "kf_close_session",
    ]);
  });
});
