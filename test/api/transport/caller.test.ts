import { Readable } from "node:stream";
import { expect } from "chai";
import type { ApiError } from "../../../src/api/api-error.js";
import { Caller } from "../../../src/api/transport/caller.js";
import type { Download } from "../../../src/api/transport/http.js";
import { parseJson, wireId, writeJson } from "../../../src/api/transport/json.js";
import { ConfigError, type WechatError } from "../../../src/errors.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { errorOf } from "../../support/error-of.js";

describe("Caller: calls", () => {
  let api: ApiServer;
  let http: Caller;
  beforeEach(async () => {
    api = await startApiServer();
    http = new Caller({ baseUrl: api.url }, { get: async () => "TOKEN" });
  });
  afterEach(() => api.close());

  it("carry the token, the query and a body in UTF-8", async () => {
    await http.post("/cgi-bin/x", { text: "你好 🌏" }, { query: { a: 1, none: undefined } });
    const [call] = api.calls;
    expect(call?.query).to.deep.equal({ access_token: "TOKEN", a: "1" });
    expect(String(call?.body)).to.equal('{"text":"你好 🌏"}');
    await http.get("cgi-bin/y", { token: false });
    expect(api.calls[1]?.path).to.equal("/cgi-bin/y");
    expect(api.calls[1]?.query).to.deep.equal({});
  });

  it("say what WeChat refused and why", async () => {
    api.on("/cgi-bin/x", {
      errcode: 45015,
      errmsg: "response out of time limit hint: [a] rid: 61-ab-cd",
    });
    const error = await errorOf<ApiError>(() => http.post("/cgi-bin/x"));
    expect(error).to.include({ errcode: 45015, rid: "61-ab-cd", endpoint: "/cgi-bin/x" });
    expect(error.hint).to.match(/48 hours/);
    expect(error.message).to.match(/^WeChat refused \/cgi-bin\/x: 45015/);
  });

  // Found by `npm run fuzz`: a pattern took seconds for such a text.
  it("say at once what WeChat refused, however much it says", async () => {
    const errmsg = `no ${" ".repeat(100_000)}and no, rid: 61-ab-cd hint`;
    api.on("/cgi-bin/x", { errcode: 1, errmsg });
    const begun = performance.now();
    const error = await errorOf<ApiError>(() => http.post("/cgi-bin/x"));
    expect(performance.now() - begun).to.be.lessThan(1_000);
    expect(error.rid).to.equal("61-ab-cd");
    expect(error.errmsg).to.match(/^no +and no hint$/);
  });

  // Found by `npm run fuzz`: of some of these JavaScript cannot even make a number.
  it("fail with a sentence when the error code is no number", async () => {
    for (const errcode of ["x", null, [1], { toString: 1, valueOf: 2 }]) {
      api.on("/cgi-bin/x", { errcode });
      const error = await errorOf(() => http.post("/cgi-bin/x"));
      expect(error.code, JSON.stringify(errcode)).to.equal("WX_API_RESPONSE");
    }
    api.on("/cgi-bin/x", { errcode: "40003", errmsg: "quoted by a proxy" });
    expect(await errorOf(() => http.post("/cgi-bin/x"))).to.include({ errcode: 40003 });
  });

  it("are repeated when WeChat is busy, if that is safe", async () => {
    let count = 0;
    api.on("/cgi-bin/x", () => (++count < 3 ? { errcode: -1, errmsg: "busy" } : { fine: 1 }));
    expect(await http.get("/cgi-bin/x")).to.deep.equal({ fine: 1 });
    count = 0;
    await errorOf(() => http.post("/cgi-bin/x"));
    expect(count).to.equal(1);
  });

  it("go to another address when the first cannot be reached", async () => {
    const two = new Caller({ baseUrl: ["http://127.0.0.1:1", api.url] }, { get: async () => "T" });
    await two.get("/cgi-bin/x");
    expect(api.calls).to.have.length(1);
    const none = new Caller({ baseUrl: "http://127.0.0.1:1" }, { get: async () => "T" });
    expect(await errorOf(() => none.post("/cgi-bin/x"))).to.include({ code: "WX_API_NETWORK" });
  });

  it("stop when they are told to", async () => {
    api.on("/cgi-bin/x", () => new Promise(() => {}));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 30);
    const error = await errorOf(() => http.get("/cgi-bin/x", { signal: controller.signal }));
    expect(error.message).to.equal("enough");
    const late = await errorOf(() => http.post("/cgi-bin/x", {}, { timeout: 30 }));
    expect((late as WechatError).code).to.equal("WX_API_TIMEOUT");
  });

  it("refuse paths and addresses that lead elsewhere", async () => {
    for (const path of [
      "//evil.com/x",
      "http://evil.com",
      "/a/../b",
      "/a?access_token=x",
      "/a%2e%2e",
      "@evil",
      "/a#b",
      "",
    ]) {
      expect(await errorOf(() => http.get(path)), path).to.be.instanceOf(ConfigError);
    }
    for (const baseUrl of [
      "http://api.example.com",
      "ftp://a",
      "https://u:p@a.com",
      "https://a.com?x",
      "x",
    ]) {
      expect(await errorOf(() => new Caller({ baseUrl })), baseUrl).to.be.instanceOf(ConfigError);
    }
  });

  it("upload whatever holds a file, with a name and a length", async () => {
    const png = Buffer.from("\x89PNG....", "latin1");
    const files = [
      png,
      new Blob([png]),
      Readable.from([png]),
      { data: png, filename: "a.png" },
      { data: Readable.from([png]), filename: 'a"b.png', contentType: "image/png" },
      new File([png], "c.png"),
      "test/fixtures/replies/image.xml",
    ];
    for (const file of files) {
      await http.upload("/cgi-bin/media/upload", file, {
        fields: { description: '{"title":"标题"}' },
      });
    }
    for (const { headers, body } of api.calls) {
      expect(headers["transfer-encoding"]).to.equal(undefined);
      expect(Number(headers["content-length"])).to.equal(body.length);
      const form = await new Response(body, {
        headers: { "content-type": headers["content-type"] ?? "" },
      }).formData();
      const media = form.get("media") as File;
      expect(media.name).to.match(/\.(png|xml)$/);
      expect(media.size).to.be.greaterThan(5);
      expect(form.get("description")).to.equal('{"title":"标题"}');
    }
  });

  it("download files, and tell them from errors and addresses", async () => {
    api.on("/file", (_, response) => {
      response.setHeader("Content-Type", "image/jpeg");
      response.setHeader("Content-Disposition", 'attachment; filename="a.jpg"');
      response.end("bytes");
    });
    const file = (await http.download("/file")) as Download;
    expect(file).to.include({ filename: "a.jpg", contentType: "image/jpeg" });
    expect(String(await file.buffer())).to.equal("bytes");
    api.on("/video", (_, response) => {
      response.setHeader("Content-Type", "text/plain");
      response.end('{"video_url":"http://x"}');
    });
    expect(await http.download("/video")).to.deep.equal({ video_url: "http://x" });
    api.on("/error", { errcode: 40007, errmsg: "invalid media_id" });
    expect((await errorOf<ApiError>(() => http.download("/error"))).errcode).to.equal(40007);
  });
});

