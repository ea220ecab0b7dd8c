import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type Api, developer, startApi } from "./start.js";

describe("/cgi-bin/draft: articles in the simulated API", () => {
  let api: Api;
  let article: { title: string; content: string; thumb_media_id: string };
  beforeEach(async () => {
    api = await startApi();
    const { mediaId } = api.world.media.add({
      type: "image",
      contentType: "image/png",
      filename: "a.png",
      data: Buffer.from("png"),
      permanent: true,
    });
    article = { title: "标题", content: "<p>正文</p>", thumb_media_id: mediaId };
  });
  afterEach(() => api.close());

  const client = () => createClient({ ...developer, baseUrl: api.url });

  it("are drafts first: added, changed, listed and deleted", async () => {
    const { drafts } = client();
    const { media_id } = await drafts.add([article]);
    const { news_item } = await drafts.get(media_id);
    expect(news_item[0]).to.include({ title: "标题", digest: "正文", need_open_comment: 0 });
    await drafts.update(media_id, { ...article, title: "新标题" });
    expect(await drafts.count()).to.equal(1);
    const { item, total_count } = await drafts.list({ no_content: 1 });
    expect(total_count).to.equal(1);
    expect(item?.[0]?.content.news_item[0]).to.include({ title: "新标题" });
    expect(item?.[0]?.content.news_item[0]).not.to.have.property("content");
    expect(await drafts.status()).to.include({ is_open: 1 });
    await drafts.delete(media_id);
    expect(await api.post("/cgi-bin/draft/get", { media_id })).to.include({ errcode: 40007 });
  });

  it("are refused with the code for what is wrong", async () => {
    const add = (fields: object) =>
      api.post("/cgi-bin/draft/add", { articles: [{ ...article, ...fields }] });
    expect(await add({ title: "题".repeat(33) })).to.include({ errcode: 45003 });
    expect(await add({ digest: "摘".repeat(129) })).to.include({ errcode: 45004 });
    expect(await add({ content: "" })).to.include({ errcode: 44003 });
    expect(await add({ content: "字".repeat(20_000) })).to.include({ errcode: 45002 });
    expect(await add({ thumb_media_id: "x" })).to.include({ errcode: 40007 });
    expect(await api.post("/cgi-bin/draft/add", { articles: [] })).to.include({ errcode: 44003 });
    const { media_id } = await client().drafts.add([article]);
    const index = { media_id, index: 1, articles: article };
    expect(await api.post("/cgi-bin/draft/update", index)).to.include({ errcode: 40114 });
    const count = await api.post("/cgi-bin/draft/batchget", { offset: 0, count: 21 });
    expect(count).to.include({ errcode: 40035 });
  });

  it("are published, which the bot is told, and can be sent then", async () => {
    const { drafts, publishing, customerService } = client();
    const { media_id } = await drafts.add([article]);
    const { publish_id } = await publishing.submit(media_id);
    expect(await drafts.count()).to.equal(0);
    const state = await publishing.status(publish_id);
    const { article_id = "" } = state;
    const url = state.article_detail?.item[0]?.article_url ?? "";
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(api.pushes[0]?.person.openid).to.equal("mphelper");
    expect(api.pushes[0]?.fields).to.deep.equal({
      MsgType: "event",
      Event: "PUBLISHJOBFINISH",
      PublishEventInfo: {
        publish_id: Number(publish_id),
        publish_status: 0,
        article_id,
        article_detail: { count: 1, item: [{ idx: 1, article_url: url }] },
      },
    });
    const alice = api.follower("alice");
    await customerService.sendArticle(alice.openid, article_id);
    expect(alice.chat.at(-1)?.content).to.deep.include({ type: "news" });
    const page = await fetch(url);
    expect(await page.text()).to.include("<p>正文</p>");
    expect(page.headers.get("content-security-policy")).to.include("default-src 'none'");
    expect((await publishing.list()).total_count).to.equal(1);
    await publishing.delete(article_id);
    expect((await publishing.status(publish_id)).publish_status).to.equal(5);
    expect((await publishing.get(article_id)).news_item[0]).to.include({ is_deleted: true });
  });

  it("can be mass-sent, and their draft has gone then", async () => {
    const alice = api.follower("alice");
    const { drafts, mass } = client();
    const { media_id } = await drafts.add([article]);
    const job = await mass.sendToAll({ msgtype: "mpnews", mpnews: { media_id } });
    expect(job).to.have.property("msg_data_id");
    expect(alice.chat.at(-1)?.content).to.deep.include({ type: "news" });
    expect(await drafts.count()).to.equal(0);
    await mass.delete({ msg_id: job.msg_id });
    expect((await mass.status(job.msg_id)).msg_status).to.equal("DELETE");
  });
});

