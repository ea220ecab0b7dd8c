import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Wechat } from "../../src/index.js";
import { useCustomerService } from "../support/customer-service.js";
import { account, signedQuery, textXml } from "../support/push.js";
import { until } from "../support/until.js";

const { token, appId } = account;
const long = Array.from({ length: 90 }, (_, at) => `第${at}句，又写了好些字在这里面。`).join("");
const footer = "（由人工智能写成，仅供参考）";
const hint = "\n\n回复“继续”查看后文";

describe('overflow: "split": a text that no delivery takes', () => {
  const wechat = useCustomerService();

  const bot = (late: "send" | "collect") =>
    new Wechat({
      token,
      appId,
      appSecret: "secret",
      api: { baseUrl: wechat.url },
      overflow: "split",
      deadline: { ms: 900, late },
    }).on("text", async () => {
      await sleep(1_000);
      return long;
    });
  const deliver = (wx: Wechat, text: string, signal?: AbortSignal) =>
    wx.receive({
      method: "POST",
      query: signedQuery(),
      body: textXml(text),
      ...(signal === undefined ? {} : { signal }),
    });

  it("is sent from its beginning to its end", async () => {
    const wx = bot("send");
    await deliver(wx, "长", AbortSignal.timeout(900));
    await until(() => wechat.sent().join("").length >= long.length);
    await sleep(1_200);
    expect(wechat.sent().join("")).to.equal(long);
    await wx.close();
  });

  it("waits from its beginning to its end", async () => {
    const wx = bot("collect");
    await deliver(wx, "长", AbortSignal.timeout(900));
    await sleep(3_000);
    const pages: string[] = [];
    for (let text = "？"; pages.length < 5; text = "继续") {
      const { body } = await deliver(wx, text);
      const [, page = ""] = /<Content><!\[CDATA\[([\s\S]*?)\]\]>/.exec(body) ?? [];
      pages.push(page.replace(hint, ""));
      if (!page.endsWith(hint)) break;
    }
    expect(pages.join("")).to.equal(long);
    await wx.close();
  });

  it("has parts that fit, in their order, where a hook makes each of them longer", async () => {
    const wx = bot("send");
    wx.onText("长", () => long);
    wx.outgoing((reply) => (reply.type === "text" ? `${reply.content}${footer}` : reply));
    const { body } = await deliver(wx, "长");
    const [, first = ""] = /<Content><!\[CDATA\[([\s\S]*?)\]\]>/.exec(body) ?? [];
    expect(Buffer.byteLength(first)).to.be.at.most(2_048);
    await until(() => wechat.sent().join("").endsWith(`第89句，又写了好些字在这里面。${footer}`));
    const parts = [first, ...wechat.sent()];
    expect(parts.every((part) => Buffer.byteLength(part) <= 2_048)).to.equal(true);
    expect(parts.join("").replaceAll(footer, "")).to.equal(long);
    await wx.close();
  });
});
