import { createServer, type Server } from "node:http";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import { listen, shut } from "../../src/simulator/listen.js";
import { type Simulator, startSimulator } from "../../src/simulator/server.js";
import { startBrowser } from "../support/browser.js";

const script = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js";
const apis = [
  "checkJsApi",
  "updateAppMessageShareData",
  "onMenuShareTimeline",
  "scanQRCode",
  "getLocation",
  "openLocation",
  "chooseImage",
  "uploadImage",
  "getLocalImgData",
  "previewImage",
  "hideMenuItems",
  "closeWindow",
  "getNetworkType",
  "chooseWXPay",
];

/** A page as it is for the real WeChat: nothing in it knows of the phone. */
const page = (config: string) => `<!doctype html><title>店</title><h1>店</h1><p id="at"></p>
<img id="picture" alt="" hidden>
<script src="${script}" integrity="sha384-x"></script>
<script>
document.querySelector("#at").textContent = location.origin + document.cookie;
const events = [];
wx.error(({ errMsg }) => events.push(errMsg));
wx.ready(() => events.push("ready"));
${config}
function use(name, options) {
  return new Promise((resolve) => wx[name]({
    ...options,
    success: (result) => resolve(["success", result]),
    fail: (result) => resolve(["fail", result]),
    cancel: (result) => resolve(["cancel", result]),
  }));
}
</script>`;
const signed = `fetch("/sign?url=" + encodeURIComponent(location.href.split("#")[0]))
  .then((response) => response.json())
  .then((config) => wx.config({ ...config, jsApiList: ${JSON.stringify(apis)} }));`;

