import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { promisify } from "node:util";
import { expect } from "chai";
import Koa from "koa";
import { errorCodes, observe, Wechat, type WechatOptions } from "../src/index.js";
import { listen, shut } from "../src/simulator/listen.js";
import { bundle } from "./support/bundle.js";
import { account, send, signedQuery, textXml } from "./support/push.js";

const { token } = account;

describe("engines: a Node that is too old", () => {
  it("is told so, before anything fails in it", async () => {
    // What Node 20.11 and older ones lack.
    const older = `
      import crypto from "node:crypto";
      import { syncBuiltinESMExports } from "node:module";
      delete crypto.hash;
      syncBuiltinESMExports();
    `;
    const args = [
      ...["--import", `data:text/javascript,${encodeURIComponent(older)}`],
      await bundle('import { Wechat } from "koa-wx"; new Wechat({ token: "" });'),
    ];
    const failure = await promisify(execFile)(process.execPath, args).catch((error) => error);
    expect(failure.stderr).to.contain(`koa-wx needs Node 20.19 or later`);
    expect(failure.stderr).to.contain(`this is ${process.version}`);
    expect(failure.stderr).to.not.contain('"token"');
  });

  it("would say something else of a name that it does not have, so none is imported", () => {
    const named = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
      (file) =>
        file.endsWith(".ts") &&
        /import \{[^}]*\bhash\b[^}]*\} from "node:crypto"/.test(
          readFileSync(`src/${file}`, "utf8"),
        ),
    );
    expect(named).to.deep.equal([]);
  });
});

describe("errorCodes", () => {
  const bot = (options: Partial<WechatOptions> = {}) => new Wechat({ token, ...options });
  const push = (wx: Wechat, more: object = {}) =>
    wx.receive({ method: "POST", query: signedQuery(), body: textXml("hi"), ...more });

  /** The codes that those who watch are told while something is done. */
  async function told(work: () => Promise<unknown>): Promise<readonly (string | undefined)[]> {
    const codes: (string | undefined)[] = [];
    const stop = observe("koa-wx:push", ({ code }) => void codes.push(code));
    await work().finally(stop);
    return codes;
  }

  /** What `wx.catch()` is given while a push is handled. */
  async function caught(wx: Wechat): Promise<unknown> {
    let given: unknown;
    wx.catch((error) => {
      given = error;
    });
    await push(wx);
    return given;
  }

  it("stand by name in a test, each of them", () => {
    const tests = readdirSync("test", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
      .map((file) => readFileSync(`test/${file}`, "utf8"))
      .join("\n");
    const unnamed = Object.keys(errorCodes).filter((code) => !tests.includes(`"${code}"`));
    expect(unnamed).to.deep.equal([]);
  });

  it("WX_METHOD: a request that is neither GET nor POST, or has no method", async () => {
    for (const method of ["PUT", "DELETE", ""]) {
      expect(await told(() => push(bot(), { method })), method).to.deep.equal(["WX_METHOD"]);
    }
  });

  it("WX_BODY_TOO_LARGE: a body of more bytes than the limit, however it comes", async () => {
    const wx = bot({ bodyLimit: 100 });
    const body = "字".repeat(34);
    expect(await told(() => push(wx, { body }))).to.deep.equal(["WX_BODY_TOO_LARGE"]);
    const url = `http://bot/?${new URLSearchParams(signedQuery())}`;
    const request = new Request(url, { method: "POST", body });
    expect(await told(() => wx.fetch(request))).to.deep.equal(["WX_BODY_TOO_LARGE"]);
  });

  it("WX_BODY_CONSUMED: a body that somebody has read before", async () => {
    const url = `http://bot/?${new URLSearchParams(signedQuery())}`;
    const request = new Request(url, { method: "POST", body: textXml("hi") });
    await request.text();
    expect(await told(() => bot().fetch(request))).to.deep.equal(["WX_BODY_CONSUMED"]);

    const app = new Koa().use(async (ctx, next) => {
      for await (const _ of ctx.req);
      await next();
    });
    const server = createServer(app.use(bot().middleware()).callback());
    const given = { query: signedQuery(), body: textXml("hi") };
    await listen(server);
    expect(await told(() => send(server.address(), given))).to.deep.equal(["WX_BODY_CONSUMED"]);
    await shut(server);
  });

  it("WX_BODY_ABORTED: a connection that closes before the body is complete", async () => {
    const app = new Koa().use(bot().middleware());
    app.silent = true;
    const server = createServer(app.callback());
    await listen(server);
    const codes = await told(async () => {
      const heard = new Promise<void>((resolve) => {
        const stop = observe("koa-wx:push", () => {
          stop();
          resolve();
        });
      });
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      const path = `/?${new URLSearchParams(signedQuery())}`;
      socket.end(`POST ${path} HTTP/1.1\r\nHost: bot\r\nContent-Length: 900\r\n\r\n<xml>`);
      await heard;
    });
    expect(codes).to.deep.equal(["WX_BODY_ABORTED"]);
    await shut(server);
  });

  it("WX_HANDLER: a handler that throws what is no error", async () => {
    const wx = bot().on("text", () => {
      throw "mine";
    });
    expect(await caught(wx)).to.include({ code: "WX_HANDLER", cause: "mine" });
  });

  it("WX_NEXT: a handler that calls next() twice", async () => {
    const wx = bot().on("text", async (_ctx, next) => {
      await next();
      return next();
    });
    expect(await caught(wx)).to.include({ code: "WX_NEXT" });
  });

  it("WX_MEDIA: the file of a message that has none", async () => {
    const wx = bot({ appId: account.appId, appSecret: "s" }).on("text", async (ctx) => {
      await ctx.file();
    });
    expect(await caught(wx)).to.include({ code: "WX_MEDIA" });
  });

  it("WX_OUTGOING: a hook that takes longer than there is time", async () => {
    const wx = bot({ deadline: { ms: 60 } }).on("text", () => "hi");
    wx.outgoing(() => new Promise(() => {}));
    expect(await caught(wx)).to.include({ code: "WX_OUTGOING" });
  });
});
