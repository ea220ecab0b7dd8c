import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { expect } from "chai";
import { Cloud, type CloudOptions } from "../../../src/simulator/cloud.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { FakeClock } from "../../../src/simulator/world/clock.js";

describe("Cloud: deliveries of the simulated WeChat", () => {
  const servers: Server[] = [];
  afterEach(() => Promise.all(servers.splice(0).map(shut)));

  async function cloudFor(listener: RequestListener, options: Partial<CloudOptions> = {}) {
    const server = createServer(listener);
    servers.push(server);
    const url = await listen(server);
    return new Cloud({ account: { token: "t", id: "gh_1" }, target: `${url}/wechat`, ...options });
  }
  const answer = (openid: string, text: string) =>
    `<xml><ToUserName>${openid}</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>${text}</Content></xml>`;
  const hi = { act: "text", text: "hi" } as const;

  it("come again, the same, when the answer is late, and the answer in time counts", async () => {
    const seen: string[] = [];
    const cloud = await cloudFor(
      async (request, response) => {
        let body = "";
        for await (const chunk of request) body += chunk;
        seen.push(body + request.url);
        if (seen.length === 2) response.end(answer(openid, "second"));
      },
      { patience: 60 },
    );
    const alice = cloud.world.people.named("alice");
    const { openid } = alice;
    const push = await cloud.act(alice, hi);
    expect(push).to.deep.include({
      outcome: "reply",
      winner: 2,
      reply: { type: "text", content: "second" },
    });
    expect(seen).to.have.length(2);
    expect(seen[0]).to.equal(seen[1]);
    expect(push?.attempts[0]?.failure).to.match(/no answer within 0.06 seconds/);
    expect(alice.chat.map(({ from }) => from)).to.deep.equal(["user", "account"]);
  });

  it("close the connection after five seconds and show the banner after three attempts", async () => {
    const clock = new FakeClock(1_700_000_000_000);
    let closed = 0;
    let arrived = () => {};
    const cloud = await cloudFor(
      (request) => {
        request.socket.on("close", () => (closed += 1));
        arrived();
      },
      { clock },
    );
    const alice = cloud.world.people.named("alice");
    let delivery = new Promise<void>((resolve) => (arrived = resolve));
    const run = cloud.act(alice, hi);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await delivery;
      delivery = new Promise<void>((resolve) => (arrived = resolve));
      await clock.advance(4_999);
      expect(closed).to.equal(attempt - 1);
      await clock.advance(1);
      while (closed < attempt) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await run).to.deep.include({ outcome: "fault" });
    expect(alice.chat.at(-1)).to.deep.include({
      from: "phone",
      content: { type: "banner", text: "该公众号提供的服务出现故障，请稍后再试" },
    });
  });

  it("come again when the connection breaks", async () => {
    let requests = 0;
    const cloud = await cloudFor((request, response) => {
      requests += 1;
      if (requests < 3) request.socket.destroy();
      else response.end("success");
    });
    const push = await cloud.act(cloud.world.people.named("alice"), hi);
    expect(push).to.deep.include({ outcome: "acknowledged", winner: 3 });
    expect(push?.attempts[0]?.failure).to.match(/connection failed/);
  });

  it("do not come again after a wrong answer, which the banner stands for", async () => {
    let requests = 0;
    const cloud = await cloudFor((_request, response) => {
      requests += 1;
      response.writeHead(500).end("oops");
    });
    const alice = cloud.world.people.named("alice");
    const push = await cloud.act(alice, hi);
    expect(requests).to.equal(1);
    expect(push?.reason).to.match(/status 500/);
    expect(alice.chat.at(-1)?.content.type).to.equal("banner");
  });

  it("do not follow redirects", async () => {
    let requests = 0;
    const cloud = await cloudFor((_request, response) => {
      requests += 1;
      response.writeHead(302, { Location: "/elsewhere" }).end();
    });
    const push = await cloud.act(cloud.world.people.named("alice"), hi);
    expect([requests, push?.outcome]).to.deep.equal([1, "fault"]);
  });

  it("tell of every change as it happens", async () => {
    const cloud = await cloudFor((_request, response) => response.end("success"));
    const { world } = cloud;
    const alice = world.people.named("alice");
    const outcomes: string[] = [];
    world.on("record", (record) => record.kind === "push" && outcomes.push(record.outcome));
    const chat = once(world, "chat");
    await cloud.act(alice, hi);
    expect(outcomes).to.deep.equal(["pending", "acknowledged"]);
    expect((await chat)[1].content).to.deep.equal({ type: "text", content: "hi" });
  });

  it("follow and unfollow once, and a scan by somebody new is a subscription", async () => {
    const bodies: string[] = [];
    const cloud = await cloudFor(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      bodies.push(
        /<Event>.*?\[(\w+)\].*?(?:<EventKey>.*?\[(\w*)\])/.exec(body)?.slice(1).join() ?? "",
      );
      response.end("success");
    });
    const alice = cloud.world.people.named("alice");
    await cloud.act(alice, { act: "unfollow" });
    await cloud.act(alice, { act: "scan", scene: "7" });
    await cloud.act(alice, { act: "scan", scene: "7" });
    await cloud.act(alice, { act: "follow" });
    await cloud.act(alice, { act: "unfollow" });
    expect(bodies).to.deep.equal(["subscribe,qrscene_7", "SCAN,7", "unsubscribe,"]);
    expect(alice.following).to.equal(false);
  });

  it("opens a window of five customer-service messages for two days with each message", async () => {
    const clock = new FakeClock(1_700_000_000_000);
    const cloud = await cloudFor((_request, response) => response.end(""), { clock });
    const alice = cloud.world.people.named("alice");
    await cloud.act(alice, hi);
    expect(alice.windows).to.deep.equal([{ left: 5, until: 1_700_000_000_000 + 2 * 86_400_000 }]);
  });
});
