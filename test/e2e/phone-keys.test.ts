import { expect } from "chai";
import type { Page } from "playwright-core";
import { usePhone } from "../support/browser-phone.js";
import type { PhoneStage } from "../support/phone-stage.js";

describe("koa-wx simulate: the phone by keyboard", function () {
  this.timeout(20_000);
  const phone = usePhone();
  let stage: PhoneStage;
  let page: Page;

  beforeEach(async () => {
    page = await phone.openFollowed();
    stage = phone.stage;
  });

  const alice = () => stage.world.people.named("alice");
  const say = async (text: string) => {
    const field = page.getByRole("textbox", { name: "发消息" });
    await field.fill(text);
    await field.press("Enter");
  };
  const setMenu = () => {
    stage.world.menu.set([
      { name: "今日", type: "click", key: "today" },
      {
        name: "更多",
        sub_button: [
          { name: "推荐", type: "click", key: "today" },
          { name: "小店", type: "miniprogram", appid: "wx9", pagepath: "pages/shop", url: "u" },
        ],
      },
    ]);
    stage.world.emit("settings");
    return page.getByRole("menuitem", { name: "今日" }).waitFor();
  };
  /** What has the focus, by its text or its label. */
  const focused = () =>
    page.evaluate<string>(
      "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).trim()",
    );
  const until = async (is: () => Promise<boolean> | boolean) => {
    for (let round = 0; round < 100 && !(await is()); round += 1) await page.waitForTimeout(30);
    expect(await is()).to.equal(true);
  };

  it("shows what the user says, wherever the chat was scrolled to", async () => {
    for (let line = 0; line < 40; line += 1) {
      stage.world.say(alice(), "account", { type: "text", content: `第 ${line} 行` }, "reply");
    }
    const log = page.getByRole("log");
    await log.getByText("第 39 行").waitFor();
    await log.evaluate((list) => Reflect.apply(Reflect.get(list, "scrollTo"), list, [0, 0]));
    await page.waitForTimeout(50);
    stage.world.say(alice(), "account", { type: "text", content: "别人的话" }, "reply");
    await page.waitForTimeout(80);
    expect(await log.evaluate((list) => Reflect.get(list, "scrollTop"))).to.equal(0);
    await say("我说的话");
    await until(() =>
      log.evaluate((list) => {
        const { scrollHeight, scrollTop, clientHeight } = list as unknown as Record<string, number>;
        return (scrollHeight ?? 0) - (scrollTop ?? 0) - (clientHeight ?? 0) < 2;
      }),
    );
  });

  it("sends a voice of which only the recognised text is given", async () => {
    await page.getByRole("button", { name: "更多功能" }).click();
    await page.getByRole("button", { name: "语音", exact: true }).click();
    const sheet = page.getByRole("dialog", { name: "语音" });
    expect(await sheet.getByRole("button", { name: "发送" }).isDisabled()).to.equal(true);
    await sheet.getByLabel("语音识别结果").fill("明天有雨吗");
    await sheet.getByLabel("语音识别结果").press("Enter");
    await page.getByText("听到：明天有雨吗").waitFor();
    const [voice] = [...stage.world.media];
    expect(voice).to.include({ type: "voice", contentType: "audio/amr" });
    const push = stage.world.journal.records.findLast(({ kind }) => kind === "push");
    expect(push)
      .to.have.property("xml")
      .that.contains("<Format><![CDATA[amr]]></Format>")
      .and.contains("<Recognition><![CDATA[明天有雨吗]]></Recognition>");
  });

  it("tells the account which page of a mini program was opened from its menu", async () => {
    await setMenu();
    await page.getByRole("menuitem", { name: "更多" }).press("Enter");
    await page.getByRole("menuitem", { name: "小店" }).press("Enter");
    await until(() => stage.world.journal.records.some(({ kind }) => kind === "push"));
    const push = stage.world.journal.records.findLast(({ kind }) => kind === "push");
    expect(push)
      .to.have.property("xml")
      .that.contains("<Event><![CDATA[view_miniprogram]]></Event>")
      .and.contains("<EventKey><![CDATA[pages/shop]]></EventKey>")
      .and.contains(`<MenuId>${stage.world.menu.default?.menuid}</MenuId>`);
    await page.getByText("模拟器里没有这个小程序").waitFor();
    await page.getByRole("log").getByText("打开小程序 · pages/shop").waitFor();
  });

  it("goes through the records by arrow keys, which are one stop, and back by Escape", async () => {
    for (const text of ["一", "二", "三"]) {
      await say(text);
      await page.getByRole("log").getByText(`收到：${text}`).waitFor();
    }
    const records = page.locator(".record");
    await records.nth(2).waitFor();
    const stops = await page.locator('.record[tabindex="0"]').count();
    expect(stops).to.equal(1);
    await page.getByRole("button", { name: "清空" }).focus();
    await page.keyboard.press("Tab");
    expect(await focused()).to.contain("text 三");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).to.contain("text 二");
    await page.keyboard.press("End");
    expect(await focused()).to.contain("text 一");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.locator(".detail").waitFor();
    await page.keyboard.press("Tab");
    expect(await focused()).not.to.contain("text 一");
    await page.locator(".detail [role=radio]").focus();
    await page.keyboard.press("Escape");
    await until(async () => (await focused()).includes("text 二"));
    expect(await page.locator(".detail").count()).to.equal(0);
    stage.world.emit("settings");
    await say("四");
    await records.nth(3).waitFor();
    expect(await page.locator('.record[tabindex="0"]').count()).to.equal(1);
  });

  it("changes tabs and deliveries by arrow keys", async () => {
    await page.getByRole("tab", { name: "记录" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "设置", selected: true }).waitFor();
    await page.getByRole("tabpanel", { name: "设置" }).getByText("接口故障").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "记录", selected: true }).waitFor();
    expect(await page.locator('[role=tab][tabindex="0"]').count()).to.equal(1);
    await say("想一想");
    await page.getByRole("log").getByText("想好了").waitFor();
    await page.locator(".record", { hasText: "text 想一想" }).press("Enter");
    await page.getByRole("radio", { name: "第 3 次", checked: true }).focus();
    await page.keyboard.press("ArrowUp");
    await page.getByRole("radio", { name: "第 2 次", checked: true }).waitFor();
    expect(await page.locator('[role=radio][tabindex="0"]').count()).to.equal(1);
  });

  it("leaves whatever was opened by Escape, and is where it was before", async () => {
    const closes: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      ["公众号资料", () => page.getByRole("dialog").waitFor(), "公众号资料"],
      ["添加用户", () => page.getByRole("textbox", { name: "用户名" }).waitFor(), "添加用户"],
      ["表情", () => page.getByRole("group", { name: "表情" }).waitFor(), "发消息"],
      ["更多功能", () => page.getByRole("group", { name: "更多功能" }).waitFor(), "发消息"],
    ];
    for (const [button, isOpen, back] of closes) {
      await page.getByRole("button", { name: button, exact: true }).press("Enter");
      await isOpen();
      if (button === "表情") {
        await page.getByRole("group", { name: "表情" }).getByRole("button").first().focus();
        await page.keyboard.press("ArrowRight");
      }
      await page.keyboard.press("Escape");
      await until(async () => (await focused()) === back);
    }
    await page.getByRole("button", { name: "更多功能" }).press("Enter");
    await page.getByRole("button", { name: "位置" }).press("Enter");
    await page.getByRole("dialog", { name: "位置" }).waitFor();
    await page.keyboard.press("Escape");
    await until(async () => (await focused()) === "发消息");
  });

  it("comes back from a web page to the link that led there, and from a picture to it", async () => {
    await say("登录");
    const link = page.getByRole("link", { name: "进入会员中心" });
    await link.press("Enter");
    await page.getByRole("dialog", { name: "网页" }).waitFor();
    await page.getByRole("button", { name: "关闭" }).press("Escape");
    await until(async () => (await focused()) === "进入会员中心");
    const { mediaId } = stage.world.media.add({
      type: "image",
      contentType: "image/png",
      filename: "a.png",
      data: Buffer.from(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
        "base64",
      ),
    });
    stage.world.say(alice(), "account", { type: "image", mediaId }, "reply");
    await page.getByRole("button", { name: "图片", exact: true }).press("Enter");
    await page.getByRole("dialog", { name: "图片" }).waitFor();
    await until(() => page.evaluate("document.activeElement?.closest('[role=dialog]') !== null"));
    await page.keyboard.press("Escape");
    await until(async () => (await focused()) === "图片");
  });

  it("goes through the account's menu by arrow keys, and out of a sub-menu by Escape", async () => {
    await setMenu();
    expect(await page.locator('[role=menuitem][tabindex="0"]').count()).to.equal(1);
    await page.getByRole("menuitem", { name: "今日" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await focused()).to.equal("更多");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).to.equal("推荐");
    await page.keyboard.press("Escape");
    await until(async () => (await focused()) === "更多");
    expect(await page.getByRole("menuitem", { name: "推荐" }).count()).to.equal(0);
  });

  it("says whether the bot is there", async () => {
    expect(await page.locator(".light").count()).to.equal(0);
    const { world } = stage;
    world.light = { trouble: "the connection failed (ECONNREFUSED)" };
    world.emit("settings");
    await page.getByRole("status").getByText("机器人没有应答").waitFor();
    await page.getByText("ECONNREFUSED").waitFor();
    world.light = {};
    world.emit("settings");
    await page.getByText("机器人在线").waitFor();
  });
});
