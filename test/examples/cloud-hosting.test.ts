import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { type Phone, simulate } from "koa-wx/testing";
import { type Example, startExample } from "../support/example.js";
import { send } from "../support/push.js";

const folder = "examples/cloud-hosting";
const read = (file: string) => readFileSync(`${folder}/${file}`, "utf8");
const cloud = { "x-wx-source": "wx", "content-type": "application/json" };

describe("examples/cloud-hosting.ts", function () {
  this.timeout(20_000);
  let bot: Example | undefined;
  let phone: Phone | undefined;
  afterEach(async () => {
    await phone?.close();
    await bot?.stop();
  });

  for (const cloudHosting of [true, "xml"] as const) {
    it(`chats over the inner network, and sends without a token: ${cloudHosting}`, async () => {
      const appId = "wxba5fad812f8e6fb9";
      const start = async ({ url }: { url: string }) => {
        bot = await startExample("cloud-hosting", {
          WECHAT_API_BASE_URL: url,
          WECHAT_APP_ID: appId,
        });
        return `http://127.0.0.1:${bot.address.port}/message/post`;
      };
      phone = await simulate(start, { cloudHosting, appId });
      const alice = phone.user("alice");
      expect((await alice.follows()).text).to.match(/^感谢您的关注/);
      const answer = await alice.sends("你好");
      expect(answer.text).to.equal("反弹你发的消息：你好");
      const [attempt] = answer.push?.attempts ?? [];
      expect(attempt?.body[0]).to.equal(cloudHosting === true ? "{" : "<");
      expect(attempt?.url).not.to.contain("signature");
      expect(await (await alice.sends("客服")).late()).to.deep.equal({
        type: "text",
        content: "客服马上就来。",
      });
      expect(phone.api.calls().map(({ path, query }) => [path, query])).to.deep.equal([
        ["/cgi-bin/message/custom/send", {}],
      ]);
    });
  }

  it("has its page and its mini program beside, and lets nobody else push", async () => {
    bot = await startExample("cloud-hosting");
    const asked = await send(bot.address, { method: "GET", path: "/" });
    expect(asked.body).to.equal("这里是云托管服务。");
    const headers = { ...cloud, "x-wx-openid": "oA" };
    const openid = await send(bot.address, { method: "GET", path: "/api/wx_openid", headers });
    expect(openid.body).to.equal("oA");
    const body = '{"ToUserName":"a","FromUserName":"b","MsgType":"text","Content":"x"}';
    const refused = await send(bot.address, { path: "/message/post", body });
    expect(refused.status).to.equal(403);
  });

  it("has a Dockerfile and a container.config.json that agree with each other and with it", () => {
    const docker = read("Dockerfile");
    const config = JSON.parse(read("container.config.json"));
    const { scripts, dependencies, type } = JSON.parse(read("package.json"));
    expect(docker).to.match(
      new RegExp(`^ENV HOST=0\\.0\\.0\\.0 PORT=${config.containerPort} `, "m"),
    );
    expect(config.containerPort).to.equal(80);
    expect(existsSync(`${folder}/${config.dockerfilePath}`)).to.equal(true);
    expect(docker).to.contain('CMD ["npm", "start"]');
    expect(type).to.equal("module");
    const [program, file] = scripts.start.split(" ");
    expect(existsSync(`examples/${file}`)).to.equal(true);
    const imported = [...readFileSync(`examples/${file}`, "utf8").matchAll(/from "([^"]+)"/g)]
      .map(([, name]) => name)
      .filter((name) => !name?.startsWith("node:"));
    expect(Object.keys(dependencies)).to.have.members([...imported, program]);
    expect(Object.keys(config.envParams)).to.deep.equal(["WECHAT_APP_ID"]);
  });
});
