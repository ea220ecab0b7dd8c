import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { type BesidePhone, startBesidePhone } from "../support/beside-phone.js";
import { startBrowser } from "../support/browser.js";
import { picture } from "../support/browser-phone.js";

describe("npm start: the examples with media and pages on the phone in Chromium", function () {
  this.timeout(40_000);
  let browser: Browser;
  let started: BesidePhone | undefined;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  afterEach(() => started?.stop());

  /** `npm start name`, without a key, and its phone. */
  async function opened(name: string): Promise<Page> {
    started = await startBesidePhone(name);
    const context = await browser.newContext({ locale: "zh-CN", reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(started.url);
    return page;
  }

  it("hear a voice and answer with one", async () => {
    const page = await opened("voice");
    await page.getByRole("button", { name: "切换到语音" }).click();
    await page.getByRole("button", { name: "按住 说话" }).hover();
    await page.mouse.down();
    await page.getByRole("button", { name: "松开 结束" }).waitFor();
    await page.waitForTimeout(300);
    await page.mouse.up();
    const sheet = page.getByRole("dialog", { name: "语音" });
    await sheet.getByRole("button", { name: "发送" }).click();
    const answer = page.locator(".message-account").getByRole("button", { name: /语音/ });
    await answer.last().waitFor();
    expect(await answer.count()).to.equal(1);
  });

  it("scan a code in a page that the bot links to, and share it", async () => {
    const page = await opened("jssdk");
    await page.getByRole("textbox", { name: "发消息" }).fill("你好");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "扫一扫" }).click();
    const inside = page.frameLocator("iframe");
    await inside.getByRole("button", { name: "扫一扫" }).click();
    const sheet = page.getByRole("dialog", { name: "扫一扫" });
    await sheet.getByLabel("扫码结果").fill("茶 <b>123</b>");
    await sheet.getByRole("button", { name: "发送" }).click();
    await inside.getByText("茶 <b>123</b>").waitFor();
    await page.locator(".jssdk summary").click();
    await page.getByRole("list", { name: "JS-SDK" }).getByText("koa-wx 扫一扫").first().waitFor();
  });

  it("look at a picture", async () => {
    const page = await opened("vision");
    await page.getByRole("button", { name: "更多功能" }).click();
    const file = { name: "tea.png", mimeType: "image/png", buffer: picture };
    await page.locator("input[name=image]").setInputFiles(file);
    await page.getByRole("log").getByText("图片 data:image/png;base64,iVBOR").waitFor();
  });
});