describe("/cgi-bin/qrcode: QR codes and short keys in the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  const create = (body: object) => api.post("/cgi-bin/qrcode/create", body);

  it("have a ticket, an address and a picture", async () => {
    const answer = await create({
      expire_seconds: 604_800,
      action_name: "QR_STR_SCENE",
      action_info: { scene: { scene_str: "test" } },
    });
    expect(answer).to.have.keys("ticket", "expire_seconds", "url");
    expect(answer.expire_seconds).to.equal(604_800);
    expect(answer.url).to.match(/^http:\/\/weixin\.qq\.com\/q\/[\w-]+$/);
    const picture = `${api.url}/cgi-bin/showqrcode?ticket=${encodeURIComponent(String(answer.ticket))}`;
    const shown = await fetch(picture);
    expect(shown.headers.get("content-type")).to.match(/^image\/svg\+xml/);
    expect(await shown.text()).to.include(">test</text>");
    await api.clock.advance(604_800_000);
    expect((await fetch(picture)).status).to.equal(404);
  });

  it("work for good or for sixty seconds when nothing is said", async () => {
    const { qrcode } = createClient({ ...developer, baseUrl: api.url });
    expect(await qrcode.create({ scene: 123 })).to.have.keys("ticket", "url");
    const action_info = { scene: { scene_id: 7 } };
    expect(await create({ action_name: "QR_SCENE", action_info })).to.include({
      expire_seconds: 60,
    });
  });

  it("of numbers and of texts are told apart for those who came by them", async () => {
    await create({
      action_name: "QR_LIMIT_STR_SCENE",
      action_info: { scene: { scene_str: "123" } },
    });
    const alice = api.follower("alice");
    alice.scene = "123";
    expect(await api.get("/cgi-bin/user/info", { openid: alice.openid })).to.include({
      qr_scene: 0,
      qr_scene_str: "123",
    });
  });

  it("are refused beyond WeChat's bounds", async () => {
    const scene = (value: object) => ({ action_info: { scene: value } });
    const refused = [
      [{ action_name: "QR_X", ...scene({ scene_id: 1 }) }, 40052],
      [{ action_name: "QR_SCENE", ...scene({ scene_id: 0 }) }, 40053],
      [{ action_name: "QR_LIMIT_SCENE", ...scene({ scene_id: 100_001 }) }, 40053],
      [{ action_name: "QR_STR_SCENE", ...scene({ scene_str: "" }) }, 40053],
      [{ action_name: "QR_STR_SCENE", ...scene({ scene_str: "s".repeat(65) }) }, 40053],
      [{ action_name: "QR_SCENE" }, 40053],
      [{ action_name: "QR_SCENE", expire_seconds: 2_592_001, ...scene({ scene_id: 1 }) }, 40035],
    ] as const;
    for (const [body, errcode] of refused) {
      expect(await create(body), JSON.stringify(body)).to.include({ errcode });
    }
  });

  it("stand for longer texts as short keys", async () => {
    const { shortKeys } = createClient({ ...developer, baseUrl: api.url });
    const key = await shortKeys.create("loooooong data", 86_400_000);
    expect(key).to.match(/^[A-Za-z0-9]{15}$/);
    await api.clock.advance(400_000);
    expect(await shortKeys.get(key)).to.include({
      long_data: "loooooong data",
      create_time: 1_700_000_000,
      expire_seconds: 86_000,
    });
    await api.clock.advance(86_000_000);
    const gone = await api.post("/cgi-bin/shorten/fetch", { short_key: key });
    expect(gone).to.include({ errcode: 40035 });
  });
});
