import type { ServerResponse } from "node:http";
import { expect } from "chai";
import { simulate } from "koa-wx/testing";
import { parseXml } from "../../src/wire/xml/xml.js";
import { type ApiServer, type Call, startApiServer } from "../support/api-server.js";
import { textsSent } from "../support/customer-service.js";
import { type Example, startExample } from "../support/example.js";
import { account, textXml } from "../support/push.js";
import { pushLikeWechat } from "../support/wechat.js";

const completions = "/v1/chat/completions";
const customSend = "/cgi-bin/message/custom/send";
/** Ten times as fast as WeChat, but a little more patient, for machines that are busy. */
const scale = 0.1;
const patience = 6_500 * scale;
const hint = "\n\n回复“继续”查看后文";

const contentOf = (body: string | undefined) => parseXml(body ?? "").Content;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}`;
const begin = (response: ServerResponse) =>
  response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
const from = (openid: string, xml: string) => xml.replace("alice", openid);

async function until(happened: () => boolean): Promise<void> {
  for (let waited = 0; !happened(); waited += 20) {
    if (waited > 10_000) throw new Error("It did not happen within ten seconds.");
    await pause(20);
  }
}

/** The stand-in for the model says what each test wants; it is also the stand-in for WeChat. */
describe("examples/ai-chat.ts", function () {
  this.timeout(30_000);
  let server: ApiServer;
  let bot: Example;
  const env = () => ({
    WECHAT_TOKEN: account.token,
    WECHAT_API_BASE_URL: server.url,
    OPENAI_BASE_URL: `${server.url}/v1/`,
    OPENAI_API_KEY: "sk-secret",
    OPENAI_MODEL: "test-model",
    AI_PROMPT: "你是助手。",
    AI_TURNS: "2",
    AI_PATIENCE: "25",
    SCALE: String(scale),
  });
  const ask = (text: string, openid = "alice") =>
    pushLikeWechat(bot.address, from(openid, textXml(text)), patience);
  const reply = async (text: string, openid = "alice") =>
    contentOf((await ask(text, openid)).at(-1)?.body);
  const messages = (call: Call | undefined) =>
    (JSON.parse(String(call?.body)) as { messages: { role: string; content: string }[] }).messages;
  const sent = () => textsSent(server);
  /** Has the model say these pieces, each so many milliseconds after the one before. */
  const says = (pieces: readonly string[], ms = 0) =>
    server.on(completions, async (_, response) => {
      begin(response);
      for (const piece of pieces) {
        await pause(ms);
        response.write(`${chunk(piece)}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    });

  before(async () => {
    server = await startApiServer();
    bot = await startExample("ai-chat", env());
  });
  beforeEach(() => {
    server.calls.length = 0;
    server.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    server.on(customSend, { errcode: 0, errmsg: "ok" });
  });
  after(async () => {
    await bot.stop();
    await server.close();
  });

  it("answers with what the model streams", async () => {
    says(["你", "好", "！"]);
    expect(await reply("你好", "streaming")).to.equal("你好！");
    const [call] = server.to(completions);
    expect(call?.headers.authorization).to.equal("Bearer sk-secret");
    expect(JSON.parse(String(call?.body))).to.deep.equal({
      model: "test-model",
      stream: true,
      messages: [
        { role: "system", content: "你是助手。" },
        { role: "user", content: "你好" },
      ],
    });
  });

  it("reads a stream however it is cut, with comments, without [DONE]", async () => {
    server.on(completions, async (_, response) => {
      begin(response);
      const bytes = Buffer.from(
        `: ping\r\n\r\n${chunk("鸡")}\r\n\r\ndata: {"choices":[]}\r\n\r\n${chunk("蛋🥚。")}\r\n\r\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\r\n\r\n`,
      );
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    });
    expect(await reply("你好", "cut")).to.equal("鸡蛋🥚。");
  });

  it("remembers the last turns, of each user alone, until a new subject", async () => {
    for (const n of [1, 2, 3]) {
      says([`答${n}`]);
      await reply(`问${n}`, "forgetful");
    }
    says(["答4"]);
    await reply("问4", "forgetful");
    const asked = messages(server.to(completions).at(-1)).map(({ content }) => content);
    expect(asked).to.deep.equal(["你是助手。", "问2", "答2", "问3", "答3", "问4"]);
    await reply("问", "another");
    expect(messages(server.to(completions).at(-1))).to.have.length(2);
    expect(await reply("新话题", "forgetful")).to.equal("好的，我们重新开始。");
    await reply("问5", "forgetful");
    expect(messages(server.to(completions).at(-1))).to.have.length(2);
  });

  it("asks once and answers WeChat's second delivery when the model takes 7 seconds", async () => {
    says(["想了", "七秒。"], 3_500 * scale);
    const deliveries = await ask("慢", "patient");
    expect(deliveries.map(({ body }) => body && contentOf(body))).to.deep.equal([
      undefined,
      "想了七秒。",
    ]);
    expect(server.to(completions)).to.have.length(1);
  });

  it("shows the sentences that are there in the last delivery, and sends the rest", async () => {
    says(["第一句。", "第二", "句。", "第三句。"], 7_000 * scale);
    expect(await reply("讲四句", "late")).to.equal("第一句。");
    expect(await reply("在吗", "late")).to.equal("上一个问题还没有答完，请稍候。");
    await until(() => sent().length > 0);
    expect(sent()).to.deep.equal(["第二句。第三句。"]);
    expect(server.to(completions)).to.have.length(1);
    says(["好"]);
    await reply("记得吗", "late");
    expect(messages(server.to(completions).at(-1))[2]?.content).to.equal(
      "第一句。第二句。第三句。",
    );
  });

  it("stops the model when its user unsubscribes, and says nothing more", async () => {
    let stopped = false;
    server.on(completions, (_, response) => {
      begin(response);
      response.write(`${chunk("我先说")}\n\n`);
      response.once("close", () => {
        stopped = true;
      });
    });
    const question = ask("你好", "leaver");
    await until(() => server.to(completions).length === 1);
    const unsubscribe = from("leaver", textXml("")).replace(
      /<MsgType>.*<\/Content>/,
      "<MsgType>event</MsgType><Event>unsubscribe</Event>",
    );
    const [answer] = await pushLikeWechat(bot.address, unsubscribe, patience);
    expect(answer?.body).to.equal("success");
    await until(() => stopped);
    expect((await question).map(({ body }) => body)).to.deep.equal(["success"]);
    says(["你好"]);
    await reply("我回来了", "leaver");
    expect(messages(server.to(completions).at(-1))).to.have.length(2);
  });

  for (const [status, text] of [
    [401, "AI 服务暂时不可用，请稍后再试。"],
    [429, "现在提问的人太多，请稍后再试。"],
    [500, "AI 服务暂时不可用，请稍后再试。"],
  ] as const) {
    it(`says so when the model answers with ${status}, and takes the next question`, async () => {
      server.on(completions, (_, response) => {
        response.writeHead(status).end('{"error":{"message":"Incorrect API key: sk-secret"}}');
      });
      expect(await reply("你好", "unlucky")).to.equal(text);
      says(["好了"]);
      expect(await reply("现在呢", "unlucky")).to.equal("好了");
      expect(
        messages(server.to(completions).at(-1)).some(({ content }) => content === "你好"),
      ).to.equal(false);
    });
  }

  it("shows what there was when the model breaks off", async () => {
    server.on(completions, (_, response) => {
      begin(response);
      response.write(`${chunk("从前有")}\n\n`, () => response.destroy());
    });
    expect(await reply("讲故事", "listener")).to.equal("从前有\n\n（回答中断了，请再问一次。）");
  });

  it("gives up on a model that falls silent", async () => {
    let closed = false;
    server.on(completions, (_, response) => {
      begin(response);
      response.once("close", () => {
        closed = true;
      });
    });
    expect(await reply("在吗", "waiter")).to.equal("正在思考……");
    await until(() => sent().length > 0);
    expect(sent()).to.deep.equal(["AI 想得太久了，请换个说法再试一次。"]);
    expect(closed).to.equal(true);
  });

  it("keeps the rest for 继续, in pages, where the account may not send", async () => {
    for (const path of [customSend, "/cgi-bin/message/custom/typing"]) {
      server.on(path, { errcode: 48001, errmsg: "api unauthorized" });
    }
    const long = Array.from({ length: 120 }, (_, n) => `这是第${n}个句子，它并不长。`).join("");
    says(["想好了。", "", "", long], 7_000 * scale);
    expect(await reply("说长一点", "collector")).to.equal(`想好了。${hint}`);
    await pause(14_000 * scale + 250);
    const pages: string[] = [];
    says(["没有了。"]);
    for (let page = ""; page !== "没有了。"; ) {
      page = String(await reply("继续", "collector"));
      pages.push(page);
    }
    expect(pages).to.have.length(4);
    for (const page of pages) expect(Buffer.byteLength(page)).to.be.at.most(2_048);
    const text = pages.slice(0, -1).map((page) => page.replace("\n\n回复“继续”查看后文", ""));
    expect(text.join("")).to.equal(long);
  });

  it("answers in the phone from its own stand-in when there is neither a key nor an address", async () => {
    const alone = await startExample("ai-chat", {
      WECHAT_TOKEN: account.token,
      OPENAI_BASE_URL: "",
      OPENAI_API_KEY: "",
      WECHAT_API_BASE_URL: "",
      WECHAT_APP_SECRET: "",
      SCALE: String(scale),
    });
    const phone = await simulate(`http://127.0.0.1:${alone.address.port}/wechat`, {
      token: account.token,
      patience,
    });
    const alice = phone.user("alice");
    const say = async (text: string) => (await alice.sends(text)).text;
    try {
      expect((await alice.follows()).text).to.match(/^你好！有什么想问的/);
      expect(await say("你好")).to.match(/^这是本地替身的第 1 个回答。你说的是：“你好”。/);
      expect((await alice.sendsVoice("今天星期几")).text).to.match(/“今天星期几”/);
      expect((await alice.sendsImage()).text).to.equal("我只看得懂文字，请打字问我。");
      expect(await say("失败")).to.equal("AI 服务暂时不可用，请稍后再试。");
      expect(await say("中断")).to.match(/（回答中断了，请再问一次。）$/);
      const slow = await alice.sends("慢 30");
      expect(slow).to.deep.include({
        text: `这是本地替身的第 3 个回答。你说的是：“慢 30”。${hint}`,
        attempts: 3,
        banner: undefined,
      });
      expect(await say("在吗")).to.equal("上一个问题还没有答完，请稍候。");
      let next = await say("继续");
      expect(next).to.equal("还在写，请稍后再回复“继续”。");
      for (; /^还在写/.test(next ?? ""); next = await say("继续")) await pause(100);
      expect(next).to.match(/^设置 OPENAI_BASE_URL.*回答。$/);
      expect(await say("长")).to.match(/回复“继续”查看后文$/);
    } finally {
      await phone.close();
      await alone.stop();
    }
  });
});
