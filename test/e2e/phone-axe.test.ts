import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { Content } from "../../src/simulator/world/chat.js";
import { usePhone } from "../support/browser-phone.js";
import { startPhoneStage } from "../support/phone-stage.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** One of everything that an account can say. */
const contents: readonly Content[] = [
  { type: "text", content: '看<a href="https://a.example/">这里</a> /::D https://b.example' },
  { type: "image", mediaId: "none" },
  { type: "voice", mediaId: "none", recognition: "听到" },
  { type: "video", mediaId: "none", title: "片", description: "述" },
  { type: "music", thumbMediaId: "none", title: "歌", url: "https://a.example/a.mp3" },
  { type: "news", articles: [{ title: "一", description: "二" }] },
  { type: "news", articles: [{ title: "一" }, { title: "二" }, { title: "三" }] },
  { type: "menu", head: "满意吗", items: [{ id: "1", content: "满意" }], tail: "谢谢" },
  { type: "template", title: "发货", lines: ["订单：1", "其他"], url: "https://a.example/" },
  { type: "miniprogram", title: "小程序", appId: "wx", path: "a" },
  { type: "card", cardId: "c" },
  { type: "transfer_customer_service" },
  { type: "location", latitude: 1, longitude: 2, scale: 16, label: "" },
  { type: "link", title: "链", description: "", url: "https://a.example/" },
  { type: "event", event: "SCAN", key: "k" },
  { type: "banner", text: "该公众号提供的服务出现故障，请稍后再试" },
];

describe("koa-wx simulate: the phone, looked over by axe,", function () {
  this.timeout(60_000);
  // The browser reports what is missing of what the account says, and the connection that is lost.
  const phone = usePhone({ mayComplain: true });

  async function opened(options: BrowserContextOptions): Promise<Page> {
    const alice = phone.stage.world.people.named("alice", { nickname: "Alice" });
    alice.following = true;
    for (const content of contents) {
      const from =
        content.type === "banner" || content.type === "event"
          ? "phone"
          : content.type === "link" || content.type === "location"
            ? "user"
            : "account";
      phone.stage.world.say(alice, from, content);
    }
    phone.stage.world.say(alice, "user", { type: "text", content: "你好 https://a.example" });
    phone.stage.world.say(alice, "account", { type: "text", content: phone.stage.place }, "reply");
    phone.stage.world.faults.plan("token", { errcode: 45009 });
    phone.stage.world.light = { trouble: "the connection failed (ECONNREFUSED)" };
    return phone.openFollowed(options);
  }

  /** @param part What has changed since the rest was looked over. */
  async function violations(page: Page, part = "html"): Promise<readonly string[]> {
    if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
    // The pages of other sites that stand in a frame are theirs.
    const found = (await page.evaluate(
      `axe.run({ include: [['${part}']], exclude: [['iframe']] }, { resultTypes: ['violations'], rules: { 'label-content-name-mismatch': { enabled: true }, 'target-size': { enabled: true } } }).then((results) => results.violations)`,
    )) as readonly Violation[];
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
    );
  }

  it("has nothing wrong on the page that asks for consent, nor on one that says what is wrong", async () => {
    const page = await phone.page();
    const query = new URLSearchParams({
      appid: phone.stage.world.account.appId,
      redirect_uri: "https://bot.example/",
      response_type: "code",
      scope: "snsapi_userinfo",
    });
    for (const asked of [`?${query}`, ""]) {
      await page.goto(`${phone.stage.url}/connect/oauth2/authorize${asked}`);
      expect(await violations(page)).to.deep.equal([]);
    }
  });

  it("has nothing wrong while the connection is lost, nor where nobody follows yet", async () => {
    const page = await opened({ colorScheme: "dark" });
    phone.stage.world.people.named("alice").following = false;
    phone.stage.world.emit("person", phone.stage.world.people.named("alice"));
    await page.getByRole("button", { name: "关注公众号" }).waitFor();
    await page.getByRole("button", { name: "添加用户" }).click();
    expect(await violations(page)).to.deep.equal([]);
    await page.keyboard.press("Escape");
    await phone.stage.close();
    await page.locator(".offline").waitFor();
    expect(await violations(page)).to.deep.equal([]);
    phone.stage = await startPhoneStage();
  });

  const narrow = { viewport: { width: 390, height: 844 }, hasTouch: true };
  const looks: readonly (readonly [string, BrowserContextOptions])[] = [
    ["by day", {}],
    ["by night", { colorScheme: "dark" }],
    ["in English", { locale: "en-GB" }],
    ["on a narrow screen", narrow],
    ["on a narrow screen by night", { ...narrow, colorScheme: "dark" }],
  ];
  for (const [look, options] of looks) {
    it(`has nothing wrong ${look}: the chat, what opens over it, and the inspector`, async () => {
      const page = await opened(options);
      const isNarrow = options.viewport !== undefined;
      const found: string[] = [];
      const look = async (what: string, part = ".phone") => {
        for (const one of await violations(page, part)) found.push(`${what}: ${one}`);
      };
      await look("chat", "html");
      await page.locator(".composer-bar button").last().click();
      await look("more");
      for (const index of [2, 3, 4, 5, 6]) {
        if (index > 2) await page.locator(".composer-bar button").last().click();
        await page.locator(".more").nth(index).click();
        await look(`sheet ${index}`);
        await page.keyboard.press("Escape");
      }
      await page.locator(".composer-bar button").nth(1).click();
      await look("emoji");
      await page.locator(".composer-bar button").first().click();
      await look("voice");
      await page.locator(".titlebar-right").click();
      await look("profile");
      await page.keyboard.press("Escape");
      await page.locator(".linked", { hasText: "小程序" }).click();
      await look("mini program");
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: phone.stage.place }).click();
      await page.locator(".browser .sheet").waitFor();
      await look("question of a page");
      await page.keyboard.press("Escape");
      await page.locator(".jssdk summary").click();
      await look("page");
      await page.locator(".browser .titlebar button").first().click();
      phone.stage.world.menu.set([
        { name: "今日", type: "click", key: "today" },
        { name: "更多", sub_button: [{ name: "推荐", type: "click", key: "today" }] },
      ]);
      phone.stage.world.emit("settings");
      await page.getByRole("menuitem", { name: "更多" }).click();
      await look("menu");
      await page.getByRole("menuitem", { name: "推荐" }).click();
      if (isNarrow) await page.locator(".half").last().click();
      await page.locator(".record").first().waitFor();
      await look("records", ".inspector");
      await page.locator(".record").first().click();
      await page.locator(".attempts").waitFor();
      await look("a push", ".inspector");
      await page.keyboard.press("Escape");
      await page.getByRole("tab").last().click();
      await look("settings", ".inspector");
      expect(found).to.deep.equal([]);
    });
  }
});
