import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type ApiProxyOptions, apiProxy } from "../../../src/gateway/proxy/api-proxy.js";
import { redact } from "../../../src/gateway/proxy/redact.js";
import { tokenServer } from "../../../src/gateway/token-server.js";
import { systemClock } from "../../../src/time/clock.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { SharedMemory } from "../../support/shared-memory.js";
import { appId, call, type Gateway, raw, secret, signed, startGateway, until } from "../gateway.js";

const token = "THE-TOKEN-0123456789";
const clients = {
  shop: { secret, paths: ["/*"] },
  crm: { secret: `crm-${secret}`, paths: ["/*"], parallel: 3 },
};
const target = `/proxy/${appId}/cgi-bin/media/upload`;
const big = Buffer.alloc(3_000_000, "0123456789");

describe("apiProxy(), on the way", () => {
  let upstream: Server;
  let gateway: Gateway;
  let serve: RequestListener;

  const start = (more: Partial<ApiProxyOptions> = {}) => {
    const account = createClient({ appId, tokenProvider: async () => token });
    const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    return startGateway((audit) => [
      apiProxy({ accounts: [account], clients, baseUrl, audit, ...more }),
    ]);
  };
  const outcomes = () => gateway.audits.map(({ outcome }) => outcome);

  beforeEach(async () => {
    upstream = createServer((req, res) => serve(req, res)).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    gateway = await start({ timeout: 1_000, bodyLimit: "4mb" });
  });
  afterEach(async () => {
    expect(gateway.log()).not.to.contain(token).and.not.to.contain(secret);
    await gateway.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  /** A request whose body is written by the test. */
  const open = (headers: Record<string, string>) => {
    const { port } = gateway;
    const options = { host: "127.0.0.1", port, method: "POST", path: target, agent: false };
    const req = request({ ...options, headers });
    req.on("error", () => {});
    const answer = new Promise<{ status: number; text: string } | undefined>((resolve) => {
      req.on("error", () => resolve(undefined));
      req.on("response", async (res) =>
        resolve({ status: res.statusCode ?? 0, text: await all(res) }),
      );
    });
    return { req, answer };
  };

  it("sends a long body on while it comes in", async () => {
    let seen = 0;
    let length: string | undefined;
    serve = async (req, res) => {
      length = req.headers["content-length"];
      for await (const chunk of req) seen += (chunk as Buffer).length;
      res.end('{"media_id":"1"}');
    };
    const headers = { ...signed("POST", target, big), "Content-Length": String(big.length) };
    const { req, answer } = open(headers);
    req.write(big.subarray(0, 2_000_000));
    await until(() => seen > 1_000_000);
    req.end(big.subarray(2_000_000));
    expect(await answer).to.deep.equal({ status: 200, text: '{"media_id":"1"}' });
    expect([seen, length]).to.deep.equal([big.length, String(big.length)]);
  });

  it("lets WeChat never see the end of a long body that was forged", async () => {
    let ended: boolean | undefined;
    serve = async (req) => {
      ended = await all(req).then(
        () => true,
        () => false,
      );
    };
    const headers = signed("POST", target, big);
    const forged = Buffer.from(big);
    forged[1_500_000] = 0;
    const { status, json } = await raw(gateway, "POST", target, headers, forged);
    expect([status, json.error]).to.deep.equal([401, "body"]);
    await until(() => ended !== undefined);
    expect(ended).to.equal(false);
  });

  it("does not call WeChat for a short body that was forged", async () => {
    let calls = 0;
    serve = (_, res) => {
      calls++;
      res.end("{}");
    };
    const { json } = await raw(gateway, "POST", target, signed("POST", target, "{}"), "[]");
    expect([json.error, calls]).to.deep.equal(["body", 0]);
  });

  it("refuses a body that is too long before it reads it", async () => {
    const body = Buffer.alloc(4 * 1024 * 1024 + 1);
    const { req, answer } = open({
      ...signed("POST", target, body),
      "Content-Length": String(body.length),
    });
    req.flushHeaders();
    expect((await answer)?.status).to.equal(413);
  });

  it("refuses a body of unknown length, and one of a GET", async () => {
    const { req, answer } = open({ ...signed("POST", target), "Transfer-Encoding": "chunked" });
    req.flushHeaders();
    expect((await answer)?.status).to.equal(411);
    expect((await call(gateway, "GET", target, "{}")).json.error).to.equal("body");
  });

  it("gives up a client that does not go on with its body", async () => {
    serve = (req) => void req.resume();
    for (const length of [1_000, 1_000_000]) {
      const body = Buffer.alloc(length);
      const headers = { ...signed("POST", target, body), "Content-Length": String(length) };
      const { req, answer } = open(headers);
      req.write(body.subarray(10));
      expect((await answer)?.status).to.equal(408);
    }
    await until(() => outcomes().length === 2);
    expect(outcomes()).to.deep.equal(["timeout", "timeout"]);
  });

  it("passes a long answer on while it comes in", async () => {
    let finish = () => {};
    serve = (_, res) => {
      res.setHeader("Content-Type", "image/jpeg");
      res.write(big.subarray(0, 1_000_000));
      finish = () => void res.end(big.subarray(1_000_000));
    };
    let received = 0;
    const { port } = gateway;
    const req = request({ port, path: target, headers: signed("GET", target), agent: false }).end();
    const [res] = (await once(req, "response")) as [IncomingMessage];
    res.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    await until(() => received > 900_000);
    finish();
    await once(res, "end");
    expect(received).to.equal(big.length);
  });

  it("redacts the token wherever an answer repeats it", async () => {
    serve = (req, res) => {
      const [head, tail] = [token.slice(0, 7), token.slice(7)];
      res.setHeader("Content-Type", "application/json");
      res.write(`{"url":"${req.url}", "${"x".repeat(5_000)}${head}`);
      setTimeout(() => res.end(`${tail}"}`), 20);
    };
    const { text } = await call(gateway, "GET", target);
    expect(text).not.to.contain(token);
    expect(text).to.contain(`access_token=${"*".repeat(token.length)}`);
    expect(text.endsWith(`x${"*".repeat(token.length)}"}`)).to.equal(true);
  });

  for (const [what, value] of Object.entries({
    "as it is": `attachment; filename="${token}.jpg"`,
    "with escapes of a URL": `attachment; filename*=UTF-8''%54HE-${token.slice(4)}.jpg`,
    "with escapes of quotes": `attachment; filename="${token.replace("-", "\\-")}.jpg"`,
  })) {
    it(`takes the token out of a header that repeats it ${what}`, async () => {
      for (const name of ["Content-Disposition", "Content-Type"]) {
        serve = (_, res) => {
          res.setHeader(name, value);
          res.setHeader("Trailer", "X-Echo");
          res.write("{}");
          res.addTrailers({ "X-Echo": token });
          res.end();
        };
        const { status, headers, text } = await call(gateway, "GET", target);
        expect([status, text]).to.deep.equal([200, "{}"]);
        expect(decodeURIComponent(JSON.stringify(headers)).replace(/\\/g, "")).not.to.contain(
          token,
        );
      }
    });
  }

  it("redacts a token as it stands in a URL, too", async () => {
    const odd = "odd+token/0123456789==";
    const account = createClient({ appId, tokenProvider: async () => odd });
    serve = (req, res) => res.end(`no way to ${req.url}`);
    await using other = await start({ accounts: [account] });
    const { text } = await call(other, "GET", target);
    expect(text).to.match(/access_token=\*+$/);
  });

  it("passes nothing on that it cannot unpack", async () => {
    serve = (_, res) => {
      res.setHeader("Content-Encoding", "zstd");
      res.end("(\xb5/\xfd");
    };
    expect((await call(gateway, "GET", target)).json.error).to.equal("upstream");
    await until(() => outcomes().length === 1);
    expect(gateway.log()).to.contain("a coding that nobody asked for");
  });

  it("says 504 for a WeChat that does not answer", async () => {
    serve = () => {};
    const { status, json } = await call(gateway, "GET", target);
    expect([status, json.error]).to.deep.equal([504, "timeout"]);
  });

  it("breaks an answer off that stands still", async () => {
    serve = (_, res) => {
      res.setHeader("Content-Type", "image/jpeg");
      res.write(Buffer.alloc(10_000));
    };
    const failure = await call(gateway, "GET", target).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
  });

  it("breaks an answer off that WeChat broke off", async () => {
    serve = (_, res) => {
      res.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": "20000" });
      res.write(Buffer.alloc(10_000), () => res.destroy());
    };
    const failure = await call(gateway, "GET", target).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
  });

  it("hangs up on WeChat when the client goes away", async () => {
    let closed = false;
    let isThere = false;
    serve = (req) => {
      isThere = true;
      req.socket.on("close", () => {
        closed = true;
      });
    };
    const leave = new AbortController();
    const headers = signed("GET", target);
    const going = raw(gateway, "GET", target, headers, undefined, leave.signal).catch(() => {});
    await until(() => isThere);
    leave.abort();
    await going;
    await until(() => closed);
    await until(() => outcomes().length === 1);
    expect(gateway.audits[0]).to.deep.include({ outcome: "aborted" });
  });

  it("forgets a client that has gone before it was let in, and calls nobody for it", async () => {
    const calls: (string | undefined)[] = [];
    serve = (req, res) => {
      calls.push(req.url?.split("?")[0]);
      res.end("{}");
    };
    const asked: (() => void)[] = [];
    const store = new SharedMemory(systemClock);
    const { claim } = store;
    store.claim = async (...args) => {
      await new Promise<void>((resolve) => asked.push(resolve));
      return claim(...args);
    };
    await using other = await start({ store, timeout: 1_000 });
    const crm = { id: "crm", secret: `crm-${secret}` };
    const paths = ["gone", "gone", "gone", "gone-too"].map(
      (name) => `/proxy/${appId}/cgi-bin/${name}`,
    );
    for (const [at, path] of paths.entries()) {
      const leave = new AbortController();
      const headers = signed("GET", path, "", crm);
      const going = raw(other, "GET", path, headers, undefined, leave.signal).catch(() => {});
      await until(() => asked.length === at + 1);
      leave.abort();
      await going;
      await until(() => other.audits.length === at + 1);
    }
    for (const answer of asked) answer();
    const stays = call(other, "GET", target, "", crm);
    await until(() => asked.length === paths.length + 1);
    asked.at(-1)?.();
    // As many have gone as may be under way.
    expect((await stays).status).to.equal(200);
    expect(calls).to.deep.equal(["/cgi-bin/media/upload"]);
    expect(other.audits.map(({ outcome }) => outcome).slice(0, 4)).to.deep.equal(
      paths.map(() => "aborted"),
    );
  });

  it("lets a client whose calls are slow hold up no other client, and not take everything", async () => {
    const waiting: (() => void)[] = [];
    serve = (req, res) => {
      if (req.url?.includes("slow")) waiting.push(() => void res.end("{}"));
      else res.end('{"fast":1}');
    };
    const slow = `/proxy/${appId}/cgi-bin/slow`;
    const crm = { id: "crm", secret: `crm-${secret}` };
    const held = Array.from({ length: 3 }, () => call(gateway, "GET", slow, "", crm));
    await until(() => waiting.length === 3);
    expect((await call(gateway, "GET", target)).json).to.deep.equal({ fast: 1 });
    const busy = await call(gateway, "GET", slow, "", crm);
    expect([busy.status, busy.json.error, busy.headers["retry-after"]]).to.deep.equal([
      503,
      "busy",
      "1",
    ]);
    for (const answer of waiting) answer();
    for (const { status } of await Promise.all(held)) expect(status).to.equal(200);
    expect((await call(gateway, "GET", target, "", crm)).status).to.equal(200);
  });

  for (const status of [302, 404, 500]) {
    it(`answers 502 for WeChat's ${status}, and follows nobody`, async () => {
      serve = (req, res) => {
        res.writeHead(status, { Location: `https://evil.example.com${req.url}` });
        res.end(`secret page ${req.url}`);
      };
      const answer = await call(gateway, "GET", target);
      expect([answer.status, answer.json.error]).to.deep.equal([502, "upstream"]);
      expect(answer.headers).not.to.have.property("location");
      expect(answer.text).not.to.contain(token).and.not.to.contain("page");
      await until(() => outcomes().length === 1);
      expect(gateway.log()).to.contain(`was answered with status ${status}`);
    });
  }

  it("answers 502 when WeChat cannot be reached, and logs no address", async () => {
    serve = (req) => void req.socket.destroy();
    expect((await call(gateway, "GET", target)).status).to.equal(502);
    const forged = signed("POST", target, big);
    expect((await raw(gateway, "POST", target, forged, big)).status).to.equal(502);
    await until(() => outcomes().length === 2);
    expect(gateway.log()).to.contain("/cgi-bin/media/upload could not be reached");
  });
});

describe("apiProxy(), of accounts with a fetch of their own", () => {
  const sent: { url: string; body: unknown; headers: Record<string, string> }[] = [];
  const refused = new Set<string>();
  let current = "T1-0123456789";
  const account = () =>
    createClient({
      appId,
      baseUrl: "https://wechat.internal.example/beijing/",
      tokenProvider: {
        get: async () => current,
        invalidate() {
          current = "T2-0123456789";
        },
      },
      fetch: async (url, { body, headers }) => {
        sent.push({ url, body, headers });
        const token = new URL(url).searchParams.get("access_token") ?? "";
        const answer = refused.has(token) ? { errcode: 40001 } : { errcode: 0, token };
        return new Response(JSON.stringify(answer));
      },
    });
  const start = (more: object = {}) =>
    startGateway((audit) => [apiProxy({ accounts: [account()], clients, audit, ...more })]);
  beforeEach(() => {
    sent.length = 0;
    refused.clear();
    current = "T1-0123456789";
  });

  it("calls by it, at the account's own address", async () => {
    await using gateway = await start();
    const { json } = await call(gateway, "POST", target, '{"a":1}');
    expect(json).to.deep.equal({ errcode: 0, token: "*".repeat(13) });
    expect(sent[0]?.url).to.equal(
      "https://wechat.internal.example/beijing/cgi-bin/media/upload?access_token=T1-0123456789",
    );
    expect(String(sent[0]?.body)).to.equal('{"a":1}');
  });

  it("gives it a long body whole, and can repeat that", async () => {
    refused.add("T1-0123456789");
    await using gateway = await start();
    expect((await call(gateway, "POST", target, big)).json.errcode).to.equal(0);
    expect(sent.map(({ body }) => big.equals(body as Buffer))).to.deep.equal([true, true]);
    const forged = signed("POST", target, "else");
    expect((await raw(gateway, "POST", target, forged, big)).json.error).to.equal("body");
    expect(sent).to.have.length(2);
  });

  it("calls at the proxy's address where that has one, and says what the fetch gave wrongly", async () => {
    const baseUrl = "https://elsewhere.example";
    await using gateway = await start({ baseUrl });
    await call(gateway, "GET", target);
    expect(new URL(sent[0]?.url ?? "").origin).to.equal(baseUrl);
    const wrong = createClient({
      appId,
      tokenProvider: async () => token,
      fetch: (async () => "text") as never,
    });
    await using other = await start({ accounts: [wrong] });
    expect((await call(other, "GET", target)).status).to.equal(502);
    await until(() => other.audits.length === 1);
    expect(other.log()).to.contain("resolved to a string");
  });
});

describe("tokenServer() and apiProxy(): refusals", () => {
  const account = createClient({ appId, tokenProvider: async () => token });
  const body = Buffer.alloc(8 * 1024 * 1024, "x");
  const upload = (gateway: Gateway, path: string, headers: Record<string, string>, sent = body) =>
    sendBluntly(gateway.port, path, headers, sent);

  let reader: ApiServer;
  before(async () => {
    reader = await startApiServer();
  });
  after(() => reader.close());

  /** As Python's clients do it: nothing is read before everything is written. */
  for (const [why, path, signing] of [
    ["unsigned", target, undefined],
    ["signature", target, { secret: `not-${secret}` }],
    ["path", `/proxy/${appId}/cgi-bin/token`, {}],
    ["account", "/proxy/wx9/cgi-bin/media/upload", {}],
    ["body", target, { bodyHash: "0".repeat(64) }],
    ["upstream", target, {}],
    ["client", `/tokens/${appId}/invalidate`, {}],
  ] as const) {
    it(`reach a client that sends before it reads: ${why}`, async () => {
      const options = { accounts: [account], clients };
      // Where nothing listens, or where somebody reads what he is sent.
      const baseUrl = why === "upstream" ? "http://127.0.0.1:1" : reader.url;
      await using gateway = await startGateway(() => [
        tokenServer(options),
        apiProxy({ ...options, baseUrl }),
      ]);
      const headers = signing === undefined ? {} : signed("POST", path, body, signing);
      const answer = await upload(gateway, path, headers);
      expect(answer)
        .to.contain(`"error":"${why}"`)
        .and.match(/^connection: close/im);
    });
  }

  it("reach it also when the body is longer than the limit, or too many are sent", async () => {
    const rate = { points: 1, window: 60_000 };
    await using gateway = await startGateway(() => [
      apiProxy({
        accounts: [account],
        clients: { shop: { secret, paths: ["/*"], rate } },
        baseUrl: "http://127.0.0.1:1",
        bodyLimit: "4mb",
      }),
    ]);
    for (const why of ["large", "rate"]) {
      const answer = await upload(gateway, target, signed("POST", target, body));
      expect(answer).to.contain(`"error":"${why}"`);
    }
  });

  it("are not held up by a client that stops, or goes on for ever", async () => {
    await using gateway = await startGateway(() => [apiProxy({ accounts: [account], clients })]);
    const begun = performance.now();
    const endless = await upload(gateway, target, { "Content-Length": String(2 ** 40) }, body);
    expect(endless).to.contain('"error":"unsigned"');
    expect(performance.now() - begun).to.be.within(0, 15_000);
  }).timeout(20_000);
});

it("The proxy passes on what WeChat said before the body was over", async () => {
  const answer = '{"errcode":45009,"errmsg":"limit"}';
  const wechat = createServer((req, res) => {
    req.once("data", () => {
      res.writeHead(200, { "Content-Type": "application/json", "Content-Length": answer.length });
      res.write(answer);
      req.on("data", () => {}).on("end", () => res.end());
    });
  }).listen(0, "127.0.0.1");
  await once(wechat, "listening");
  const baseUrl = `http://127.0.0.1:${(wechat.address() as AddressInfo).port}`;
  const account = createClient({ appId, tokenProvider: async () => token });
  await using gateway = await startGateway(() => [
    apiProxy({ accounts: [account], clients, baseUrl }),
  ]);
  const body = Buffer.alloc(8 * 1024 * 1024, "x");
  const got = await sendBluntly(gateway.port, target, signed("POST", target, body), body);
  expect(got).to.contain(answer);
  wechat.closeAllConnections();
  wechat.close();
});

/** Writes all of a request before it reads a byte of the answer, which it gives as it is. */
async function sendBluntly(
  port: number,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const lines = Object.entries({ "Content-Length": String(body.length), ...headers, Host: "x" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(`POST ${path} HTTP/1.1\r\nConnection: close\r\n${head}\r\n`);
  await new Promise<void>((resolve, reject) =>
    socket.write(body, (error) => (error ? reject(error) : resolve())),
  );
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

describe("redact()", () => {
  it("finds the secret wherever the pieces are cut", async () => {
    const text = `a${token}b${token}${token}c${token.slice(0, -1)}`;
    const stars = "*".repeat(token.length);
    for (let size = 1; size <= text.length; size++) {
      const pieces = async function* () {
        for (let i = 0; i < text.length; i += size) yield Buffer.from(text.slice(i, i + size));
      };
      let result = "";
      for await (const piece of redact(pieces(), token)) result += piece;
      expect(result).to.equal(`a${stars}b${stars}${stars}c${token.slice(0, -1)}`);
    }
  });
});

async function all(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
