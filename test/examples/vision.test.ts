import { expect } from "chai";
import { simulate } from "koa-wx/testing";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { startExample } from "../support/example.js";
import { account } from "../support/push.js";
import { stage } from "../support/stage.js";

const completions = "/v1/chat/completions";

describe("examples/vision.ts", function () {
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
    const bot = await startExample("vision", {
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

  it("shows it the picture itself where the account may call WeChat", async () => {
    const png = Buffer.from("\x89PNG\r\n\x1a\n-cat-", "latin1");
    const env = { OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: "sk-secret" };
    const vision = await stage("vision", { env });
    try {
      expect((await vision.phone.user("alice").sendsImage(png)).text).to.equal("一只猫。");
      const { messages } = JSON.parse(String(server.to(completions).at(-1)?.body));
      const { url } = messages[0].content[1].image_url;
      expect(url).to.equal(`data:image/png;base64,${png.toString("base64")}`);
    } finally {
      await vision.close();
    }
  });

  it("is answered by a stand-in without a key", async () => {
    const vision = await stage("vision", { env: { OPENAI_API_KEY: "", OPENAI_BASE_URL: "" } });
    try {
      const { text } = await vision.phone.user("alice").sendsImage();
      expect(text).to.match(/本地替身.*（图片 data:image\/png;base64,/);
    } finally {
      await vision.close();
    }
  });
});
