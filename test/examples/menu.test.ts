import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Phone } from "koa-wx/testing";
import { startExample } from "../support/example.js";
import { account } from "../support/push.js";
import { appSecret, type Stage, stage } from "../support/stage.js";

/** Waits until the bot has called WeChat so often, and gives the bodies. */
async function called(phone: Phone, path: string, times = 1): Promise<readonly object[]> {
  for (let waited = 0; phone.api.calls(path).length < times && waited < 5_000; waited += 20) {
    await sleep(20);
  }
  const calls = phone.api.calls(path);
  expect(calls).to.have.length(times);
  return calls.map(({ body }) => JSON.parse(body || "{}") as object);
}

describe("examples/menu.ts", function () {
  this.timeout(20_000);
  let menu: Stage;
  before(async () => {
    menu = await stage("menu");
  });
  after(() => menu?.close());

  it("writes its menu for an account that has none", async () => {
    const [written] = await called(menu.phone, "menu/create");
    const shown = menu.phone.export().menu.default;
    expect(written).to.deep.equal({ button: shown });
    expect(shown).to.have.length(2);
    expect(shown[0]).to.deep.equal({ type: "click", name: "今日歌曲", key: "SONG" });
    expect(shown[1]?.sub_button?.map(({ type }) => type)).to.deep.equal([
      "view",
      "scancode_waitmsg",
      "click",
    ]);
  });

  it("answers whoever taps a button", async () => {
    const alice = menu.phone.user("alice");
    expect((await alice.follows()).text).to.equal("请点下面的菜单。");
    expect((await alice.clicks("SONG")).text).to.equal("今日歌曲：《茉莉花》");
    expect((await alice.clicks("LIKE")).text).to.equal("谢谢!");
  });

  it("answers with what was scanned", async () => {
    const { text } = await menu.phone.user("alice").pushes({
      MsgType: "event",
      Event: "scancode_waitmsg",
      EventKey: "SCAN",
      ScanCodeInfo: { ScanType: "qrcode", ScanResult: "42" },
    });
    expect(text).to.equal("扫到了：42");
  });

  it("writes nothing when it starts again and the menu is the same", async () => {
    const again = await startExample("menu", {
      WECHAT_TOKEN: account.token,
      WECHAT_APP_ID: account.appId,
      WECHAT_APP_SECRET: appSecret,
      WECHAT_API_BASE_URL: menu.phone.url,
    });
    try {
      for (let waited = 0; !again.output.includes("menu is up to date"); waited += 20) {
        if (waited > 5_000) throw new Error(`It printed:\n${again.output}`);
        await sleep(20);
      }
      await called(menu.phone, "menu/create", 1);
    } finally {
      await again.stop();
    }
  });

  it("answers also where the menu cannot be written", async () => {
    const refused = await stage("menu", {
      env({ api }) {
        api.fails("menu/create", 48001);
        return {};
      },
    });
    try {
      await called(refused.phone, "menu/create");
      expect(refused.phone.export().menu.default).to.deep.equal([]);
      expect((await refused.phone.user("bob").clicks("SONG")).text).to.equal(
        "今日歌曲：《茉莉花》",
      );
    } finally {
      await refused.close();
    }
  });
});
