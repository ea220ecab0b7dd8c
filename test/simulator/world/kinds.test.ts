import { expect } from "chai";
import { type AccountKind, kinds } from "../../../src/simulator/world/kinds.js";
import { type Api, account, startApi } from "../api/start.js";

/** Chapter 7 of the reference of 2026: a call of each row, and the kinds that may make it. */
const all = "personal unverified unverified-service subscription service sandbox";
const verified = "subscription service sandbox";
/** The old table gives menus to every 服务号. */
const withMenus = `${verified} unverified-service`;
const services = "service sandbox";
const rows: readonly (readonly [method: "get" | "post", path: string, may: string])[] = [
  ["get", "/cgi-bin/getcallbackip", all],
  ["post", "/cgi-bin/openapi/quota/get", all],
  ["post", "/cgi-bin/message/custom/send", verified],
  ["post", "/cgi-bin/message/custom/typing", verified],
  ["post", "/customservice/kfaccount/add", verified],
  ["get", "/cgi-bin/customservice/getkflist", verified],
  ["get", "/cgi-bin/menu/get", withMenus],
  ["post", "/cgi-bin/menu/addconditional", withMenus],
  ["get", "/cgi-bin/get_current_selfmenu_info", all],
  ["post", "/cgi-bin/message/template/send", services],
  ["get", "/cgi-bin/template/get_all_private_template", services],
  ["post", "/wxa/sec/queryblocktmplmsg", services],
  ["post", "/cgi-bin/message/subscribe/bizsend", services],
  ["get", "/wxaapi/newtmpl/gettemplate", services],
  ["post", "/cgi-bin/message/mass/sendall", verified],
  ["post", "/cgi-bin/message/mass/preview", verified],
  ["post", "/cgi-bin/message/mass/delete", verified],
  ["post", "/cgi-bin/message/mass/speed/get", verified],
  ["post", "/cgi-bin/message/mass/send", services],
  ["post", "/cgi-bin/draft/add", all],
  ["post", "/cgi-bin/freepublish/submit", verified],
  ["post", "/cgi-bin/freepublish/batchget", verified],
  ["post", "/cgi-bin/comment/open", verified],
  ["post", "/cgi-bin/media/upload", all],
  ["get", "/cgi-bin/user/get", verified],
  ["post", "/cgi-bin/user/info/updateremark", verified],
  ["post", "/cgi-bin/tags/members/getblacklist", verified],
  ["post", "/cgi-bin/tags/create", verified],
  ["post", "/cgi-bin/qrcode/create", services],
  ["post", "/datacube/getusersummary", verified],
  ["post", "/datacube/getarticleread", verified],
  ["post", "/channels/ec/service/product/getcardinfo", all],
  ["post", "/cv/ocr/idcard", verified],
  ["get", "/cgi-bin/ticket/getticket", all],
];

describe("kinds: the simulated WeChat", () => {
  let api: Api;
  before(async () => {
    api = await startApi();
  });
  after(() => api.close());

  for (const kind of Object.keys(kinds) as AccountKind[]) {
    it(`lets a ${kind} account do what its pages say`, async () => {
      api.world.account = { ...account, kind };
      for (const [method, path, may] of rows) {
        const answer = method === "get" ? await api.get(path) : await api.post(path, {});
        const isRefused = answer.errcode === 48001;
        expect(isRefused, path).to.equal(!may.split(" ").includes(kind));
      }
    });

    it(`${kind === "service" || kind === "sandbox" ? "lets" : "does not let"} a ${kind} account log users in`, async () => {
      api.world.account = { ...account, kind };
      const query = new URLSearchParams({
        appid: account.appId,
        redirect_uri: "https://example.com/",
        response_type: "code",
        scope: "snsapi_base",
      });
      const page = await fetch(`${api.url}/connect/oauth2/authorize?${query}`, {
        redirect: "manual",
      });
      const isAble = kind === "service" || kind === "sandbox";
      expect(page.status).to.equal(isAble ? 302 : 200);
      if (!isAble) expect(await page.text()).to.contain("10005");
    });
  }

  it("refuses a call before it counts it, and after it has looked at the token", async () => {
    api.world.account = { ...account, kind: "personal" };
    const path = "/cgi-bin/menu/get";
    const { used } = api.world.quota.of(path);
    await api.get(path);
    expect(api.world.quota.of(path).used).to.equal(used);
    expect(await api.get(path, { access_token: "wrong" })).to.include({ errcode: 40001 });
  });
});