describe("wx.jssdk(): pages inside the phone", function () {
  this.timeout(20_000);
  let browser: Browser;
  let bot: Server;
  let botUrl: string;
  let wx: Wechat;
  let simulator: Simulator;
  let context: BrowserContext;
  let phone: Page;
  let seen: string[];

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    bot = createServer();
    botUrl = await listen(bot);
    const account = {
      token: "tokenOfThePhone1",
      appId: "wx0000000000000000",
      appSecret: "secret",
    };
    simulator = await startSimulator({ account, target: `${botUrl}/wechat` });
    const {
      cloud: { world },
      url,
    } = simulator;
    wx = new Wechat({ ...account, api: { baseUrl: url } });
    const app = new Koa();
    app.silent = true;
    seen = [];
    app.use(async (ctx, next) => {
      if (ctx.path !== "/wechat") seen.push(`${ctx.method} ${ctx.host}${ctx.url}`);
      await next();
    });
    app.use(wx.jssdk({ allow: [botUrl], path: "/sign" }));
    app.use(async (ctx, next) => {
      const { path } = ctx;
      if (!path.startsWith("/page")) return next();
      ctx.cookies.set("login", "yes", { httpOnly: false, sameSite: "lax" });
      ctx.type = "html";
      ctx.set("Content-Security-Policy", `script-src 'self' 'unsafe-inline' https://res.wx.qq.com`);
      const wrong = signed.replace("...config", '...config, nonceStr: "another"');
      ctx.body = page(path === "/page/wrong" ? wrong : path === "/page/none" ? "" : signed);
    });
    app.use(wx.middleware());
    bot.on("request", app.callback());
    const alice = world.people.named("alice", { nickname: "Alice" });
    alice.following = true;
    context = await browser.newContext({ locale: "zh-CN", reducedMotion: "reduce" });
    phone = await context.newPage();
    phone.setDefaultTimeout(6_000);
    await phone.goto(url);
  });
  afterEach(async () => {
    await context.close();
    await simulator.close();
    await shut(bot);
    await wx.close();
  });

  /** Opens a page by a link that the bot has sent. */
  async function opened(address: string): Promise<Frame> {
    const { world } = simulator.cloud;
    world.say(world.people.named("alice"), "account", { type: "text", content: address }, "reply");
    await phone.getByRole("link", { name: address }).last().click();
    const element = await phone.locator("iframe").elementHandle();
    const frame = await element?.contentFrame();
    if (!frame) throw new Error("There is no frame.");
    await frame.getByRole("heading", { name: "店" }).waitFor();
    return frame;
  }

  const events = (frame: Frame) => frame.evaluate<string[]>("events");
  /** What the page has heard of its configuration. */
  async function heard(frame: Frame): Promise<readonly string[]> {
    for (let round = 0; round < 100 && (await events(frame)).length === 0; round += 1) {
      await phone.waitForTimeout(30);
    }
    return events(frame);
  }
  const ready = async (frame: Frame) => expect(await heard(frame)).to.deep.equal(["ready"]);
  const use = (frame: Frame, name: string, options = {}) =>
    frame.evaluate<[string, Record<string, unknown>]>(
      `use(${JSON.stringify(name)}, ${JSON.stringify(options)})`,
    );
  const sheet = (name: string) => phone.getByRole("dialog", { name, exact: true });

  it("are ready when they are signed, unchanged, with their address and their cookies", async () => {
    const frame = await opened(`${botUrl}/page?a=1&b=%E8%8C%B6#part`);
    await ready(frame);
    expect(await frame.locator("#at").innerText()).to.match(/login=yes$/);
    expect(seen).to.include(`GET ${new URL(botUrl).host}/page?a=1&b=%E8%8C%B6`);
    expect(await frame.evaluate("navigator.userAgent")).to.contain("MicroMessenger");
    const [, checked] = await use(frame, "checkJsApi", {
      jsApiList: ["scanQRCode", "chooseWXPay"],
    });
    expect(checked).to.deep.equal({
      checkResult: { scanQRCode: true, chooseWXPay: false },
      errMsg: "checkJsApi:ok",
    });
    expect((await use(frame, "getNetworkType"))[1]).to.include({ networkType: "wifi" });
    const [how, refused] = await use(frame, "chooseWXPay", { package: "prepay_id=1" });
    expect([how, refused.errMsg]).to.deep.equal([
      "fail",
      "chooseWXPay:fail, the simulated phone cannot do this",
    ]);
  });

  it("hear why when the signature is not right, and the phone shows what was to be signed", async () => {
    const frame = await opened(`${botUrl}/page/wrong`);
    expect(await heard(frame)).to.deep.equal(["config:invalid signature"]);
    await phone.getByText("config: invalid signature").click();
    await phone.getByText(`noncestr=another`).last().waitFor();
    await phone.getByText(`url=${botUrl}/page/wrong`).waitFor();
    expect(await use(frame, "scanQRCode")).to.deep.equal([
      "fail",
      { errMsg: "scanQRCode:fail, the permission value is offline verifying" },
    ]);
  });

  it("get what the user scans, where the user says to be, and the pictures they choose", async () => {
    const frame = await opened(`${botUrl}/page`);
    await ready(frame);
    const scanned = use(frame, "scanQRCode", { needResult: 1 });
    await sheet("扫一扫").getByLabel("扫码结果").fill("QR 123");
    await sheet("扫一扫").getByRole("button", { name: "发送" }).click();
    expect(await scanned).to.deep.equal([
      "success",
      { resultStr: "QR 123", errMsg: "scanQRCode:ok" },
    ]);
    const cancelled = use(frame, "scanQRCode", { needResult: 1 });
    await sheet("扫一扫").getByRole("button", { name: "取消" }).press("Escape");
    expect(await cancelled).to.deep.equal(["cancel", { errMsg: "scanQRCode:cancel" }]);
    const place = use(frame, "getLocation", { type: "gcj02" });
    await sheet("位置").getByRole("button", { name: "北京 天安门" }).click();
    await sheet("位置").getByRole("button", { name: "发送" }).click();
    expect((await place)[1]).to.include({ latitude: 39.90872, longitude: 116.39748 });
    const chosen = use(frame, "chooseImage", { count: 1 });
    await sheet("图片").getByRole("button", { name: "发送" }).click();
    const localId = ((await chosen)[1].localIds as string[])[0] ?? "";
    const width = await frame.evaluate(
      `new Promise((done) => { const image = document.querySelector("#picture"); image.onload = () => done(image.naturalWidth); image.src = ${JSON.stringify(localId)}; })`,
    );
    expect(width).to.equal(320);
    const [, { localData }] = await use(frame, "getLocalImgData", { localId });
    expect(localData).to.match(/^data:image\/png;base64,iVBOR/);
    const [, { serverId }] = await use(frame, "uploadImage", { localId });
    const file = simulator.cloud.world.media.get(String(serverId));
    expect(file).to.include({ type: "image", contentType: "image/png" });
    expect(await use(frame, "uploadImage", { localId: "wxLocalResource://1" })).to.deep.equal([
      "fail",
      { errMsg: "uploadImage:fail, there is no such localId" },
    ]);
  });

  it("are shared as they say, unless they hide that, and close themselves", async () => {
    const frame = await opened(`${botUrl}/page`);
    await ready(frame);
    const share = { title: "秋茶上市", desc: "山里来的", link: `${botUrl}/page`, imgUrl: "" };
    expect((await use(frame, "updateAppMessageShareData", share))[0]).to.equal("success");
    await phone.locator(".jssdk summary").click();
    await phone.getByRole("list", { name: "JS-SDK" }).getByText("秋茶上市").waitFor();
    const shared = use(frame, "onMenuShareTimeline", { title: "朋友圈", link: `${botUrl}/page` });
    await phone.getByText("朋友圈", { exact: true }).waitFor();
    await phone.getByRole("button", { name: "分享到朋友圈" }).click();
    expect((await shared)[1]).to.deep.equal({ errMsg: "onMenuShareTimeline:ok" });
    await use(frame, "hideMenuItems", { menuList: ["menuItem:share:timeline"] });
    expect(await phone.getByRole("button", { name: "分享到朋友圈" }).isDisabled()).to.equal(true);
    await use(frame, "openLocation", { latitude: 23.1, longitude: 113.3, name: "广州塔" });
    await phone.getByText("广州塔").waitFor();
    void use(frame, "closeWindow").catch(() => undefined);
    await phone.locator("iframe").waitFor({ state: "detached" });
  });

  it("may not share when the account is of a kind that may not", async () => {
    simulator.cloud.kind = "personal";
    const frame = await opened(`${botUrl}/page`);
    await ready(frame);
    expect(await use(frame, "updateAppMessageShareData", { title: "t" })).to.deep.equal([
      "fail",
      { errMsg: "updateAppMessageShareData:permission denied" },
    ]);
  });

  it("come back from web login into the phone's own view", async () => {
    const query = new URLSearchParams({
      appid: "wx0000000000000000",
      redirect_uri: `${botUrl}/page`,
      response_type: "code",
      scope: "snsapi_base",
      state: "s",
    });
    const frame = await opened(`${simulator.url}/connect/oauth2/authorize?${query}`);
    expect(frame.url()).to.match(/\/page\?code=.*state=s$/);
    await ready(frame);
  });

  it("get nothing of the phone but answers, wherever they are from", async () => {
    const frame = await opened(`${botUrl}/page`);
    await ready(frame);
    const tries = await frame.evaluate(
      `Promise.all([
        fetch(${JSON.stringify(simulator.url)} + "/phone/state", { mode: "no-cors" }).then((r) => r.type, String),
        fetch(${JSON.stringify(simulator.url)} + "/phone/state").then((r) => r.text(), () => "refused"),
        fetch(${JSON.stringify(simulator.url)} + "/phone/jssdk", { method: "POST", body: "{}" }).then((r) => r.text(), () => "refused"),
        Promise.resolve().then(() => parent.document.title).catch(() => "refused"),
      ])`,
    );
    expect((tries as string[]).slice(1)).to.deep.equal(["refused", "refused", "refused"]);
    // A page of another server in the frame imitates the stand-in.
    const other = createServer((_, res) =>
      res
        .setHeader("content-type", "text/html; charset=utf-8")
        .end(
          '<h1>店</h1><script>parent.postMessage({ koaWx: "ask", id: 1, name: "closeWindow", url: location.href, options: {} }, "*")</script>',
        ),
    );
    const otherUrl = await listen(other);
    await frame.evaluate(`location.href = ${JSON.stringify(otherUrl)}`).catch(() => undefined);
    await phone.frameLocator("iframe").getByRole("heading", { name: "店" }).waitFor();
    await phone.waitForTimeout(100);
    expect(await phone.locator("iframe").count()).to.equal(1);
    expect(await phone.locator(".jssdk-lines li").count()).to.equal(1);
    await shut(other);
  });
});
