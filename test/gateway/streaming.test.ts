import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createClient } from "../../src/api/client.js";
import { type ApiProxyOptions, apiProxy } from "../../src/gateway/api-proxy.js";
import { blot } from "../../src/gateway/blot.js";
import { appId, call, type Gateway, raw, secret, signed, startGateway, until } from "./gateway.js";

const token = "THE-TOKEN-0123456789";
const clients = {
  shop: { secret, paths: ["/*"] },
  crm: { secret: `crm-${secret}`, paths: ["/*"], parallel: 3 },
};
const target = `/proxy/${appId}/cgi-bin/media/upload`;
const big = Buffer.alloc(3_000_000, "0123456789");

describe("apiProxy, on the way", () => {
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
    gateway = await start({ timeout: 300, bodyLimit: "4mb" });
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

  it("blots out the token wherever an answer repeats it", async () => {
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

describe("blot", () => {
  it("finds the secret wherever the pieces are cut", async () => {
    const text = `a${token}b${token}${token}c${token.slice(0, -1)}`;
    const stars = "*".repeat(token.length);
    for (let size = 1; size <= text.length; size++) {
      const pieces = async function* () {
        for (let i = 0; i < text.length; i += size) yield Buffer.from(text.slice(i, i + size));
      };
      let result = "";
      for await (const piece of blot(pieces(), token)) result += piece;
      expect(result).to.equal(`a${stars}b${stars}${stars}c${token.slice(0, -1)}`);
    }
  });
});

async function all(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
