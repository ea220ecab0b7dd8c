// Twelve scenarios of users, in JavaScript that every runtime takes. Each is named; the names of those that
// fail are printed with the reason, and the process ends with 1.
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Koa from "koa";
import { answer, createClient, flow, MemoryStore, reply, session, Wechat } from "koa-wx";
import { remoteToken, tokenServer } from "koa-wx/gateway";
import { simulate } from "koa-wx/testing";

const account = {
  token: "tokenOfTheScenarios",
  appId: "wx0000000000000000",
  appSecret: "secretOfIt",
};
const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
/** A fortieth of a second where WeChat has one. */
const hasty = { patience: 250 };
const deadline = { ms: 180 };

/** Puts a bot into a simulated WeChat, and alice's phone into the hands of a scenario. */
async function chat(options, make, talk) {
  const phone = await simulate(({ url, appUrl }) => make({ baseUrl: url }, appUrl), {
    ...account,
    ...options,
  });
  try {
    await talk(phone.user("alice", { nickname: "爱丽丝" }), phone);
  } finally {
    await phone.close();
  }
}

const text =
  (options = {}) =>
  (api) =>
    new Koa().use(
      new Wechat({ ...account, ...options, api }).on("text", (ctx) => ctx.text).middleware(),
    );

/** Serves a web server's function over HTTP, by what the runtime has for that. */
async function serve(fetch) {
  if (globalThis.Bun) {
    const server = globalThis.Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (one) => fetch(one),
    });
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  }
  if (globalThis.Deno) {
    const server = globalThis.Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, fetch);
    return { url: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
  }
  const server = createServer(async (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const body = method === "GET" ? {} : { body: incoming, duplex: "half" };
    const answer = await fetch(new Request(`http://localhost${url}`, { method, headers, ...body }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const scenarios = {
  async plain() {
    await chat({}, text(), async (alice) => {
      equal((await alice.sends("你好 <b>]]> 🌏")).text, "你好 <b>]]> 🌏");
    });
    // The same by the runtime's own server.
    const wx = new Wechat({ token: account.token }).on("text", (ctx) => ctx.text);
    const { url, stop } = await serve(wx.fetch);
    const phone = await simulate(`${url}/wechat`, { token: account.token });
    equal((await phone.user("alice").sends("web")).text, "web");
    await phone.close();
    await stop();
  },

  async safe() {
    const sealed = { encodingAESKey };
    await chat(sealed, text(sealed), async (alice) => {
      const { text, push } = await alice.sends("秘密");
      equal(text, "秘密");
      ok(push.attempts[0].body.includes("<Encrypt>"));
      ok(push.attempts[0].answer.includes("<Encrypt>"));
    });
  },

  async "retry joined"() {
    let runs = 0;
    const make = (api) =>
      new Koa().use(
        new Wechat({ ...account, api, deadline })
          .on("text", async () => {
            runs += 1;
            await sleep(300);
            return "once";
          })
          .middleware(),
      );
    await chat(hasty, make, async (alice) => {
      const { text, attempts } = await alice.sends("slow");
      deepEqual([text, attempts, runs], ["once", 2, 1]);
    });
  },

  async late() {
    const make = (api) =>
      new Koa().use(
        new Wechat({ ...account, api, deadline: { ...deadline, onTimeout: () => "thinking" } })
          .on("text", async () => {
            await sleep(1_200);
            return "42";
          })
          .middleware(),
      );
    await chat(hasty, make, async (alice) => {
      const answer = await alice.sends("the question");
      deepEqual([answer.text, answer.attempts], ["thinking", 3]);
      deepEqual(await answer.late(), reply.text("42"));
    });
  },

  async session() {
    const make = (api) => {
      const wx = new Wechat({ ...account, api }).use(session({ initial: () => ({ count: 0 }) }));
      wx.on("text", (ctx) => String(++ctx.session.count));
      return new Koa().use(wx.middleware());
    };
    await chat({}, make, async (alice, phone) => {
      await Promise.all([alice.sends("a"), alice.sends("b"), phone.user("bob").sends("c")]);
      equal((await alice.sends("d")).text, "3");
    });
  },

  async dialogue() {
    const make = (api) => {
      const booking = flow("booking")
        .ask("name", "Name?", answer.text({ max: 20 }))
        .ask("guests", "How many?", answer.number({ min: 1, max: 9 }))
        .done(({ answers }) => `${answers.name}: ${answers.guests}`);
      const wx = new Wechat({ ...account, api }).use(session({ initial: () => ({}) })).use(booking);
      wx.onText("book", booking.start);
      return new Koa().use(wx.middleware());
    };
    await chat({}, make, async (alice) => {
      equal((await alice.sends("book")).text, "Name?");
      equal((await alice.sends("爱丽丝")).text, "How many?");
      equal((await alice.sends("3")).text, "爱丽丝: 3");
    });
  },

  async stream() {
    const make = (api) => {
      const wx = new Wechat({ ...account, api, deadline: { ...deadline, attempts: 1 } });
      wx.on("text", async function* () {
        for (const sentence of ["第一句。", "第二句。", "第三句。"]) {
          yield sentence;
          await sleep(150);
        }
      });
      return new Koa().use(wx.middleware());
    };
    await chat(hasty, make, async (alice) => {
      const answer = await alice.sends("tell me");
      let whole = answer.text ?? "";
      while (!whole.includes("第三句。")) whole += (await answer.late()).content;
      equal(whole.replace(/\s/g, ""), "第一句。第二句。第三句。");
    });
  },

  async login() {
    const make = (api, appUrl) => {
      const wx = new Wechat({ ...account, api });
      const login = wx.oauth({ baseUrl: appUrl, scope: "snsapi_userinfo" });
      const app = new Koa();
      app.keys = ["a key of the scenarios, long enough"];
      app.use(wx.middleware()).use(login);
      app.use((ctx) => {
        ctx.body = `Hello, ${login.user(ctx).profile.nickname}`;
      });
      return app;
    };
    await chat({}, make, async (alice) => {
      equal((await alice.opens("/me")).body, "Hello, 爱丽丝");
      equal((await alice.opens("/me")).visited.length, 1);
    });
  },

  async "JS-SDK"() {
    const page = "https://shop.example.com/a?b=1";
    const make = (api) => {
      const wx = new Wechat({ ...account, api });
      const sign = wx.jssdk({ allow: ["https://shop.example.com"], jsApiList: ["scanQRCode"] });
      return new Koa().use(wx.middleware()).use(sign);
    };
    await chat({}, make, async (_alice, phone) => {
      const at = new URL(`/wx/jssdk?url=${encodeURIComponent(page)}`, phone.botUrl);
      const { nonceStr, timestamp, signature } = await (await fetch(at)).json();
      const client = createClient({ ...only(account), baseUrl: phone.url });
      const { ticket } = await client.get("/cgi-bin/ticket/getticket", {
        query: { type: "jsapi" },
      });
      const signed = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`;
      equal(signature, createHash("sha1").update(signed).digest("hex"));
    });
  },

  async "revoked token"() {
    const make = (api) =>
      new Koa().use(
        new Wechat({ ...account, api }).on("text", (ctx) => ctx.send("sent")).middleware(),
      );
    await chat({}, make, async (alice, phone) => {
      await (await alice.sends("one")).late();
      phone.api.fails("message/custom/send", 40001, 1);
      await (await alice.sends("two")).late();
      const codes = phone.api
        .calls("message/custom/send")
        .map((call) => JSON.parse(call.answer).errcode);
      deepEqual(codes, [0, 40001, 0]);
    });
  },

  async media() {
    const picture = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
    const make = (api) => {
      const wx = new Wechat({ ...account, api });
      wx.on("text", async (ctx) => {
        const { media_id } = await ctx.api.media.upload("image", {
          data: picture,
          filename: "a.png",
        });
        return reply.image(media_id);
      });
      wx.on("image", async (ctx) => {
        const file = await ctx.api.media.get(ctx.message.MediaId);
        return `${(await file.buffer()).length} bytes`;
      });
      return new Koa().use(wx.middleware());
    };
    await chat({}, make, async (alice) => {
      equal((await alice.sends("picture")).reply.type, "image");
      match((await alice.sendsImage()).text, /^\d+ bytes$/);
    });
  },

  async gateway() {
    const secret = "0123456789abcdef0123456789abcdef";
    let tokens;
    const gateway = new Koa().use((ctx, next) => tokens(ctx, next));
    const clients = { shop: { secret, tokens: true } };
    const start = (api) => {
      const accounts = [createClient({ ...only(account), ...api })];
      tokens = tokenServer({ accounts, clients, store: new MemoryStore() });
    };
    const server = createServer(gateway.callback()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${server.address().port}/tokens`;
    const make = (api) => {
      start(api);
      const { token, appId } = account;
      const tokenProvider = remoteToken({ url, appId, client: "shop", secret });
      const wx = new Wechat({ token, appId, tokenProvider, api });
      return new Koa().use(wx.on("text", (ctx) => ctx.send("by the gateway")).middleware());
    };
    await chat({}, make, async (alice, phone) => {
      const answer = await alice.sends("x");
      deepEqual(await answer.late(), reply.text("by the gateway"));
      equal(phone.api.calls("stable_token").length, 1);
    });
    server.closeAllConnections();
    server.close();
  },
};

/** What a client needs. */
function only({ appId, appSecret }) {
  return { appId, appSecret };
}

const failed = [];
for (const [name, run] of Object.entries(scenarios)) {
  try {
    await run();
  } catch (error) {
    failed.push(name);
    console.error(`${name}: ${error.stack ?? error}`);
  }
}
const all = Object.keys(scenarios).length;
console.log(
  `${all - failed.length} of ${all}${failed.length > 0 ? `, not ${failed.join(", ")}` : ""}`,
);
process.exit(failed.length > 0 ? 1 : 0);