describe("parseJson(): JSON of WeChat", () => {
  it("keeps every digit of an id, and small numbers as numbers", () => {
    expect(
      parseJson('{"msg_id":34182,"x":6349323426230210995,"n":1.5,"menuid":208379533}'),
    ).to.deep.equal({
      msg_id: "34182",
      x: "6349323426230210995",
      n: 1.5,
      menuid: "208379533",
    });
  });

  // Found by `npm run fuzz`.
  it("takes an id with an exponent, and a name that is there twice, as JSON.parse does", () => {
    expect(parseJson('{"msg_id":1e3,"menuid":12.5}')).to.deep.equal({ msg_id: 1000, menuid: 12.5 });
    const twice = '{"a":1,"a":2,"long":12345678901234567890}';
    expect(parseJson(twice)).to.deep.equal({ a: 2, long: "12345678901234567890" });
  });

  it("survives control characters in a nickname", () => {
    expect(parseJson('{"nickname":"a\u0001b"}')).to.deep.equal({ nickname: "a b" });
  });

  it("writes ids as numbers with all their digits, and Chinese as it is", () => {
    expect(writeJson({ msg_id: wireId("6349323426230210995"), t: "你好" })).to.equal(
      '{"msg_id":6349323426230210995,"t":"你好"}',
    );
  });
});
