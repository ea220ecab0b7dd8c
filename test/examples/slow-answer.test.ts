import { expect } from "chai";
import { parseXml } from "../../src/wire/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { account, textXml } from "../support/push.js";
import { pushLikeWechat } from "../support/wechat.js";

const contentOf = (body: string | undefined) => parseXml(body ?? "").Content;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Once in real time, and once ten times as fast for the answers in the first two deliveries. */
describe("examples/slow-answer.ts", function () {
  this.timeout(60_000);
  let api: ApiServer;
  let bot: Example;
  const started = async (scale: string) => {
    api = await startApiServer();
    api.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    bot = await startExample("slow-answer", {
      WECHAT_TOKEN: account.token,
      WECHAT_API_BASE_URL: api.url,
      SCALE: scale,
    });
  };
  const sent = () =>
    api.to("/cgi-bin/message/custom/send").map(({ body }) => JSON.parse(String(body)) as object);

  afterEach(async () => {
    await bot.stop();
    await api.close();
  });

  it("answers 3 at once, 8 at the second delivery, and 25 late, in real time", async () => {
    await started("1");
    const [three, eight, late] = await Promise.all([
      pushLikeWechat(bot.address, textXml("3")),
      pushLikeWechat(bot.address, textXml("8")),
      pushLikeWechat(bot.address, textXml("25")),
    ]);
    expect(three.map(({ body }) => contentOf(body))).to.deep.equal(["3 秒的回答，第 1 次推送"]);
    expect(eight).to.have.length(2);
    expect(eight[0]?.body).to.equal(undefined);
    expect(contentOf(eight[1]?.body)).to.equal("8 秒的回答，第 2 次推送");
    expect(late.map(({ body }) => body === undefined)).to.deep.equal([true, true, false]);
    expect(contentOf(late[2]?.body)).to.equal("正在思考…");
    expect(sent()).to.deep.equal([]);
    for (let waited = 0; sent().length === 0 && waited < 15_000; waited += 200) await pause(200);
    expect(sent()).to.deep.equal([
      { touser: "alice", msgtype: "text", text: { content: "25 秒的回答，第 3 次推送" } },
    ]);
  });

  it("keeps the answer for 继续 where sending is refused", async () => {
    await started("0.1");
    api.on("/cgi-bin/message/custom/send", { errcode: 48001, errmsg: "api unauthorized" });
    const deliveries = await pushLikeWechat(bot.address, textXml("25"), 500);
    expect(contentOf(deliveries[2]?.body)).to.equal("正在思考…");
    for (let waited = 0; sent().length === 0 && waited < 5_000; waited += 50) await pause(50);
    await pause(100);
    const [fetched] = await pushLikeWechat(bot.address, textXml("继续"), 500);
    expect(contentOf(fetched?.body)).to.equal("25 秒的回答，第 3 次推送");
  });
});
