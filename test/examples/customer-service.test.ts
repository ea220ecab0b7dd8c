import { expect } from "chai";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { account, send, signedQuery, textXml } from "../support/push.js";

describe("examples/customer-service.ts", function () {
  this.timeout(20_000);
  let wechat: ApiServer;
  let bot: Example;
  const sent = () =>
    wechat
      .to("/cgi-bin/message/custom/send")
      .map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);

  before(async () => {
    wechat = await startApiServer();
    wechat.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    bot = await startExample("customer-service", {
      WECHAT_TOKEN: account.token,
      WECHAT_API_BASE_URL: wechat.url,
      WECHAT_KF_ACCOUNT: "test1@test",
    });
  });
  after(async () => {
    await bot?.stop();
    await wechat.close();
  });

  it("adds its agent and answers a text in the agent's name", async () => {
    const response = await send(bot.address, { query: signedQuery(), body: textXml("你好") });
    expect(response.body).to.equal("success");
    const added = wechat.to("/customservice/kfaccount/add");
    expect(added.map(({ body }) => JSON.parse(body.toString()))).to.deep.equal([
      { kf_account: "test1@test", nickname: "小微" },
    ]);
    const [text, menu] = sent();
    expect(text).to.deep.include({
      msgtype: "text",
      text: { content: "收到：你好" },
      customservice: { kf_account: "test1@test" },
    });
    expect(menu).to.deep.include({ msgtype: "msgmenu" });
  });

  it("thanks for a tap on the menu it sent", async () => {
    const before = sent().length;
    const body = textXml("满意", "<bizmsgmenuid>101</bizmsgmenuid>");
    await send(bot.address, { query: signedQuery(), body });
    expect(sent().slice(before)).to.have.length(1);
    expect(sent().at(-1)).to.deep.include({ text: { content: "谢谢您的评价!" } });
  });
});
