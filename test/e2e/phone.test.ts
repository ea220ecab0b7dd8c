import { expect } from "chai";
import type { Page } from "playwright-core";
import { picture, usePhone } from "../support/browser-phone.js";
import { startPhoneStage } from "../support/phone-stage.js";

describe("koa-wx simulate: the phone in Chromium", function () {
  this.timeout(15_000);
  const phone = usePhone();

  async function say(page: Page, text: string): Promise<void> {
    const field = page.getByRole("textbox", { name: "发消息" });
    await field.fill(text);
    await field.press("Enter");
  }

  const seen = (page: Page, text: string) => page.getByRole("log").getByText(text).last().waitFor();
  const newestXml = () => phone.stage.world.journal.records.findLast(({ kind }) => kind === "push");

  it("lets a person follow, write 你好 and read the answer, by keyboard alone", async () => {
    const page = await phone.open();
    await page.getByRole("button", { name: "关注公众号" }).press("Enter");
    await seen(page, "欢迎");
    await page.getByRole("textbox", { name: "发消息" }).focus();
    await page.keyboard.type("你好");
    await page.keyboard.press("Enter");
    await seen(page, "收到：你好");
    expect(await page.getByRole("textbox", { name: "发消息" }).inputValue()).to.equal("");
  });

  it("shows below a message that an AI has made it", async () => {
    const page = await phone.openFollowed();
    const alice = phone.stage.world.people.named("alice");
    phone.stage.world.say(alice, "account", { type: "text", content: "答案" }, "customer-service", {
      aiGenerated: true,
    });
    await seen(page, "答案");
    await seen(page, "内容由第三方AI生成");
  });

  it("shows beside a delivery which handler took it, and why there was no reply", async () => {
    await phone.stage.close();
    phone.stage = await startPhoneStage({ debug: true });
    const page = await phone.openFollowed();
    await say(page, "沉默");
    await page.locator(".record[data-state=acknowledged]").click();
    const explained = page.getByRole("region", { name: "机器人的说明" });
    await explained.getByText("text → no reply").waitFor();
    const line = (await explained.getByText("phone-stage.ts").textContent()) ?? "";
    expect(line).to.match(/^onText\("沉默"\) at test\/support\/phone-stage\.ts:\d+ ran/);
    await explained.getByText("Write return before it: return reply.text(…)").waitFor();
  });

  it("sends a picture and shows the one that comes back", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("button", { name: "更多功能" }).click();
    const file = { name: "tea.png", mimeType: "image/png", buffer: picture };
    await page.locator("input[name=image]").setInputFiles(file);
    const images = page.getByRole("log").getByRole("img", { name: "图片" });
    await images.nth(1).waitFor();
    for (const image of await images.all()) {
      await image.evaluate((element) => (element as { decode?(): Promise<void> }).decode?.());
      expect(await image.evaluate((element) => Reflect.get(element, "naturalWidth"))).to.equal(4);
    }
    await images.first().click();
    await page.getByRole("dialog", { name: "图片" }).getByRole("button").press("Escape");
    expect(await page.getByRole("dialog").count()).to.equal(0);
  });

  it("records a voice and sends it with its recognised text", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("button", { name: "切换到语音" }).click();
    await page.getByRole("button", { name: "按住 说话" }).hover();
    await page.mouse.down();
    await page.getByRole("button", { name: "松开 结束" }).waitFor();
    await page.waitForTimeout(300);
    await page.mouse.up();
    const sheet = page.getByRole("dialog", { name: "语音" });
    await sheet.getByLabel("语音识别结果").fill("明天有雨吗");
    await sheet.getByRole("button", { name: "发送" }).click();
    await seen(page, "听到：明天有雨吗");
    const [voice] = [...phone.stage.world.media];
    expect(voice).to.have.property("contentType", "audio/webm");
    expect(voice?.data.length).to.be.greaterThan(100);
  });

  it("sends a place", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("button", { name: "更多功能" }).click();
    await page.getByRole("button", { name: "位置" }).click();
    const sheet = page.getByRole("dialog", { name: "位置" });
    await sheet.getByLabel("地点名称").fill("老城门");
    await sheet.getByRole("button", { name: "发送" }).click();
    await seen(page, "你在老城门");
  });

  it("shows the account's menu as soon as it is made, and has its buttons tapped", async () => {
    const page = await phone.openFollowed();
    phone.stage.world.menu.set([
      { name: "今日", type: "click", key: "today" },
      { name: "更多", sub_button: [{ name: "今日推荐", type: "click", key: "today" }] },
    ]);
    phone.stage.world.emit("settings");
    await page.getByRole("menuitem", { name: "今日" }).click();
    await seen(page, "桂花乌龙");
    await page.getByRole("menuitem", { name: "更多" }).press("Enter");
    await page.getByRole("menuitem", { name: "今日推荐" }).press("Enter");
    await page.getByText("桂花乌龙").nth(1).waitFor();
    await page.getByRole("button", { name: "切换到键盘" }).click();
    await say(page, "还在");
    await seen(page, "收到：还在");
  });

  it("follows by a scanned code, scans again, and unfollows", async () => {
    const page = await phone.open();
    const scan = async (scene: string) => {
      await page.getByRole("button", { name: "公众号资料" }).click();
      await page.getByLabel("二维码场景值").fill(scene);
      await page.getByRole("dialog").getByRole("button", { name: "扫一扫" }).click();
    };
    await scan("海报");
    await seen(page, "欢迎，来自海报");
    await scan("桌牌");
    await seen(page, "又见面了，桌牌");
    await page.getByRole("button", { name: "公众号资料" }).click();
    await page.getByRole("button", { name: "不再关注" }).click();
    await page.getByRole("button", { name: "关注公众号" }).waitFor();
  });

  it("shows the placeholder of a slow answer, its three attempts, and the answer by itself", async () => {
    const page = await phone.openFollowed();
    await say(page, "想一想");
    await seen(page, "正在思考…");
    await seen(page, "想好了");
    await page.locator(".record", { hasText: "text 想一想" }).click();
    expect(await page.getByRole("radio").count()).to.equal(3);
    await page.getByRole("radio", { name: "第 3 次" }).getByText("生效").waitFor();
    await page.locator(".record", { hasText: "custom/send" }).click();
    await page.locator(".code", { hasText: "想好了" }).waitFor();
  });

  it("switches to 安全模式, and shows a push in clear text and as it was sent", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("tab", { name: "设置" }).click();
    await page.getByRole("button", { name: "安全模式" }).click();
    await page.getByRole("button", { name: "安全模式", pressed: true }).waitFor();
    await say(page, "秘密");
    await seen(page, "收到：秘密");
    expect(newestXml()).to.have.nested.property("attempts[0].body").that.contains("<Encrypt>");
    await page.getByRole("tab", { name: "记录" }).click();
    await page.locator(".record", { hasText: "text 秘密" }).click();
    await page.getByText("encrypt_type").waitFor();
    await page.locator(".code", { hasText: "收到：秘密" }).waitFor();
    await page.getByRole("button", { name: "原文" }).first().click();
    await page.locator(".code", { hasText: "<Encrypt>" }).first().waitFor();
  });

  it("shows the banner, and why, when the account's server fails", async () => {
    const page = await phone.openFollowed();
    await say(page, "坏");
    await seen(page, "该公众号提供的服务出现故障，请稍后再试");
    await page.locator(".record", { hasText: "故障" }).click();
    await page.locator(".reason").waitFor();
  });

  it("never takes what the account says for HTML", async () => {
    const page = await phone.openFollowed();
    await say(page, "代码");
    await seen(page, '<img src=x onerror="alert(1)">');
    expect(await page.locator(".chat img, .chat a").count()).to.equal(0);
  });

  it("loads no picture of another site unless it is allowed to", async () => {
    const page = await phone.openFollowed();
    await say(page, "图文");
    await seen(page, "秋茶");
    expect(await page.locator(".news img").count()).to.equal(0);
    await page.route("https://a.example/**", (route) =>
      route.fulfill({ contentType: "image/png", body: picture }),
    );
    await page.getByRole("tab", { name: "设置" }).click();
    await page.getByRole("switch", { name: "加载其他网站的图片" }).click();
    await page.locator(".news img").waitFor();
    expect(phone.problems.splice(0)).to.deep.equal(["https://a.example/t.jpg"]);
  });

  it("opens a link inside the phone, where web login works with its cookies", async () => {
    const page = await phone.openFollowed();
    await say(page, "登录");
    await page.getByRole("link", { name: "进入会员中心" }).click();
    const inside = page.frameLocator("iframe");
    await inside.getByRole("link", { name: "允许" }).click();
    const { openid } = phone.stage.world.people.named("alice");
    await inside.getByRole("heading", { name: `${openid} kept` }).waitFor();
    expect(page.url()).to.equal(`${phone.stage.url}/`);
    await page.getByRole("button", { name: "关闭" }).click();
    expect(await page.locator("iframe").count()).to.equal(0);
  });

  it("says where to open it when a web page has another of this machine's names", async () => {
    const page = await phone.openFollowed();
    const localhost = phone.stage.url.replace("127.0.0.1", "localhost");
    const alice = phone.stage.world.people.named("alice");
    const content = `<a href="${localhost}/cgi-bin/showqrcode">码</a>`;
    phone.stage.world.say(alice, "account", { type: "text", content }, "reply");
    await page.route(`${localhost}/**`, (route) => route.fulfill({ body: "a page" }));
    await page.getByRole("link", { name: "码" }).click();
    const hint = page.getByRole("dialog").getByRole("link", { name: `${localhost}/` });
    expect(await hint.getAttribute("href")).to.equal(`${localhost}/`);
    await page.frameLocator("iframe").getByText("a page").waitFor();
  });

  it("keeps the phones of several users apart, and counts what the others have not read", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("button", { name: "添加用户" }).click();
    await page.getByRole("textbox", { name: "用户名" }).fill("小明");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "小明", pressed: true }).waitFor();
    await page.getByRole("button", { name: "关注公众号" }).waitFor();
    const alice = phone.stage.world.people.named("alice");
    phone.stage.world.say(
      alice,
      "account",
      { type: "text", content: "只给她" },
      "customer-service",
    );
    await page.locator(".badge", { hasText: "1" }).waitFor();
    expect(await page.getByText("只给她").count()).to.equal(0);
    await page.getByRole("button", { name: "Alice" }).click();
    await seen(page, "只给她");
    expect(await page.locator(".badge").count()).to.equal(0);
  });

  it("shows that the account is typing until its message is there", async () => {
    const page = await phone.openFollowed();
    const alice = phone.stage.world.people.named("alice");
    alice.typing = true;
    phone.stage.world.emit("person", alice);
    await page.getByRole("heading", { name: "对方正在输入…" }).waitFor();
    const lines = ["订单号：T-2026", "金额：38 元"];
    phone.stage.world.say(
      alice,
      "account",
      { type: "template", title: "发货通知", lines },
      "template",
    );
    await seen(page, "发货通知");
    await page.getByRole("heading", { name: "山间茶铺" }).waitFor();
  });

  it("fits a narrow screen of 390 points, where the inspector is a page of its own", async () => {
    const page = await phone.openFollowed({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    });
    await say(page, "你好");
    await seen(page, "收到：你好");
    const width = () => page.evaluate("document.documentElement.scrollWidth");
    expect(await width()).to.equal(390);
    await page.getByRole("button", { name: "检查器" }).click();
    expect(await page.getByRole("log").isVisible()).to.equal(false);
    await page.locator(".record").first().click();
    await page.locator(".code", { hasText: "收到：你好" }).waitFor();
    expect(await width()).to.equal(390);
    await page.getByRole("button", { name: "返回" }).click();
    await page.getByRole("tab", { name: "设置" }).click();
    expect(await width()).to.equal(390);
  });

  it("sends a film and a link", async () => {
    const page = await phone.openFollowed();
    await page.getByRole("button", { name: "更多功能" }).click();
    const film = { name: "tea.mp4", mimeType: "video/mp4", buffer: picture };
    await page.locator("input[name=video]").setInputFiles(film);
    await page.getByRole("button", { name: "视频" }).first().waitFor();
    await page.getByRole("button", { name: "链接" }).click();
    const sheet = page.getByRole("dialog", { name: "链接" });
    await sheet.getByLabel("标题").fill("一篇文章");
    await sheet.getByLabel("网址").fill(`${phone.stage.url}/connect/nothing`);
    await sheet.getByLabel("网址").press("Enter");
    await page.getByRole("log").getByRole("button", { name: "一篇文章" }).waitFor();
    const kinds = [...phone.stage.world.people.named("alice").chat].map(
      ({ content }) => content.type,
    );
    expect(kinds).to.include.members(["video", "link"]);
  });

  it("comes back by itself when the simulator was started anew", async () => {
    const page = await phone.openFollowed();
    await phone.stage.restart();
    await page.getByRole("button", { name: "关注公众号" }).click();
    await seen(page, "欢迎");
    await phone.stage.restart();
    await page.getByRole("button", { name: "关注公众号" }).waitFor();
    expect(await page.getByRole("alert").count()).to.equal(0);
    expect(phone.problems.splice(0).every((problem) => problem.includes("ERR_"))).to.equal(true);
  });

  it("speaks the browser's language, and the other one when asked to", async () => {
    const page = await phone.open({ locale: "en-GB" });
    await page.getByRole("button", { name: "Follow" }).waitFor();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "关注公众号" }).waitFor();
    expect(await page.evaluate("document.documentElement.lang")).to.equal("zh-CN");
  });
});
