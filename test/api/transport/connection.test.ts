import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { Caller } from "../../../src/api/transport/caller.js";
import type { Fetch } from "../../../src/api/transport/fetch.js";
import { ConfigError, WechatError } from "../../../src/errors.js";
import { errorOf } from "../../support/error-of.js";

const ok =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"errcode":0}';
describe("Caller: connections", () => {
  let server: Server;
  let http: Caller;
  /** What a connection does with its requests, the first, the second and so on. */
  let serve: (request: number, socket: Socket, connection: number) => void;
  /** The requests of each connection. */
  let seen: string[][];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    seen = [];
    server = createServer((socket) => {
      sockets.add(socket);
      const requests: string[] = [];
      const connection = seen.push(requests);
      socket.on("error", () => {});
      // The requests are short: each arrives in one piece.
      socket.on("data", (data) => {
        requests.push(String(data));
        serve(requests.length, socket, connection);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    http = new Caller({ baseUrl: `http://127.0.0.1:${port}`, timeout: 5_000 });
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const send = () => http.post("/send", { text: "你好" }, { token: false });

  for (const [how, close] of [
    ["resets", (socket: Socket) => void socket.resetAndDestroy()],
    ["ends", (socket: Socket) => void socket.end()],
    ["destroys", (socket: Socket) => void socket.destroy()],
  ] as const) {
    it(`send once more what a server did not read that ${how} a kept one`, async () => {
      serve = (request, socket) => {
        if (request === 1) socket.write(ok);
        else close(socket);
      };
      await send();
      expect(await send()).to.deep.equal({ errcode: 0 });
      expect(seen.map((requests) => requests.length)).to.deep.equal([2, 1]);
      expect(seen[1]?.[0]).to.contain("你好");
    });
  }

  it("send once more, and not twice", async () => {
    serve = (request, socket, connection) => {
      if (request === 1 && connection === 1) socket.write(ok);
      else socket.destroy();
    };
    await send();
    const error = await errorOf(send);
    expect(seen.map((requests) => requests.length)).to.deep.equal([2, 1]);
    expect(error.code).to.equal("WX_API_NETWORK");
    expect(error.message)
      .to.match(/^\/send got no answer: the connection was closed \(ECONNRESET\)/)
      .and.not.match(/DNS/);
  });

  // Found by an attack with random answers: it ended the process.
  it("are not made, and end nothing, when the caller has given up before", async () => {
    serve = (_, socket) => void socket.write(ok);
    const signal = AbortSignal.abort(new Error("enough"));
    const given = { token: false, signal };
    expect((await errorOf(() => http.post("/send", { a: 1 }, given))).message).to.equal("enough");
    const file = Buffer.alloc(100_000);
    expect((await errorOf(() => http.upload("/send", file, given))).message).to.equal("enough");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).to.deep.equal([]);
  });

  it("send nothing twice that was the first on its connection", async () => {
    serve = (_, socket) => void socket.destroy();
    expect((await errorOf(send)).message).to.contain("look before you repeat");
    expect(seen.map((requests) => requests.length)).to.deep.equal([1]);
  });

  it("send nothing twice of which a byte was answered", async () => {
    serve = (request, socket) => {
      if (request === 1) socket.write(ok);
      else socket.write("HTTP/1.1 20", () => socket.destroy());
    };
    await send();
    await errorOf(send);
    expect(seen.map((requests) => requests.length)).to.deep.equal([2]);
  });

  it("send nothing twice that the server had time to do", async () => {
    serve = (request, socket) => {
      if (request === 1) socket.write(ok);
      else setTimeout(() => socket.destroy(), 1_200);
    };
    await send();
    await errorOf(send);
    expect(seen.map((requests) => requests.length)).to.deep.equal([2]);
  });

  it("leave no listener behind on a kept one, however often it serves", async () => {
    let socket: Socket | undefined;
    serve = (_, from) => {
      socket = from;
      from.write(ok);
    };
    const warnings: Error[] = [];
    // Other suites of this process may warn of their own.
    const warned = (warning: Error) => {
      if (warning.name === "MaxListenersExceededWarning") warnings.push(warning);
    };
    process.on("warning", warned);
    for (let i = 0; i < 30; i++) await send();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warnings).to.deep.equal([]);
    expect(socket).not.to.equal(undefined);
    expect(seen.map((requests) => requests.length)).to.deep.equal([30]);
  });
});

describe("WechatError: the advice of a call that failed", () => {
  const failing =
    (error: unknown): Fetch =>
    async () => {
      throw error;
    };
  const advice = async (error: unknown) => {
    const http = new Caller({ fetch: failing(error) });
    return (await errorOf(() => http.post("/x", {}, { token: false }))).message;
  };
  const coded = (code: string) => Object.assign(new Error("https://x?secret=hidden"), { code });

  for (const [code, words] of [
    ["ENOTFOUND", /DNS/],
    ["EAI_AGAIN", /DNS/],
    ["ECONNREFUSED", /nothing listens/],
    ["ETIMEDOUT", /firewall/],
    ["ENETUNREACH", /firewall/],
    ["CERT_HAS_EXPIRED", /clock/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", /certificate/],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /certificate/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /baseUrl/],
    ["HPE_INVALID_CONSTANT", /no HTTP/],
    ["ECONNRESET", /connection was closed/],
    ["EPIPE", /connection was closed/],
    ["UND_ERR_SOCKET", /connection was closed/],
    ["ESTRANGE", /DNS, firewall and proxy/],
  ] as const) {
    it(`names what ${code} is`, async () => {
      expect(await advice(coded(code)))
        .to.match(words)
        .and.contain(`(${code})`);
    });
  }

  it("finds the code where a fetch hides it, and survives what is no error", async () => {
    const nested = new TypeError("fetch failed", { cause: coded("ECONNREFUSED") });
    expect(await advice(nested)).to.contain("nothing listens");
    const several = new TypeError("fetch failed", {
      cause: new AggregateError([coded("ETIMEDOUT"), coded("ENETUNREACH")]),
    });
    expect(await advice(several)).to.contain("(ETIMEDOUT)");
    for (const strange of [undefined, null, "x", 1, { code: "a b" }, { cause: { errors: 1 } }])
      expect(await advice(strange)).to.match(/^\/x could not be reached\. /);
  });

  it("is the other side's own, where that gives a reason in JSON", async () => {
    const answered = async (status: number, body: string) => {
      const fetch = async () => new Response(body, { status });
      const http = new Caller({ fetch }, { get: async () => "T0K-0123456789" });
      return await errorOf(() => http.post("/x"));
    };
    const refused = await answered(403, '{"error":"path","message":"T0K-0123456789\\n not yours"}');
    expect([refused.code, refused.message]).to.deep.equal([
      "WX_API_RESPONSE",
      "/x was answered with status 403 (path: *** not yours).",
    ]);
    const busy = await answered(503, '{"errcode":-1,"errmsg":"system error rid: 61-ab-cd"}');
    expect([busy.code, busy.message]).to.deep.equal([
      "WX_API_NETWORK",
      "/x was answered with status 503 (-1: system error rid: 61-ab-cd).",
    ]);
    for (const body of ["", "<html>", '{"error":{}}', "null", `{"error":"${"x".repeat(9_000)}"}`])
      expect((await answered(502, body)).message).to.equal("/x was answered with status 502.");
  });
});

describe("tokenProvider: what a function of the user's gives", () => {
  it("is a token, or the call says what it was", async () => {
    const { createClient } = await import("../../../src/api/client.js");
    for (const [value, words] of [
      ["", /gave an empty string/],
      [undefined, /gave undefined/],
      [null, /gave null/],
      [{ access_token: "hidden" }, /gave an object/],
      [["hidden"], /gave an array/],
      [42, /gave a number/],
      ["hidden\n", /line break/],
      [" hidden", /trim/],
      ["hidden hidden", /no token can be/],
      ["“hidden”", /no token can be/],
      ["hidden".repeat(500), /much too long/],
    ] as const) {
      let asked = 0;
      const fetch = async () => {
        asked += 1;
        return new Response("{}");
      };
      const give = async () => value as unknown as string;
      for (const tokenProvider of [give, { get: give, ticket: give }]) {
        const client = createClient({ appId: "wx1", tokenProvider, fetch });
        const error = await errorOf(() => client.users.get("a"));
        expect(error).to.be.instanceOf(ConfigError);
        expect(error.message)
          .to.match(words)
          .and.match(/"tokenProvider"/);
        expect(error.message).not.to.contain("hidden");
        if (typeof tokenProvider === "function") continue;
        const signing = await errorOf(() => client.jssdk.sign("https://example.com/"));
        expect(signing.message).to.match(words).and.contain("ticket");
      }
      expect(asked).to.equal(0);
    }
  });

  it("may fail to give a token up, and what WeChat said is told all the same", async () => {
    const { createClient } = await import("../../../src/api/client.js");
    const tokenProvider = {
      get: async () => "T0K-0123456789",
      invalidate: () => Promise.reject(new Error("away")),
    };
    const fetch = async () => new Response('{"errcode":40001,"errmsg":"invalid"}');
    const client = createClient({ appId: "wx1", tokenProvider, fetch });
    expect(await errorOf(() => client.users.get("a"))).to.include({ errcode: 40001 });
  });

  it("is waited for no longer than the caller wants", async () => {
    const { createClient } = await import("../../../src/api/client.js");
    const tokenProvider = () => new Promise<string>(() => {});
    const client = createClient({ appId: "wx1", tokenProvider });
    const signal = AbortSignal.timeout(30);
    const error = await errorOf(() => client.get("/x", { signal }));
    expect(error.name).to.equal("TimeoutError");
  });

  it("is a response, or the call says what it was", async () => {
    for (const [value, words] of [
      [undefined, /resolved to undefined/],
      ["{}", /resolved to a string/],
      [{ errcode: 0 }, /resolved to an object/],
      [{ status: 200, headers: {}, body: null }, /headers\.get\(\)/],
      [{ status: "200", headers: new Headers(), body: null }, /status/],
      [{ status: 200, headers: new Headers() }, /arrayBuffer\(\)/],
    ] as const) {
      const http = new Caller({ fetch: (async () => value) as unknown as Fetch });
      const error = await errorOf(() => http.get("/x", { token: false }));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message)
        .to.match(words)
        .and.match(/"fetch"/);
    }
  });

  it("is a response that nobody has read, or the call says how to read a copy", async () => {
    const { Response: NodeFetchResponse } = await import("node-fetch");
    const reading: readonly (() => Promise<unknown>)[] = [
      async () => {
        const response = Response.json({ errcode: 0 });
        await response.text();
        return response;
      },
      async () => {
        const response = Response.json({ errcode: 0 });
        for await (const _ of response.body as unknown as AsyncIterable<unknown>);
        return response;
      },
      async () => {
        const response = Response.json({ errcode: 0 });
        response.body?.getReader();
        return response;
      },
      async () => {
        const response = new NodeFetchResponse('{"errcode":0}');
        await response.text();
        return response;
      },
    ];
    for (const fetch of reading as unknown as readonly Fetch[]) {
      const http = new Caller({ fetch });
      const error = await errorOf(() => http.get("/x", { token: false }));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.contain("read already").and.contain("response.clone()");
    }
    const copying = async () => {
      const response = Response.json({ errcode: 0 });
      await response.clone().text();
      return response;
    };
    const http = new Caller({ fetch: copying as unknown as Fetch });
    expect(await http.get("/x", { token: false })).to.deep.equal({ errcode: 0 });
  });

  it("ends in time, although it does not mind the signal", async () => {
    const never = () => new Promise<never>(() => {});
    const silent = { status: 200, headers: new Headers(), body: new ReadableStream() };
    for (const fetch of [never, async () => silent] as unknown as Fetch[]) {
      const http = new Caller({ fetch, timeout: 30 });
      const error = await errorOf(() => http.post("/x", {}, { token: false }));
      expect(error.code).to.equal("WX_API_TIMEOUT");
    }
  });

  it("may throw before it has begun, or a WechatError that is told as it is", async () => {
    const early = (() => {
      throw new Error("https://x?secret=hidden");
    }) as unknown as Fetch;
    const http = new Caller({ fetch: early });
    expect((await errorOf(() => http.get("/x", { token: false }))).code).to.equal("WX_API_NETWORK");
    const own = new WechatError("WX_GATEWAY", "The gateway says no.");
    const refusing = new Caller({ fetch: () => Promise.reject(own) });
    expect(await errorOf(() => refusing.post("/x", {}, { token: false }))).to.equal(own);
  });
});
