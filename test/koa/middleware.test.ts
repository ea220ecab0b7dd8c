import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { mock } from "node:test";
import AtRouter from "@koa/router";
import { expect } from "chai";
import Koa from "koa";
import { koaBody } from "koa-body";
import bodyParser from "koa-bodyparser";
import mount from "koa-mount";
import KoaRouter from "koa-router";
import Koa2 from "koa2";
import { ConfigError, Wechat, WechatError } from "../../src/index.js";
import { MessageCipher } from "../../src/wire/crypto.js";
import { sign, verify } from "../../src/wire/signature.js";
import { cdata, parseXml } from "../../src/wire/xml/xml.js";
import { account, send, signedQuery, textXml } from "../support/push.js";

const { token, appId, encodingAESKey } = account;

type Use = Parameters<InstanceType<typeof Koa>["use"]>[0];

const plain = (bytes: Buffer) => bytes;
const chunked = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

describe("wx.middleware()", () => {
  const servers: Server[] = [];
  const errors: unknown[] = [];

  const start = async (app: Koa): Promise<AddressInfo> => {
    app.on("error", (error: unknown) => errors.push(error));
    const server = app.listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return server.address() as AddressInfo;
  };
  const echo = (options = {}) =>
    new Wechat({ token, ...options })
      .on("text", (ctx) => ctx.message.Content)
      .fallback(() => "other");
  const contentOf = (xml: string) => parseXml(xml).Content;

  afterEach(async () => {
    errors.length = 0;
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  describe("answers pushes", () => {
    const mounts: Record<string, (app: Koa, wx: Wechat) => unknown> = {
      "under koa-router": (app, wx) => {
        const router = new KoaRouter();
        router.all("/wechat", wx.middleware());
        app.use(router.routes() as unknown as Use);
      },
      "under @koa/router": (app, wx) => {
        const router = new AtRouter();
        router.all("/wechat", wx.middleware());
        app.use(router.routes() as unknown as Use);
      },
      "under koa-mount": (app, wx) => app.use(mount("/wechat", wx.middleware())),
      "under app.use": (app, wx) => app.use(wx.middleware()),
      "behind koa-bodyparser": (app, wx) => app.use(bodyParser()).use(wx.middleware()),
      "behind koa-bodyparser that keeps XML": (app, wx) =>
        app.use(bodyParser({ enableTypes: ["json", "form", "xml"] })).use(wx.middleware()),
      "behind koa-body": (app, wx) => app.use(koaBody() as Use).use(wx.middleware()),
      "behind koa-body that keeps the raw body": (app, wx) =>
        app.use(koaBody({ includeUnparsed: true }) as Use).use(wx.middleware()),
    };
    for (const [how, mountOn] of Object.entries(mounts)) {
      for (const [version, App] of [
        ["Koa 3", Koa],
        ["Koa 2", Koa2],
      ] as const) {
        it(`${how} on ${version}`, async () => {
          const app = new App();
          mountOn(app, echo());
          const address = await start(app);
          const headers = { "Content-Type": "text/xml" };
          const response = await send(address, {
            query: signedQuery(),
            body: textXml("你好"),
            headers,
          });
          expect(response.status).to.equal(200);
          expect(response.headers["content-type"]).to.equal("application/xml; charset=utf-8");
          expect(contentOf(response.body)).to.equal("你好");
        });
      }
    }

    for (const [how, head, frame] of [
      ["of an announced length", (length: number) => `Content-Length: ${length}`, plain],
      ["chunk by chunk", () => "Transfer-Encoding: chunked", chunked],
    ] as const) {
      it(`that come in pieces, ${how}, also if letters are cut`, async () => {
        const address = await start(new Koa().use(echo().middleware()));
        const body = Buffer.from(textXml("你好".repeat(100)));
        const socket = connect(address.port, "127.0.0.1").setNoDelay(true).setEncoding("utf8");
        const search = new URLSearchParams(signedQuery());
        socket.write(
          `POST /wechat?${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head(body.length)}\r\n\r\n`,
        );
        for (let at = 0; at < body.length; at += 101) {
          socket.write(frame(body.subarray(at, at + 101)));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        socket.write(frame(Buffer.alloc(0)));
        let answer = "";
        for await (const part of socket) answer += part;
        expect(answer).to.include(`<![CDATA[${"你好".repeat(100)}]]>`);
      });
    }

    it("behind koa-xml-body, which leaves an object", async () => {
      const { default: xmlBody } = (await import("koa-xml-body")) as { default: () => Use };
      const app = new Koa();
      app.use(xmlBody()).use(echo().middleware());
      const address = await start(app);
      const headers = { "Content-Type": "text/xml" };
      const response = await send(address, {
        query: signedQuery(),
        body: textXml("你好"),
        headers,
      });
      expect(contentOf(response.body)).to.equal("你好");
    });

    it("with the receiver and the sender swapped and the time in seconds", async () => {
      const address = await start(new Koa().use(echo().middleware()));
      const { body } = await send(address, { query: signedQuery(), body: textXml("hi") });
      const reply = parseXml(body);
      expect(reply.ToUserName).to.equal("alice");
      expect(reply.FromUserName).to.equal("gh_866835093fea");
      expect(Number(reply.CreateTime)).to.be.closeTo(Date.now() / 1000, 5);
    });

    it("encrypted in safe mode", async () => {
      const address = await start(new Koa().use(echo({ appId, encodingAESKey }).middleware()));
      const cipher = new MessageCipher(encodingAESKey, appId);
      const encrypted = cipher.encrypt(textXml("秘密"));
      const query = signedQuery({ encrypt_type: "aes" });
      const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
      const response = await send(address, {
        query: { ...query, msg_signature },
        body: `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt>${cdata(encrypted)}</Encrypt></xml>`,
      });
      const sealed = parseXml(response.body) as Record<string, string>;
      expect(Object.keys(sealed)).to.deep.equal(["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]);
      const { Encrypt = "", MsgSignature, TimeStamp = "", Nonce = "" } = sealed;
      expect(verify(MsgSignature, token, TimeStamp, Nonce, Encrypt)).to.equal(true);
      expect(contentOf(cipher.decrypt(Encrypt))).to.equal("秘密");
    });

    it("once, however often WeChat delivers them", async () => {
      let runs = 0;
      const wx = new Wechat({ token }).on("text", async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 30));
        return `run ${runs}`;
      });
      const address = await start(new Koa().use(wx.middleware()));
      const body = textXml("hi");
      const [first, second] = await Promise.all([
        send(address, { query: signedQuery(), body }),
        send(address, { query: signedQuery(), body }),
      ]);
      const third = await send(address, { query: signedQuery(), body });
      expect(runs).to.equal(1);
      for (const response of [first, second, third]) {
        expect(contentOf(response.body)).to.equal("run 1");
      }
    });
  });

  describe("verifies the server address", () => {
    it("with the echostr, as plain text and nothing else", async () => {
      const query = { ...signedQuery(), echostr: "4375120948345356249" };
      const address = await start(new Koa().use(echo().middleware()));
      const response = await send(address, { method: "GET", query });
      expect(response.status).to.equal(200);
      expect(response.body).to.equal("4375120948345356249");
      expect(response.headers["content-type"]).to.equal("text/plain; charset=utf-8");
      expect(response.headers["x-content-type-options"]).to.equal("nosniff");
    });

    it("never without a signature, never with markup", async () => {
      const address = await start(new Koa().use(echo().middleware()));
      const bare = await send(address, { method: "GET", query: { echostr: "123" } });
      expect(bare.status).to.equal(403);
      expect(bare.body).not.to.include("123");
      const markup = { ...signedQuery(), echostr: "<script>alert(1)</script>" };
      const refused = await send(address, { method: "GET", query: markup });
      expect(refused.status).to.equal(400);
      expect(refused.body).not.to.include("<script>");
    });
  });

  describe("refuses", () => {
    const cases: Record<string, { status: number; options: () => Parameters<typeof send>[1] }> = {
      "a wrong signature": {
        status: 403,
        options: () => ({ query: { ...signedQuery(), nonce: "1" }, body: textXml("x") }),
      },
      "no signature": {
        status: 403,
        options: () => ({ query: { echostr: "1" }, body: textXml("x") }),
      },
      "a stale timestamp": {
        status: 403,
        options: () => {
          const timestamp = String(Math.floor(Date.now() / 1000) - 301);
          return {
            query: { signature: sign(token, timestamp, "1"), timestamp, nonce: "1" },
            body: textXml("x"),
          };
        },
      },
      "a repeated parameter": {
        status: 400,
        options: () => ({
          path: `/wechat?${new URLSearchParams(signedQuery())}&nonce=2`,
          body: textXml("x"),
        }),
      },
      "an empty body": { status: 400, options: () => ({ query: signedQuery(), body: "" }) },
      JSON: { status: 400, options: () => ({ query: signedQuery(), body: '{"MsgType":"text"}' }) },
      HTML: {
        status: 400,
        options: () => ({ query: signedQuery(), body: "<html><p>x</p></html>" }),
      },
      "two mebibytes": {
        status: 413,
        options: () => ({ query: signedQuery(), body: textXml("x".repeat(2 * 1024 * 1024)) }),
      },
      "another method": { status: 405, options: () => ({ method: "PUT", query: signedQuery() }) },
    };
    for (const [what, { status, options }] of Object.entries(cases)) {
      it(`${what} with ${status}`, async () => {
        const address = await start(new Koa().use(echo().middleware()));
        const response = await send(address, options());
        expect(response.status).to.equal(status);
        expect(response.headers["content-type"]).to.equal("text/plain; charset=utf-8");
        expect(errors).to.deep.equal([]);
        if (status === 405) expect(response.headers.allow).to.equal("GET, POST");
      });
    }

    it("a signature that comes back with another body, but not a true retry", async () => {
      const address = await start(new Koa().use(echo().middleware()));
      const query = signedQuery();
      const body = textXml("hi");
      expect((await send(address, { query, body })).status).to.equal(200);
      expect((await send(address, { query, body })).status).to.equal(200);
      const forged = await send(address, { query, body: textXml("send money") });
      expect(forged.status).to.equal(403);
    });

    it("a plain push when a key is configured, unless it is being switched over", async () => {
      const strict = await start(new Koa().use(echo({ appId, encodingAESKey }).middleware()));
      const plain = () => ({ query: signedQuery(), body: textXml("hi") });
      expect((await send(strict, plain())).status).to.equal(403);
      const lenient = echo({ appId, encodingAESKey, acceptPlain: true });
      const open = await start(new Koa().use(lenient.middleware()));
      expect((await send(open, plain())).status).to.equal(200);
    });

    it("a body that takes too long or is broken off, and stays up", async () => {
      const address = await start(new Koa().use(echo().middleware()));
      const socket = connect(address.port, "127.0.0.1");
      const search = new URLSearchParams(signedQuery());
      socket.write(
        `POST /wechat?${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>`,
      );
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.destroy();
      const next = await send(address, { query: signedQuery(), body: textXml("still here") });
      expect(contentOf(next.body)).to.equal("still here");
      // Koa itself reports a connection that breaks off; we have nothing to add.
      expect(errors.filter((error) => error instanceof WechatError)).to.deep.equal([]);
    });
  });

  describe("leaves alone", () => {
    it("what is not addressed to it, when it has no path of its own", async () => {
      const app = new Koa().use(echo().middleware()).use((ctx) => {
        ctx.body = "the site";
      });
      const address = await start(app);
      const response = await send(address, { method: "GET", path: "/about", query: { page: "2" } });
      expect(response.body).to.equal("the site");
    });

    it("nothing that a router has sent its way", async () => {
      const router = new KoaRouter();
      router.all("/wechat", echo().middleware());
      const address = await start(
        new Koa().use(router.routes() as unknown as Use) as unknown as Koa,
      );
      expect((await send(address, { method: "GET" })).status).to.equal(403);
      expect((await send(address, { body: textXml("x") })).status).to.equal(403);
    });
  });

  describe("when a handler fails", () => {
    const failing: Record<string, { handler: () => unknown; message: RegExp | undefined }> = {
      throws: {
        handler: () => {
          throw new Error("boom");
        },
        message: /^boom$/,
      },
      rejects: { handler: () => Promise.reject(new Error("later")), message: /^later$/ },
      "returns a number": { handler: () => 42, message: /returned a number \(42\)\. Return reply/ },
      "returns an unknown object": { handler: () => ({ text: "x" }), message: /the fields text/ },
      "returns a text that is too long": { handler: () => "长".repeat(700), message: /2100 bytes/ },
      "returns an empty string": { handler: () => "", message: undefined },
      "returns nothing": { handler: () => undefined, message: undefined },
    };
    for (const [how, { handler, message }] of Object.entries(failing)) {
      it(`that ${how}, WeChat gets success`, async () => {
        const wx = new Wechat({ token }).on("text", handler as () => string);
        const address = await start(new Koa().use(wx.middleware()));
        const response = await send(address, { query: signedQuery(), body: textXml("hi") });
        expect(response.status).to.equal(200);
        expect(response.body).to.equal("success");
        expect(response.headers["content-type"]).to.equal("text/plain; charset=utf-8");
        if (message === undefined) expect(errors).to.deep.equal([]);
        else expect((errors[0] as Error).message).to.match(message);
      });
    }

    it("it is told in one line, whatever stands in MsgType and Event", async () => {
      const lines = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
      const wx = new Wechat({ token }).use((() => 42) as unknown as () => string);
      const address = await start(new Koa().use(wx.middleware()));
      const names = [
        "a\n[error] forged",
        "a\r\nb",
        "a\u001b[2Jb",
        "a\u2028b",
        "a\u202eb",
        "a\u009bb",
      ];
      for (const name of names) {
        for (const fields of [
          `<MsgType><![CDATA[${name}]]></MsgType>`,
          `<MsgType>event</MsgType><Event><![CDATA[${name}]]></Event>`,
        ]) {
          const body = `<xml><ToUserName>gh</ToUserName><FromUserName>u</FromUserName>${fields}</xml>`;
          const { status } = await send(address, { query: signedQuery(), body });
          expect(status).to.equal(200);
        }
      }
      const messages = errors.splice(0).map((error) => (error as Error).message);
      expect(messages).to.have.length(2 * names.length);
      for (const message of messages)
        expect(message)
          .to.match(/returned a number/)
          .and.not.match(lines);
      expect(messages[0]).to.include("forged");
    });

    it('and when app.on("error") fails itself, WeChat gets success all the same', async () => {
      const wx = new Wechat({ token }).on("text", () => {
        throw new Error("boom");
      });
      const app = new Koa().use(wx.middleware());
      const address = await start(app);
      const printed = mock.method(console, "error", () => {});
      app.on("error", () => {
        throw new Error("of the listener");
      });
      try {
        const response = await send(address, { query: signedQuery(), body: textXml("hi") });
        expect([response.status, response.body]).to.deep.equal([200, "success"]);
        expect(String(printed.mock.calls[0]?.arguments[0])).to.match(/of the listener/);
      } finally {
        printed.mock.restore();
        errors.splice(0);
      }
    });

    it("wx.catch answers instead, also for a wrong return value", async () => {
      const wx = new Wechat({ token })
        .on("text", (() => 42) as unknown as () => string)
        .catch((error) => `sorry: ${error.name}`);
      const address = await start(new Koa().use(wx.middleware()));
      const response = await send(address, { query: signedQuery(), body: textXml("hi") });
      expect(contentOf(response.body)).to.equal("sorry: ReplyError");
      expect(errors).to.deep.equal([]);
    });
  });

  it("gives handlers Koa's context", async () => {
    const wx = new Wechat({ token }).on("text", (ctx) => String(ctx.koa.state.who));
    const app = new Koa().use((ctx, next) => {
      ctx.state.who = "koa";
      return next();
    });
    const address = await start(app.use(wx.middleware()));
    const response = await send(address, { query: signedQuery(), body: textXml("hi") });
    expect(contentOf(response.body)).to.equal("koa");
  });
});

describe("wx.receive()", () => {
  it("answers without Koa, from a query string and a body", async () => {
    const wx = new Wechat({ token }).on("text", (ctx) => ctx.message.Content);
    const query = new URLSearchParams(signedQuery()).toString();
    const answer = await wx.receive({ method: "POST", query, body: textXml("你好") });
    expect(answer.status).to.equal(200);
    expect(parseXml(answer.body).Content).to.equal("你好");
  });

  it("says why ctx.koa is not there", async () => {
    const wx = new Wechat({ token })
      .on("text", (ctx) => ctx.koa.ip)
      .catch((error) => (error instanceof ConfigError ? error.message : "?"));
    const answer = await wx.receive({ method: "POST", query: signedQuery(), body: textXml("x") });
    expect(answer.body).to.match(/came through wx\.receive\(\)/);
  });

  it("takes bytes, parameters with repeats, and any letter case of the method", async () => {
    const wx = new Wechat({ token }).on("text", () => "ok");
    const body = new TextEncoder().encode(textXml("x"));
    const query = new URLSearchParams(signedQuery());
    expect((await wx.receive({ method: "post", query, body })).body).to.include("ok");
    query.append("nonce", "2");
    expect((await wx.receive({ method: "POST", query, body })).status).to.equal(400);
  });
});

describe("new Wechat()", () => {
  const refusal = (options: unknown): string => {
    try {
      new Wechat(options as { token: string });
      return "";
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      return (error as Error).message;
    }
  };

  it("refuses options that cannot work, and says where to find the right ones", () => {
    expect(refusal({})).to.match(/"token".*消息推送配置/s);
    expect(refusal({ token: "" })).to.match(/anybody could sign/);
    expect(refusal({ token: "a b" })).to.match(/3 to 32 letters and digits/);
    expect(refusal({ token: [] })).to.match(/\[current, previous\]/);
    expect(refusal({ token, encodingAESKey })).to.match(/"appId" is needed/);
    expect(refusal({ token, appId, encodingAESKey: `${encodingAESKey}=` })).to.match(/got 44/);
    for (const empty of ["", ["", encodingAESKey], [encodingAESKey, ""]]) {
      const refused = refusal({ token, appId, encodingAESKey: empty });
      expect(refused).to.match(/environment variable.*明文模式, leave the option out/);
    }
    expect(refusal({ token, maxAge: 0 })).to.match(/"maxAge"/);
    expect(refusal({ token, bodyLimit: "lots" })).to.match(/"bodyLimit"/);
    expect(refusal({ token, bodyLimit: 0 })).to.match(/"bodyLimit"/);
    expect(refusal({ token, deadline: { ms: 6000 } })).to.match(/five seconds/);
    expect(refusal({ token, secret: "x" })).to.match(/Did you mean "appSecret"/);
    expect(refusal({ token, encodingAesKey: "x" })).to.match(/Did you mean "encodingAESKey"/);
    expect(refusal(undefined)).to.match(/takes an object/);
  });

  it("says what a resolver of accounts must return, when it returns something else", async () => {
    for (const [given, words] of [
      ["wxba5fad812f8e6fb9", /got a string/],
      [42, /got a number/],
      [true, /got a boolean/],
      [Promise.resolve("wxba5fad812f8e6fb9"), /got a string/],
    ] as const) {
      const reported = mock.method(console, "error", () => {});
      const wx = new Wechat((() => given) as never);
      const query = signedQuery();
      const { status } = await wx.receive({ method: "POST", query, body: textXml("hi") });
      reported.mock.restore();
      expect(status).to.equal(503);
      const error = reported.mock.calls[0]?.arguments.at(0) as unknown as WechatError;
      expect(error.code).to.equal("WX_ACCOUNT");
      expect(String(error.cause))
        .to.match(/An account is an object with "token" and "appId"/)
        .and.match(words);
    }
  });

  it("shows no secret in what it throws", () => {
    const secret = "s3cret".repeat(7);
    expect(refusal({ token, appId, encodingAESKey: secret })).not.to.include(secret);
  });

  it("accepts the previous token and key besides the current ones", async () => {
    const previous = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    const wx = new Wechat({
      token: ["current", token],
      appId,
      encodingAESKey: [encodingAESKey, previous],
    }).on("text", () => "ok");
    const cipher = new MessageCipher(previous, appId);
    const encrypted = cipher.encrypt(textXml("x"));
    const query = signedQuery();
    const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
    const answer = await wx.receive({
      method: "POST",
      query: { ...query, msg_signature },
      body: `<xml><Encrypt>${encrypted}</Encrypt></xml>`,
    });
    expect(answer.status).to.equal(200);
    expect(cipher.decrypt(String(parseXml(answer.body).Encrypt))).to.include("ok");
  });
});
