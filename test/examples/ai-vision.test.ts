import { expect } from "chai";
import { simulate } from "koa-wx/testing";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { startExample } from "../support/example.js";
import { account } from "../support/push.js";

const completions = "/v1/chat/completions";

describe("examples/ai-vision.ts", function () {
  this.timeout(30_000);
  let server: ApiServer;

  before(async () => {
    server = await startApiServer();
  });
  after(() => server.close());

  it("shows the picture to the model by its address, and streams what that says", async () => {
    server.on(completions, (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      for (const content of ["一只", "猫。"]) {
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    });
    const bot = await startExample("ai-vision", {
      WECHAT_TOKEN: account.token,
      OPENAI_BASE_URL: `${server.url}/v1`,
      OPENAI_API_KEY: "sk-secret",
    });
    const phone = await simulate(`http://127.0.0.1:${bot.address.port}/wechat`, {
      token: account.token,
    });
    try {
      const alice = phone.user("alice");
      expect((await alice.follows()).text).to.match(/发一张图片/);
      expect((await alice.sends("?")).text).to.equal("请发一张图片给我。");
      expect((await alice.sendsImage()).text).to.equal("一只猫。");
      const { messages } = JSON.parse(String(server.to(completions)[0]?.body)) as {
        messages: { content: { type: string; image_url?: { url: string } }[] }[];
      };
      expect(messages[0]?.content.map(({ type }) => type)).to.deep.equal(["text", "image_url"]);
      expect(messages[0]?.content[1]?.image_url?.url).to.match(/^https?:\/\//);
    } finally {
      await phone.close();
      await bot.stop();
    }
  });
});
