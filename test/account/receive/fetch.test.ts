import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { fromWeb } from "../../../src/account/receive/web-request.js";
import { type HostOptions, Wechat, type WechatOptions } from "../../../src/index.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { bundle } from "../../support/bundle.js";
import { useCustomerService } from "../../support/customer-service.js";
import { account, signedQuery, textXml } from "../../support/push.js";
import { until } from "../../support/until.js";

const { token, appId, encodingAESKey } = account;
const address = (query: Record<string, string> = signedQuery()) =>
  `https://bot.example.com/wechat?${new URLSearchParams(query)}`;
const push = (body: string | null, query?: Record<string, string>, init: RequestInit = {}) =>
  new Request(address(query), { method: "POST", body, ...init });
/** A body that comes in pieces. */
const pieces = (...texts: readonly (string | "wait")[]) =>
  ({
    body: new ReadableStream({
      async start(controller) {
        for (const text of texts) {
          if (text === "wait") return;
          await sleep(1);
          controller.enqueue(new TextEncoder().encode(text));
        }
        controller.close();
      },
    }),
    duplex: "half",
  }) as RequestInit;

const echo = (options: Partial<WechatOptions> = {}) =>
  new Wechat({ token, ...options }).on("text", (ctx) => ctx.message.Content);

describe("wx.fetch()", () => {
  it("answers the verification, and a push as wx.receive() does", async () => {
    const wx = echo();
    const verified = await wx.fetch(new Request(address(signedQuery({ echostr: "5678" }))));
    expect([verified.status, await verified.text()]).to.deep.equal([200, "5678"]);
    const answer = await wx.fetch(push(textXml("你好")));
    expect(answer).to.be.instanceOf(Response);
    expect(answer.headers.get("content-type")).to.equal("application/xml; charset=utf-8");
    expect(await answer.text()).to.contain("<Content><![CDATA[你好]]></Content>");
    const json =
      '{"ToUserName":"gh_1","FromUserName":"o","CreateTime":1,"MsgType":"text","Content":"hi","MsgId":1}';
    expect(await (await wx.fetch(push(json))).json()).to.have.property("Content", "hi");
  });

  it("decrypts and encrypts", async () => {
    const cipher = new MessageCipher(encodingAESKey, appId);
    const encrypted = cipher.encrypt(textXml("sealed"));
    const query = signedQuery();
    const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
    const body = `<xml><Encrypt>${encrypted}</Encrypt></xml>`;
    const answer = await echo(account).fetch(push(body, { ...query, msg_signature }));
    const [, sealed = ""] = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(await answer.text()) ?? [];
    expect(cipher.decrypt(sealed)).to.contain("<![CDATA[sealed]]>");
  });

  it("takes a body in pieces, and within its limit", async () => {
    const xml = textXml("字字");
    const whole = await echo().fetch(push(null, undefined, pieces(xml.slice(0, 9), xml.slice(9))));
    expect(await whole.text()).to.contain("字字");
    const long = "x".repeat(40_000);
    for (const request of [
      push(long + long),
      push(long, undefined, pieces(long, long)),
      push("x", undefined, { headers: { "content-length": "70000" } }),
    ]) {
      const refused = await echo().fetch(request);
      expect(refused.status).to.equal(413);
      expect(refused.headers.has("connection")).to.equal(false);
    }
  });

  it("refuses what is no push, and never rejects", async () => {
    const wx = echo();
    const used = push(textXml("used"));
    await used.text();
    const locked = push(textXml("locked"));
    locked.body?.getReader();
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error("cut")),
    });
    for (const [request, status, says] of [
      [push(textXml("x"), {}), 403, /not signed/],
      [new Request(address(), { method: "PUT" }), 405, /GET and POST/],
      [push("no xml"), 400, /no push|not a push/],
      [push(null), 400, /not a push/],
      [used, 400, /before wx\.fetch\(\)/],
      [locked, 400, /before wx\.fetch\(\)/],
      [push(null, undefined, { body: broken, duplex: "half" } as RequestInit), 400, /whole/],
      [{} as Request, 400, /no method/],
      [undefined as unknown as Request, 400, /no method/],
    ] as const) {
      const answer = await wx.fetch(request, null);
      expect(answer.status).to.equal(status);
      expect(await answer.text()).to.match(says);
    }
  });

  it("ends with a body that does not end, whatever its pieces are", async () => {
    const endless = (piece: Uint8Array) =>
      ({
        body: new ReadableStream({ pull: (controller) => controller.enqueue(piece) }),
        duplex: "half",
      }) as RequestInit;
    for (const [piece, status] of [
      [new Uint8Array(), 413],
      [new Uint8Array(1_000), 413],
      ["text", 400],
      [{ byteLength: -1 }, 400],
      [new DataView(new ArrayBuffer(4)), 400],
    ] as const) {
      const refused = await echo().fetch(push(null, undefined, endless(piece as Uint8Array)));
      expect(refused.status, String(piece)).to.equal(status);
    }
    // A piece of nothing costs nothing.
    const empty = new ReadableStream({
      start(controller) {
        for (const text of ["", textXml("字"), ""])
          controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const init = { body: empty, duplex: "half" } as RequestInit;
    expect(await (await echo().fetch(push(null, undefined, init))).text()).to.contain("字");
  });

  it("waits for a body no longer than it may take", async () => {
    const limits = { limit: 100, timeout: 50 };
    const request = fromWeb(push(null, undefined, pieces("<xml>", "wait")), limits, {});
    const refused = await Promise.resolve(request.body()).catch((error: unknown) => error);
    expect(refused).to.include({ status: 408, code: "WX_BODY_TIMEOUT" });
  });

  it("is taken by itself, with whatever else a host hands over", async () => {
    const { fetch } = echo();
    const answer = await fetch(push(textXml("alone")), { remoteAddr: "::1" } as HostOptions);
    expect(await answer.text()).to.contain("alone");
  });

  it("finds the account by the path, what a router found, and the headers", async () => {
    const seen: unknown[] = [];
    const wx = new Wechat(({ path, params, host, headers }) => {
      seen.push(path, params.shop, host, headers["x-shop"]);
      return { token, appId };
    }).on("text", () => "found");
    const request = push(textXml("x"), undefined, {
      headers: { "X-Shop": "tea" },
    });
    const answer = await wx.fetch(request, { params: { shop: "tea" } });
    expect(await answer.text()).to.contain("found");
    expect(seen).to.deep.equal(["/wechat", "tea", "bot.example.com", "tea"]);
  });
});

describe("waitUntil(): what still runs after the answer", () => {
  const wechat = useCustomerService();

  /** A host that keeps the promises, as its own object. */
  class Host {
    readonly works: Promise<void>[] = [];
    waitUntil(work: Promise<void>): void {
      this.works.push(work);
    }
  }
  const slow = (late: "send" | "collect" = "send", ms = 150) => {
    const deadline = { ms: 40, attempts: 1, onTimeout: () => "thinking", late };
    const calls = { appId, appSecret: "secret", api: { baseUrl: wechat.url } };
    const wx = new Wechat({ token, ...calls, overflow: "split", deadline });
    wx.onText("long", () => "字".repeat(1_000));
    wx.onText("stream", async function* () {
      yield "这是第一句。";
      await sleep(ms);
      yield "这是第二句。";
    });
    wx.onText("fail", async () => {
      await sleep(ms);
      throw new Error("failed late");
    });
    wx.onText("more", async (ctx) => void (await ctx.send("more")));
    wx.on("text", async () => {
      await sleep(ms);
      return "the answer";
    });
    wx.catch((error) => (error.message === "failed late" ? "sorry" : undefined));
    return wx;
  };
  const ways = {
    "wx.fetch()": async (wx: Wechat, text: string, host?: HostOptions) =>
      (await wx.fetch(push(textXml(text)), host)).text(),
    "wx.receive()": async (wx: Wechat, text: string, host?: HostOptions) =>
      (await wx.receive({ method: "POST", query: signedQuery(), body: textXml(text) }, host)).body,
  };

  for (const [way, ask] of Object.entries(ways)) {
    it(`is handed to waitUntil: a late answer, which is sent after the response: ${way}`, async () => {
      const host = new Host();
      const answer = await ask(slow(), "slow", host);
      expect(answer).to.contain("thinking");
      expect(wechat.sent()).to.deep.equal([]);
      expect(host.works).to.have.length(1);
      await host.works[0];
      expect(wechat.sent()).to.deep.equal(["the answer"]);
    });

    it(`is handed to waitUntil: the rest of a long one, and what a failure says: ${way}`, async () => {
      const host = new Host();
      const wx = slow();
      const first = await ask(wx, "long", host);
      expect(wechat.sent()).to.deep.equal([]);
      await Promise.all(host.works.splice(0));
      expect(wechat.sent()).to.have.length(1);
      expect(first.match(/字/g)?.length).to.equal(1_000 - (wechat.sent()[0]?.length ?? 0));
      await ask(wx, "fail", host);
      await Promise.all(host.works.splice(0));
      expect(wechat.sent()[1]).to.equal("sorry");
    });
  }

  it("is handed to waitUntil: what is still being written", async () => {
    const host = new Host();
    const first = await ways["wx.fetch()"](slow(), "stream", host);
    expect(first).not.to.contain("第二句");
    await Promise.all(host.works);
    expect(wechat.sent().join("")).to.match(/第二句。$/);
  });

  it("settles for whatever ends at once, also what is refused", async () => {
    const host = new Host();
    const wx = echo();
    for (const request of [push(textXml("x")), push("no"), push(textXml("x"), {})]) {
      await wx.fetch(request, host);
    }
    await Promise.all(host.works);
  });

  for (const [how, waitUntil] of Object.entries({
    throws: () => {
      throw new Error("outside of a request");
    },
    rejects: async () => {
      throw new Error("outside of a request");
    },
    "rejects later": () => sleep(5).then(() => Promise.reject(new Error("outside of a request"))),
  })) {
    it(`costs no reply, and no process, where the host's function ${how}`, async () => {
      const warned = once(process, "warning");
      const answer = await echo().fetch(push(textXml("still")), { waitUntil });
      expect(await answer.text()).to.contain("still");
      const [warning] = await warned;
      expect(warning).to.have.property("code", "WX_LATE");
    });
  }

  it("waits for no other push", async () => {
    const wx = slow("send", 2_500);
    const [one, other] = [new Host(), new Host()];
    await wx.fetch(push(textXml("slow").replace("alice", "bob")), one);
    await wx.fetch(push(textXml("long")), other);
    await Promise.all(other.works);
    expect(wechat.sent()).to.have.length(1);
    await Promise.all(one.works);
    expect(wechat.sent()).to.have.length(2);
  });

  describe("on a host that stands still without waitUntil", function () {
    this.timeout(20_000);
    let host: ChildProcess | undefined;
    afterEach(() => void host?.kill("SIGKILL"));

    /** A bot in a process that is stopped whenever it has answered, and goes on with the next request. */
    async function frozen(late: "send" | "collect") {
      const source = `
        import { createServer } from "node:http";
        import { Wechat } from "koa-wx";
        const deadline = { ms: 200, attempts: 1, onTimeout: () => "thinking", late: "${late}" };
        const api = { baseUrl: "${wechat.url}" };
        const wx = new Wechat({ token: "${token}", appId: "${appId}", appSecret: "s", api, deadline });
        wx.onText("slow", () => new Promise((done) => setTimeout(done, 400, "the answer")));
        wx.on("text", (ctx) => ctx.message.Content);
        const server = createServer(async (request, response) => {
          let body = "";
          for await (const chunk of request) body += chunk;
          const { search: query } = new URL(request.url, "http://localhost");
          const answer = await wx.receive({ method: request.method, query, body });
          response.end(answer.body, () => process.send("answered"));
        });
        server.listen(0, "127.0.0.1", () => process.send(server.address().port));
      `;
      const args = [await bundle(source)];
      const child = spawn(process.execPath, args, {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      host = child;
      const [port] = await once(child, "message");
      return async (text: string): Promise<string> => {
        child.kill("SIGCONT");
        const answered = once(child, "message");
        const url = `http://127.0.0.1:${port}/?${new URLSearchParams(signedQuery())}`;
        const response = await fetch(url, { method: "POST", body: textXml(text) });
        const body = await response.text();
        await answered;
        child.kill("SIGSTOP");
        return body;
      };
    }

    it("a late answer is sent when it goes on, and the next push is answered as ever", async () => {
      const ask = await frozen("send");
      expect(await ask("slow")).to.contain("thinking");
      await sleep(700);
      expect(wechat.sent()).to.deep.equal([]);
      expect(await ask("next")).to.contain("<![CDATA[next]]>");
      host?.kill("SIGCONT");
      await until(() => wechat.sent().length > 0);
      expect(wechat.sent()).to.deep.equal(["the answer"]);
    });

    it("an answer that waits for the user is there once it went on", async () => {
      const ask = await frozen("collect");
      expect(await ask("slow")).to.contain("thinking");
      await sleep(700);
      const first = await ask("first");
      host?.kill("SIGCONT");
      await sleep(500);
      const second = await ask("second");
      const fetched = [first, second].filter((answer) => answer.includes("the answer"));
      expect(fetched).to.have.length(1);
      const echoed = [first, second].filter((answer) => /first|second/.test(answer));
      expect(echoed).to.have.length(1);
    });
  });
});
