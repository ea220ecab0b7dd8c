import { expect } from "chai";
import type { Browser } from "playwright-core";
import { type BesidePhone, startBesidePhone } from "../support/beside-phone.js";
import { startBrowser } from "../support/browser.js";

/** In a browser, at WeChat's own pace. */
describe("npm start ai-chat", function () {
  this.timeout(60_000);
  let browser: Browser;
  let started: BesidePhone;

  before(async () => {
    browser = await startBrowser();
    started = await startBesidePhone("ai-chat", "its reader does");
  });
  after(async () => {
    await browser?.close();
    await started?.stop();
  });

  it("streams in the phone: the first words, that it goes on, and which part went which way", async () => {
    const context = await browser.newContext({ locale: "zh-CN", reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(started.url);
    const field = page.getByRole("textbox", { name: "发消息" });
    await field.waitFor();
    await field.fill("长 慢 14");
    await field.press("Enter");
    const said = page.locator(".message-account .bubble:not(.bubble-writing)");
    await said.filter({ hasText: "这是本地替身的第 1 个回答" }).waitFor();
    expect((await said.allInnerTexts()).join("")).not.to.contain("第 80 句");
    await page.locator(".bubble-writing").waitFor();
    await said.filter({ hasText: "第 80 句：长回答会分成几条消息。" }).waitFor();
    await page.locator(".bubble-writing").waitFor({ state: "detached" });
    const texts = await said.allInnerTexts();
    expect(texts.length).to.be.within(2, 6);
    const numbers = [...texts.join("").matchAll(/第 (\d+) 句/g)].map(([, number]) =>
      Number(number),
    );
    expect(numbers).to.deep.equal(Array.from({ length: 80 }, (_, index) => index + 1));
    // The inspector tells them apart.
    await page.getByRole("button", { name: "推送", exact: true }).click();
    await page.locator(".record").first().click();
    const ways = await page.locator(".parts b").allInnerTexts();
    expect(ways).to.deep.equal(["被动回复", ...texts.slice(1).map(() => "客服消息")]);
    await context.close();
  });
});
