import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { endpoints } from "../../../src/simulator/api/endpoints.js";
import { account } from "../../api/endpoints/account.js";
import { content } from "../../api/endpoints/content.js";
import { messages } from "../../api/endpoints/messages.js";
import { people } from "../../api/endpoints/people.js";
import { pictures } from "../../api/endpoints/pictures.js";
import { statistics } from "../../api/endpoints/statistics.js";
import { type Api, developer, startApi } from "./start.js";

const jpg = Buffer.from("ffd8ffe000104a46", "hex");

describe("startSimulator(): the simulated API of 2026", () => {
  let api: Api;
  before(async () => {
    api = await startApi();
  });
  after(() => api.close());
  const client = () => createClient({ ...developer, baseUrl: api.url });

  it("has every call for which the client has a method, but for what WeChat hardly documents", () => {
    const all = [...messages, ...content, ...people, ...account, ...statistics, ...pictures];
    const missing = new Set(all.map(({ path }) => path).filter((path) => !endpoints.has(path)));
    expect([...missing]).to.deep.equal([
      "/semantic/semproxy/search",
      "/cgi-bin/media/voice/addvoicetorecofortext",
      "/cgi-bin/media/voice/queryrecoresultfortext",
      "/cgi-bin/media/voice/translatecontent",
      "/datacube/getcardbizuininfo",
      "/datacube/getcardcardinfo",
      "/datacube/getcardmembercardinfo",
      "/datacube/getcardmembercarddetail",
    ]);
  });

  it("has statistics of published content for spans that WeChat takes", async () => {
    const { datacube } = client();
    const ask = (begin_date: string, end_date: string) => ({ begin_date, end_date });
    const none = { list: [], is_delay: false };
    const day = ask("2023-11-13", "2023-11-13");
    for (const name of ["getarticleread", "getarticleshare", "getarticletotaldetail"] as const) {
      expect(await datacube.published(name, day)).to.deep.equal(none);
      const two = datacube.published(name, ask("2023-11-12", "2023-11-13"));
      expect(await two.catch((error: unknown) => error)).to.include({ errcode: 61501 });
    }
    const month = ask("2023-10-15", "2023-11-13");
    expect(await datacube.published("getbizsummary", month)).to.deep.equal(none);
    const longer = datacube.published("getbizsummary", ask("2023-10-14", "2023-11-13"));
    expect(await longer.catch((error: unknown) => error)).to.include({ errcode: 61501 });
  });

  it("earns nothing, and says in its own way what is wrong", async () => {
    const { publisher } = client();
    const days = { start_date: "2023-11-01", end_date: "2023-11-07" };
    expect(await publisher.adSlots(days)).to.deep.include({ list: [], total_num: 0 });
    expect((await publisher.cps(days)).summary.total_fee).to.equal(0);
    expect(await publisher.settlements(days)).to.deep.include({ settlement_list: [] });
    const wrong = publisher.adSlots({ ...days, start_date: "yesterday" });
    const error = await wrong.catch((reason: unknown) => reason);
    expect(error).to.include({ name: "ApiError", errcode: 40035, endpoint: "/publisher/stat" });
    expect(error).to.have.property("errmsg", "invalid date");
  });

  it("reads the same from every picture", async () => {
    const { ocr, pictures: looks } = client();
    const picture = { data: jpg, filename: "a.jpg" };
    const url = "https://example.com/a.jpg";
    expect(await ocr.idCard(picture)).to.include({ type: "Front", name: "张三" });
    expect(await ocr.bankCard({ url })).to.have.property("number");
    expect((await ocr.vehicleLicense(jpg)).card_position_front?.pos.left_top).to.deep.equal({
      x: 20,
      y: 20,
    });
    expect(await ocr.drivingLicense(jpg)).to.include({ car_class: "C1" });
    expect(await ocr.businessLicense(jpg)).to.include({ reg_num: "91110000000000000X" });
    expect((await ocr.text(jpg)).items).to.have.length(1);
    expect(await ocr.menu({ url })).to.deep.equal([{ name: "宫保鸡丁", price: 38 }]);
    expect((await looks.codes(jpg)).code_results[0]?.type_name).to.equal("QR_CODE");
    const { results } = await looks.crop(jpg, [1, 2, 0.5]);
    expect(
      results.map((one) => (one.crop_right - one.crop_left) / (one.crop_bottom - one.crop_top)),
    ).to.deep.equal([1, 2, 0.5]);
  });

  it("refuses what is no picture, with WeChat's codes", async () => {
    const { ocr } = client();
    const refused = async (picture: Parameters<typeof ocr.text>[0]) =>
      ocr.text(picture).then(
        () => 0,
        (error: { errcode: number }) => error.errcode,
      );
    expect(await refused({ url: "a.jpg" })).to.equal(101000);
    expect(await refused(Buffer.from("<html>"))).to.equal(101002);
    expect(await refused(Buffer.concat([jpg, Buffer.alloc(2 * 1024 * 1024)]))).to.equal(101002);
    const other = await api.upload("/cv/ocr/comm", { name: "a.jpg", data: "x" });
    expect(other).to.include({ errcode: 41005 });
    api.world.quota.use("/cv/ocr/comm", 100);
    expect(await refused(jpg)).to.equal(45009);
  });

  it("keeps no template message from anybody", async () => {
    const { templates } = client();
    expect(await templates.blocked("T")).to.deep.equal([]);
    const many = templates.blocked("T", { limit: 101 });
    expect(await many.catch((error: unknown) => error)).to.include({ errcode: 40035 });
  });

  it("makes product cards for the articles that may hold them", async () => {
    const { drafts } = client();
    const card = await drafts.productCard({
      product_id: "1000000000",
      article_type: "newspic",
      card_type: 3,
    });
    expect(card.product_key).to.be.a("string");
    const path = "/channels/ec/service/product/getcardinfo";
    const ask = (body: object) =>
      api.post(path, { product_id: "1", article_type: "news", card_type: 0, ...body });
    expect(await ask({ product_id: "" })).to.include({ errcode: 10170001 });
    expect(await ask({ article_type: "video" })).to.include({ errcode: 10170002 });
    expect(await ask({ card_type: 3 })).to.include({ errcode: 10170003 });
    expect(await ask({ article_type: "newspic", card_type: 0 })).to.include({ errcode: 10170003 });
  });

  it("deletes agents as of today: by POST, with JSON", async () => {
    api.world.agents.add("a_1@test", "甲");
    const path = "/customservice/kfaccount/del";
    expect(await api.get(path, { kf_account: "a_1@test" })).to.include({ errcode: 43002 });
    await client().kfAccounts.delete("a_1@test");
    expect(api.world.agents.size).to.equal(0);
  });
});
