import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { parseXml } from "../../src/wire/xml/xml.js";
import { startBesidePhone } from "../support/beside-phone.js";
import { startBrowser } from "../support/browser.js";
import { type Example, startExample } from "../support/example.js";
import { alice, type LoginCloud, loginAccount, startLoginCloud } from "../support/login.js";
import { send, signedQuery, textXml } from "../support/push.js";
import { freePort } from "../support/stage.js";

describe("examples/profile.ts: its page in Chromium", function () {
  this.timeout(30_000);
  let cloud: LoginCloud;
  let example: Example;
  let browser: Browser;
  let page: Page;
  let link: string;

  before(async () => {
    cloud = await startLoginCloud();
    example = await startExample("profile", {
      PORT: String(await freePort()),
      WECHAT_TOKEN: loginAccount.token,
      WECHAT_APP_ID: loginAccount.appId,
      WECHAT_APP_SECRET: loginAccount.appSecret,
      WECHAT_API_BASE_URL: cloud.url,
    });
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await example.stop();
    await cloud.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const query = signedQuery({}, loginAccount.token);
    const answer = await send(example.address, { query, body: textXml("你好") });
    link = /href="([^"]+)"/.exec(String(parseXml(answer.body).Content))?.[1] ?? "";
  });
  afterEach(() => page.close());

  const rows = async () =>
    Object.fromEntries(
      await page
        .locator("dl > div")
        .evaluateAll((cells) =>
          cells.map((cell) => [...cell.children].map(({ textContent }) => textContent)),
        ),
    );

  it("shows the profile by a link from the chat, once the user agrees", async () => {
    await page.goto(link);
    await page.click("#allow");
    expect(await page.locator("h1").innerText()).to.equal("爱丽丝");
    expect(await rows()).to.deep.equal({
      OpenID: "oAlice",
      昵称: "爱丽丝",
      性别: "女",
      省份: "浙江",
      城市: "杭州",
      国家: "中国",
    });
    expect(await page.getByRole("img", { name: "头像" }).innerText()).to.equal("爱");
    // A phone needs no scrolling sideways.
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).to.equal(390);
  });

  it("shows what WeChat does not tell as unknown, and a portrait where there is one", async () => {
    const portrait = `${cloud.url}/portrait.png`;
    const empty = { sex: 0, province: "", city: "", country: "", headimgurl: portrait };
    cloud.person = { ...alice, ...empty };
    await page.goto(link);
    await page.click("#allow");
    expect(await rows()).to.include({ 性别: "未知", 省份: "未填写", 城市: "未填写" });
    const image = page.getByRole("img", { name: "头像" });
    expect(await image.getAttribute("src")).to.equal(portrait);
  });

  it("runs nothing that stands in a nickname", async () => {
    const nickname = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`;
    cloud.person = { ...alice, sex: 1, nickname, city: `"><b id="evil">` };
    await page.goto(link);
    await page.click("#allow");
    expect(await page.locator("h1").innerText()).to.equal(nickname);
    expect(await rows()).to.include({ 性别: "男", 城市: `"><b id="evil">` });
    expect(await page.title()).to.equal("我的资料");
    expect(await page.locator("script, #evil, h1 img").count()).to.equal(0);
  });

  it("logs out", async () => {
    cloud.person = alice;
    await page.goto(link);
    await page.click("#allow");
    await page.click("text=退出登录");
    expect(await page.locator("h1").innerText()).to.equal("已退出");
    await page.click("text=重新登录");
    expect(await page.title()).to.equal("微信授权");
  });
});

describe("npm start profile", function () {
  this.timeout(40_000);

  it("shows the profile in the phone, by a link from the chat", async () => {
    const started = await startBesidePhone("profile");
    const browser = await startBrowser();
    try {
      const page = await browser.newPage({ locale: "zh-CN" });
      await page.goto(started.url);
      await page.getByRole("textbox", { name: "发消息" }).fill("你好");
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: "我的资料" }).last().click();
      const inside = page.frameLocator("iframe");
      await inside.getByText("允许").click();
      await inside.getByRole("img", { name: "头像" }).waitFor();
      expect(await inside.locator("dt").allInnerTexts()).to.deep.equal([
        "OpenID",
        "昵称",
        "性别",
        "省份",
        "城市",
        "国家",
      ]);
      expect(await inside.locator("dd").first().innerText()).to.match(/^o[\w-]{27}$/);
    } finally {
      await browser.close();
      await started.stop();
    }
  });
});
