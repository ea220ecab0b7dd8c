import { expect } from "chai";
import { parseXml } from "../../src/wire/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { account, send, signedQuery } from "../support/push.js";

const create = "/cgi-bin/menu/create";
const event = (name: string, rest: string) =>
  `<xml><ToUserName>gh_1</ToUserName><FromUserName>alice</FromUserName><CreateTime>1700000000</CreateTime><MsgType>event</MsgType><Event>${name}</Event>${rest}</xml>`;

describe("examples/menu.ts", function () {
  this.timeout(20_000);
  let wechat: ApiServer;
  const start = () =>
    startExample("menu", { WECHAT_TOKEN: account.token, WECHAT_API_BASE_URL: wechat.url });

  before(async () => {
    wechat = await startApiServer();
    wechat.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
  });
  after(() => wechat.close());

  /** Waits until WeChat has been called so often. */
  async function called(path: string, times = 1) {
    const end = Date.now() + 5_000;
    while (wechat.to(path).length < times && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(wechat.to(path)).to.have.length(times);
    return JSON.parse(wechat.to(path)[times - 1]?.body.toString() || "{}");
  }

  describe("for an account without a menu", () => {
    let bot: Example;
    before(async () => {
      wechat.on("/cgi-bin/menu/get", { errcode: 46003, errmsg: "menu no exist" });
      bot = await start();
    });
    after(() => bot.stop());

    it("writes its menu", async () => {
      const { button } = await called(create);
      expect(button).to.have.length(2);
      expect(button[0]).to.deep.equal({ type: "click", name: "今日歌曲", key: "SONG" });
    });

    const clicks: readonly [what: string, xml: string, says: string][] = [
      ["a click", event("CLICK", "<EventKey>SONG</EventKey>"), "今日歌曲：《茉莉花》"],
      ["a click below", event("CLICK", "<EventKey>LIKE</EventKey>"), "谢谢!"],
      [
        "a scanned code",
        event(
          "scancode_waitmsg",
          "<EventKey>SCAN</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>42</ScanResult></ScanCodeInfo>",
        ),
        "扫到了：42",
      ],
    ];
    for (const [what, body, says] of clicks) {
      it(`answers ${what}`, async () => {
        const response = await send(bot.address, { query: signedQuery(), body });
        expect(parseXml(response.body).Content).to.equal(says);
      });
    }
  });

  describe("for an account with this menu", () => {
    it("writes nothing when the menu is the same", async () => {
      const { button } = JSON.parse(wechat.to(create)[0]?.body.toString() ?? "{}");
      wechat.on("/cgi-bin/menu/get", { menu: { button, menuid: 208396938 } });
      const asked = wechat.to("/cgi-bin/menu/get").length;
      const bot = await start();
      await called("/cgi-bin/menu/get", asked + 1);
      await bot.stop();
      expect(wechat.to(create)).to.have.length(1);
    });
  });
});
