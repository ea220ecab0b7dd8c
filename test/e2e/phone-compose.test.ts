import { expect } from "chai";
import type { Page } from "playwright-core";
import { usePhone } from "../support/browser-phone.js";
import type { PhoneStage } from "../support/phone-stage.js";

describe("koa-wx simulate: any push on the phone", function () {
  this.timeout(20_000);
  const phone = usePhone();
  let stage: PhoneStage;
  let page: Page;

  beforeEach(async () => {
    page = await phone.openFollowed();
    stage = phone.stage;
    await phone.context.grantPermissions(["clipboard-read", "clipboard-write"], {
      origin: stage.url,
    });
  });

  const newest = () => {
    const push = stage.world.journal.records.findLast(({ kind }) => kind === "push");
    return push?.kind === "push" ? push.xml : "";
  };
  const sheet = () => page.getByRole("dialog", { name: "自定义推送" });
  const openSheet = async () => {
    await page.getByRole("button", { name: "更多功能" }).press("Enter");
    await page.getByRole("button", { name: "自定义推送" }).press("Enter");
    await sheet().waitFor();
  };

  it("begins with the fields of its name, and is sent as they are changed", async () => {
    await openSheet();
    const name = sheet().getByLabel("事件或消息类型");
    // The list of names comes after the sheet.
    await sheet().locator("option[value=LOCATION]").waitFor({ state: "attached" });
    await name.fill("LOCATION");
    const fields = sheet().getByLabel("字段");
    expect(await fields.inputValue()).to.contain("Event=LOCATION\nLatitude=23.137466");
    await fields.fill((await fields.inputValue()).replace("23.137466", "30.5"));
    await sheet().getByRole("button", { name: "发送" }).press("Enter");
    await page.getByRole("log").getByText("事件 · LOCATION").waitFor();
    expect(newest()).to.contain("<Latitude><![CDATA[30.5]]></Latitude>");
  });

  it("says which line is no field, and keeps what was written", async () => {
    await openSheet();
    await sheet().getByLabel("字段").fill("MsgType=event\nEvent");
    await sheet().getByRole("button", { name: "发送" }).click();
    await page.getByRole("status").getByText("第 2 行不是字段").waitFor();
    expect(await sheet().getByLabel("字段").inputValue()).to.equal("MsgType=event\nEvent");
    await sheet().getByLabel("字段").fill("MsgType=event\nEvent=not_yet_known");
    await sheet().getByRole("button", { name: "发送" }).click();
    await page.getByRole("status").getByText("微信文档里没有 not_yet_known").waitFor();
    expect(newest()).to.contain("<Event><![CDATA[not_yet_known]]></Event>");
  });

  it("is sent again, changed and sent, and copied from the inspector", async () => {
    await page.getByRole("textbox", { name: "发消息" }).fill("你好");
    await page.keyboard.press("Enter");
    await page.getByRole("log").getByText("收到：你好").waitFor();
    await page.locator(".record").first().click();
    await page.getByRole("button", { name: "再发一次" }).click();
    await page.getByRole("log").getByText("收到：你好").nth(1).waitFor();
    await page.getByRole("button", { name: "curl 命令" }).click();
    await page.getByText("已复制；签名五分钟内有效").waitFor();
    const clipboard = () => page.evaluate<string>("navigator.clipboard.readText()");
    expect(await clipboard()).to.match(/^curl -sS 'http:.*signature=[0-9a-f]{40}/);
    await page.getByRole("button", { name: "测试", exact: true }).click();
    await page.getByText("已复制：mocha、Jest、vitest 的测试").waitFor();
    expect(await clipboard())
      .to.contain('sends("你好")')
      .and.contain('"收到：你好"');
    await page.getByRole("button", { name: "修改后再发" }).press("Enter");
    const fields = sheet().getByLabel("字段");
    await fields.fill((await fields.inputValue()).replace("你好", "再见"));
    await sheet().getByRole("button", { name: "发送" }).click();
    await page.getByRole("log").getByText("收到：再见").waitFor();
  });
});
