import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { Caller } from "../../../src/api/transport/caller.js";
import type { Fetch } from "../../../src/api/transport/fetch.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { errorOf } from "../../support/error-of.js";

/** Where nothing listens. */
const dead = "http://127.0.0.1:1";

describe("Caller: several baseUrl", () => {
  let api: ApiServer;
  beforeEach(async () => {
    api = await startApiServer();
  });
  afterEach(() => api.close());

  /** Tokens of which WeChat refuses the first so many. */
  const tokens = (refused: number) => {
    const state = { given: 0, dropped: 0 };
    api.on("/cgi-bin/x", ({ query }) =>
      Number(query.access_token?.slice(1)) <= refused
        ? { errcode: 42001, errmsg: "access_token expired" }
        : { fine: 1 },
    );
    const get = async () => `T${++state.given}`;
    const invalidate = async () => {
      state.dropped += 1;
    };
    return { state, get, invalidate };
  };

  it("a refused token repeats the call where it was refused", async () => {
    for (const call of ["get", "post"] as const) {
      const provider = tokens(1);
      const caller = new Caller({ baseUrl: [api.url, dead] }, provider);
      expect(await caller[call]("/cgi-bin/x")).to.deep.equal({ fine: 1 });
      expect(provider.state).to.deep.equal({ given: 2, dropped: 1 });
    }
  });

  it("a refused token uses up none of the three tries", async () => {
    const provider = tokens(1);
    const renewed = api.answer("/cgi-bin/x");
    let busy = 2;
    api.on("/cgi-bin/x", async (call, response) => {
      const answer = await renewed(call, response);
      const isFine = "fine" in Object(answer);
      return isFine && busy-- > 0 ? { errcode: -1, errmsg: "system busy" } : answer;
    });
    const caller = new Caller({ baseUrl: api.url }, provider);
    expect(await caller.get("/cgi-bin/x")).to.deep.equal({ fine: 1 });
    expect(api.calls).to.have.length(4);
  });

  it("a token that is refused again is not asked for a third time", async () => {
    const provider = tokens(9);
    const caller = new Caller({ baseUrl: [api.url, dead] }, provider);
    expect(await errorOf(() => caller.get("/cgi-bin/x"))).to.include({ errcode: 42001 });
    expect(api.calls).to.have.length(2);
  });

  it("what was never sent goes to the next, also a call that sends", async () => {
    const baseUrl = [dead, api.url];
    const caller = new Caller({ baseUrl }, { get: async () => "T" });
    await caller.post("/cgi-bin/x", { a: 1 });
    await caller.upload("/cgi-bin/upload", Buffer.from("a file"));
    const client = createClient({ appId: "wx1", baseUrl, tokenProvider: async () => "T" });
    await client.customerService.sendText("OPENID", "你好");
    expect(api.calls.map(({ path }) => path)).to.deep.equal([
      "/cgi-bin/x",
      "/cgi-bin/upload",
      "/cgi-bin/message/custom/send",
    ]);
    expect(String(api.calls[2]?.body)).to.contain("你好");
  });

  const coded = (code: string, more = {}) => Object.assign(new Error("failed"), { code, ...more });
  /** How often a call that sends is tried with a `fetch` that fails so. */
  const triesWith = async (error: unknown, baseUrl: readonly string[]) => {
    const hosts: string[] = [];
    const fetch: Fetch = async (url) => {
      hosts.push(new URL(url).host);
      throw error;
    };
    const caller = new Caller({ baseUrl, fetch });
    const failed = await errorOf(() => caller.post("/x", {}, { token: false }));
    expect(failed.code).to.equal("WX_API_NETWORK");
    return hosts;
  };
  const two = ["https://a.example.com", "https://b.example.com"];

  for (const [what, error] of [
    ["ENOTFOUND", coded("ENOTFOUND")],
    ["EAI_AGAIN", coded("EAI_AGAIN")],
    ["ECONNREFUSED", coded("ECONNREFUSED")],
    [
      "a connect timeout of Node's fetch",
      new TypeError("fetch failed", { cause: coded("UND_ERR_CONNECT_TIMEOUT") }),
    ],
    ["a connect timeout of the system", coded("ETIMEDOUT", { syscall: "connect" })],
    [
      "no way to connect, as node-fetch says it",
      coded("EHOSTUNREACH", { erroredSysCall: "connect" }),
    ],
    [
      "several addresses that refuse",
      new TypeError("fetch failed", {
        cause: Object.assign(new AggregateError([coded("ETIMEDOUT", { syscall: "connect" })])),
      }),
    ],
  ] as const) {
    it(`a call that sends is tried three times after ${what}, in turn`, async () => {
      expect(await triesWith(error, two)).to.deep.equal([
        "a.example.com",
        "b.example.com",
        "a.example.com",
      ]);
    });

    it(`a call that sends is tried once after ${what}, where there is one address`, async () => {
      expect(await triesWith(error, two.slice(0, 1))).to.deep.equal(["a.example.com"]);
    });
  }

  for (const [what, error] of [
    ["ECONNRESET", coded("ECONNRESET")],
    ["ETIMEDOUT while reading", coded("ETIMEDOUT", { syscall: "read" })],
    ["ETIMEDOUT of nobody knows what", coded("ETIMEDOUT")],
    ["UND_ERR_SOCKET", new TypeError("fetch failed", { cause: coded("UND_ERR_SOCKET") })],
    ["an error without a code", new Error("failed")],
  ] as const) {
    it(`a call that may have been sent is not repeated after ${what}`, async () => {
      expect(await triesWith(error, two)).to.deep.equal(["a.example.com"]);
    });
  }

  it("a call that got no answer in time, or a bad one, is not repeated", async () => {
    api.on("/cgi-bin/late", () => new Promise(() => {}));
    api.on("/cgi-bin/bad", (_, response) => void response.writeHead(502).end("Bad Gateway"));
    const caller = new Caller({ baseUrl: [api.url, api.url] }, { get: async () => "T" });
    const late = await errorOf(() => caller.post("/cgi-bin/late", {}, { timeout: 50 }));
    expect(late.code).to.equal("WX_API_TIMEOUT");
    await errorOf(() => caller.post("/cgi-bin/bad"));
    expect(api.calls.map(({ path }) => path)).to.deep.equal(["/cgi-bin/late", "/cgi-bin/bad"]);
  });

  it("a call is not repeated that a server took with it when it went", async () => {
    const sockets = new Set<Socket>();
    let requests = 0;
    // It answers once, reads the next request, and is gone.
    const leaving = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}');
        } else {
          leaving.close();
          socket.resetAndDestroy();
        }
      });
    }).listen(0, "127.0.0.1");
    await once(leaving, "listening");
    const { port } = leaving.address() as AddressInfo;
    const baseUrl = [`http://127.0.0.1:${port}`, api.url];
    const caller = new Caller({ baseUrl }, { get: async () => "T" });
    await caller.post("/cgi-bin/x");
    const error = await errorOf(() => caller.post("/cgi-bin/x"));
    expect(error.message).to.contain("the connection was closed (ECONNRESET)");
    expect([requests, api.calls.length]).to.deep.equal([2, 0]);
    for (const socket of sockets) socket.destroy();
  });
});
