import { Readable } from "node:stream";
import { deflateSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import type { ApiError } from "../../../src/api/api-error.js";
import { fileNameOf } from "../../../src/api/files/file-name.js";
import { Caller } from "../../../src/api/transport/caller.js";
import type { Download, Progress } from "../../../src/api/transport/http.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { errorOf } from "../../support/error-of.js";

const token = "T0K-0123456789";
describe("Caller: answers", () => {
  let api: ApiServer;
  let http: Caller;
  /** Lets a path be answered with this, whatever it is, in these pieces. */
  const answer = (headers: Record<string, string>, ...pieces: readonly (string | Buffer)[]) =>
    api.on("/file", async (_, response) => {
      response.writeHead(200, headers);
      for (const piece of pieces) {
        response.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
  const file = async (): Promise<Download> => {
    const got = await http.download<object>("/file");
    if (!("stream" in got)) throw new Error(`It is JSON: ${JSON.stringify(got)}`);
    return got as Download;
  };
  before(async () => {
    api = await startApiServer();
    http = new Caller({ baseUrl: api.url }, { get: async () => token });
  });
  after(() => api.close());

  describe("without an end", () => {
    /** Writes for ever, and says how much it got rid of. */
    const endless = (headers: Record<string, string>, chunk: Buffer) => {
      const sent = { bytes: 0 };
      api.on("/endless", (_, response) => {
        response.writeHead(200, headers);
        const write = () => {
          while (!response.destroyed && response.write(chunk)) sent.bytes += chunk.length;
        };
        response.on("drain", write).on("error", () => {});
        write();
      });
      return sent;
    };

    for (const [what, headers, chunk] of [
      ["of JSON", { "Content-Type": "application/json" }, Buffer.alloc(65_536, " ")],
      ["compressed", { "Content-Encoding": "gzip" }, gzipSync(Buffer.alloc(8_000_000))],
    ] as const) {
      it(`are given up at 32 MiB: ${what}`, async () => {
        const sent = endless(headers, chunk);
        const error = await errorOf(() => http.post("/endless"));
        expect(error.code).to.equal("WX_API_RESPONSE");
        expect(error.message).to.contain("more than 32 MiB");
        expect(sent.bytes).to.be.lessThan(64 * 1024 * 1024);
      }).timeout(20_000);
    }

    it("are given up at 64 MiB when a file is wanted whole, or sooner", async () => {
      const chunk = Buffer.alloc(65_536, 1);
      endless({ "Content-Type": "image/jpeg" }, chunk);
      const media = (await http.download("/endless")) as Download;
      expect((await errorOf(() => media.buffer(1_000_000))).message).to.contain("1000000 bytes");
      const sent = endless({ "Content-Type": "image/jpeg" }, chunk);
      const whole = (await http.download("/endless")) as Download;
      expect((await errorOf(() => whole.buffer())).code).to.equal("WX_API_RESPONSE");
      expect(sent.bytes).to.be.lessThan(96 * 1024 * 1024);
    }).timeout(20_000);

    it("are given up from a fetch of one's own, also one that has no stream", async () => {
      const large = Buffer.alloc(33 * 1024 * 1024, " ");
      for (const body of [Readable.from([large]), new Blob([large]).stream(), undefined]) {
        const own = new Caller({
          fetch: async () => ({
            status: 200,
            headers: new Headers(),
            body,
            arrayBuffer: async () => new Uint8Array(large).buffer,
          }),
        });
        const error = await errorOf(() => own.get("/x", { token: false }));
        expect(error.message).to.contain("more than 32 MiB");
      }
    }).timeout(20_000);
  });

  describe("that are files", () => {
    const attachment = { "Content-Disposition": 'attachment; filename="a.amr"' };
    const amr = Buffer.from("#!AMR\n\x3c\x91\x17\x16", "latin1");
    for (const [what, headers, bytes] of [
      ["an attachment as text/plain", { "Content-Type": "text/plain", ...attachment }, amr],
      ["an attachment as JSON", { "Content-Type": "application/json", ...attachment }, amr],
      ["an attachment that begins with a brace", attachment, Buffer.from('{"errcode":1}')],
      ["no attachment, as text/plain", { "Content-Type": "text/plain" }, amr],
      ["without any type", {}, amr],
      ["a picture that begins with a brace", { "Content-Type": "image/bmp" }, Buffer.from("{BM}")],
      ["nothing, of a picture's type", { "Content-Type": "image/png" }, Buffer.alloc(0)],
    ] as const) {
      it(`are taken for one: ${what}`, async () => {
        answer(headers, ...[...bytes].map((byte) => Buffer.from([byte])));
        expect((await (await file()).buffer()).equals(bytes)).to.equal(true);
      });
    }

    it("come whole when they are long and begin with a brace", async () => {
      const long = Buffer.concat([Buffer.from("{"), Buffer.alloc(300_000, 7)]);
      answer({ "Content-Type": "image/bmp" }, long.subarray(0, 100_000), long.subarray(100_000));
      expect((await (await file()).buffer()).equals(long)).to.equal(true);
    });

    it("have no size where WeChat says none that can be", async () => {
      answer({ "Content-Type": "image/png" }, amr);
      expect((await file()).size).to.equal(undefined);
    });

    it("have no size where they are compressed on their way, for that is another", async () => {
      const picture = Buffer.concat([amr, Buffer.alloc(50_000, 1)]);
      for (const [encoding, bytes, size] of [
        ["gzip", gzipSync(picture), undefined],
        ["deflate", deflateSync(picture), undefined],
        ["identity", picture, picture.length],
        ["", picture, picture.length],
      ] as const) {
        const headers = { "Content-Type": "image/png", "Content-Length": String(bytes.length) };
        answer(encoding === "" ? headers : { ...headers, "Content-Encoding": encoding }, bytes);
        const totals = new Set<number | undefined>();
        const onProgress: Progress = ({ total }) => totals.add(total);
        const got = (await http.download("/file", { onProgress })) as Download;
        expect(got.size, encoding).to.equal(size);
        expect((await got.buffer()).equals(picture), encoding).to.equal(true);
        expect([...totals], encoding).to.deep.equal([size]);
      }
    });

    it("fail with a sentence when they break off", async () => {
      api.on("/file", (_, response) => {
        response.writeHead(200, { "Content-Type": "image/png", "Content-Length": "100" });
        response.write("half", () => response.destroy());
      });
      const error = await errorOf(async () => (await file()).buffer());
      expect(error.code).to.equal("WX_API_NETWORK");
      expect(error.message).to.match(/^The answer of \/file broke off/);
    });
  });

  describe("that are JSON", () => {
    const refused = '\ufeff \n{"errcode":40007,"errmsg":"invalid media_id"}';
    for (const type of ["image/jpeg", "application/octet-stream", "text/plain", "text/html", ""]) {
      it(`are an error under the type ${JSON.stringify(type)}`, async () => {
        answer(type === "" ? {} : { "Content-Type": type }, refused);
        expect(await errorOf(() => http.download("/file"))).to.include({ errcode: 40007 });
      });
    }

    it("are given as they are, also long ones", async () => {
      const news = { news_item: [{ content: "图".repeat(100_000) }] };
      answer({ "Content-Type": "text/plain" }, JSON.stringify(news));
      expect(await http.download("/file")).to.deep.equal(news);
      answer({ "Content-Type": "video/mp4" }, '{"video_url":"http://x"}');
      expect(await http.download("/file")).to.deep.equal({ video_url: "http://x" });
    });

    for (const [what, headers, body] of [
      ["half of it", { "Content-Type": "text/plain" }, '{"errcode":400'],
      ["nothing", { "Content-Type": "text/plain" }, ""],
      ["nothing, without a type", {}, ""],
      ["a page of a proxy", { "Content-Type": "text/html" }, "\n<html>Log in</html>"],
    ] as const) {
      it(`are no file when they are ${what}`, async () => {
        answer(headers, body);
        expect((await errorOf(() => http.download("/file"))).code).to.equal("WX_API_RESPONSE");
      });
    }
  });

  describe("that refuse", () => {
    const refusal = async (body: object | string) => {
      api.on("/refused", body);
      return await errorOf<ApiError>(() => http.post("/refused"));
    };

    it("tell what else they hold", async () => {
      const error = await refusal('{"errcode":45065,"errmsg":"exist","msg_id":9007199254740993}');
      expect(error.data).to.deep.equal({ msg_id: "9007199254740993" });
      expect((await refusal({ errcode: 1, errmsg: "x" })).data).to.deep.equal({});
      const nested = await refusal({ errcode: 1, list: [{ openid: "a" }], n: null });
      expect(nested.data).to.deep.equal({ list: [{ openid: "a" }], n: null });
    });

    it("tell no token, wherever it stands", async () => {
      const error = await refusal({
        errcode: 1,
        errmsg: `no ${token}`,
        access_token: "another-one",
        refresh_token: "another-one",
        session_key: "another-one",
        deep: { ticket: "another-one", url: `https://x/?access_token=${token}&a=1`, [token]: 1 },
      });
      const all = JSON.stringify([error, error.message, error.stack, error.data]);
      expect(all).not.to.contain(token).and.not.to.contain("another-one");
      expect(error.data).to.deep.equal({
        deep: { url: "https://x/?access_token=***&a=1", "***": 1 },
      });
    });

    it("tell no secret that the call itself sent", async () => {
      api.on("/refused", ({ query, body }) => ({
        errcode: 1,
        errmsg: `got ${body} and ${JSON.stringify(query)}`,
      }));
      const secret = "the-app-secret+0123";
      const options = { token: false, query: { secret, code: "code-0123456789" } };
      const error = await errorOf(() => http.post("/refused", { appid: "wx1", secret }, options));
      expect(error.message).to.contain("wx1");
      expect(error.message).not.to.contain("0123");
    });

    it("stand in one line, without commands for a terminal, and not too long", async () => {
      const error = await refusal({
        errcode: 1,
        errmsg: `a\u001b[31m\r\nFATAL: \u0085b\u2028c\u202e${"x".repeat(10_000)}`,
      });
      expect(error.errmsg).to.match(/^a \[31m FATAL: b c x+…$/);
      expect(error.message.length).to.be.lessThan(700);
    });

    it("keep no more of them than one wants to log", async () => {
      const error = await refusal({ errcode: 1, list: Array(20_000).fill("openid") });
      expect(error.data).to.deep.equal({});
      let deep: object = { end: true };
      for (let i = 0; i < 2_000; i++) deep = { deep };
      expect(JSON.stringify((await refusal({ errcode: 1, deep })).data)).to.contain("…");
    });
  });
});

describe("fileNameOf(): the name of a file that came", () => {
  for (const [header, name] of [
    ['attachment; filename="MEDIA_ID.jpg"', "MEDIA_ID.jpg"],
    ["attachment; filename=MEDIA_ID.jpg", "MEDIA_ID.jpg"],
    ['attachment;FileName="a b.jpg";size=3', "a b.jpg"],
    ["attachment; filename=a b.jpg ; size=3", "a b.jpg"],
    ['inline; filename="a \\"b\\".jpg"', "a _b_.jpg"],
    ['attachment; filename="../../etc/passwd"', "passwd"],
    ["attachment; filename=../../.ssh/authorized_keys", "authorized_keys"],
    ['attachment; filename="/etc/cron.d/x"', "x"],
    ['attachment; filename="..\\..\\evil.exe"', "evil.exe"],
    ['attachment; filename="C:\\Windows\\evil.exe"', "evil.exe"],
    ['attachment; filename="C:evil.exe"', "evil.exe"],
    ['attachment; filename="\\\\server\\share\\a.jpg"', "a.jpg"],
    ['attachment; filename="a.jpg:stream"', "a.jpg_stream"],
    ['attachment; filename="a\u0000\u001b[31m\u0085.jpg"', "a[31m.jpg"],
    ['attachment; filename="gpj.\u202eexe"', "gpj.exe"],
    ['attachment; filename="a.exe. . ."', "a.exe"],
    ['attachment; filename=".bashrc"', "bashrc"],
    ['attachment; filename="NUL.txt"', "_NUL.txt"],
    ['attachment; filename=".."', undefined],
    ['attachment; filename="a/"', undefined],
    ['attachment; filename=""', undefined],
    ["attachment", undefined],
    ["attachment; xfilename=a.jpg", undefined],
    ["attachment; filename*=UTF-8''%E4%BD%A0%E5%A5%BD.jpg", "你好.jpg"],
    ["attachment; filename=\"a.jpg\"; filename*=utf-8'zh'%E4%BD%A0.jpg", "你.jpg"],
    ["attachment; filename*=UTF-8''..%2F..%2Fevil.sh", "evil.sh"],
    ["attachment; filename*=UTF-8''C%3A%5Cevil.sh", "evil.sh"],
    ["attachment; filename*=iso-8859-1''%A3.jpg", "£.jpg"],
    ["attachment; filename=\"a.jpg\"; filename*=UTF-8''%ZZ.jpg", "a.jpg"],
    [`attachment; filename="${Buffer.from("你好.jpg").toString("latin1")}"`, "你好.jpg"],
    [`attachment; filename="${Buffer.from("\xa3.jpg", "latin1").toString("latin1")}"`, "£.jpg"],
  ] as const) {
    it(`is ${name} of ${JSON.stringify(header)}`, () => {
      expect(fileNameOf(header)).to.equal(name);
    });
  }

  it("is as long as file systems take, with its ending, and found at once", () => {
    const name = fileNameOf(`attachment; filename="${"你".repeat(5_000)}.jpg"`);
    expect(name === undefined || Buffer.byteLength(name) <= 255).to.equal(true);
    const long = fileNameOf(`attachment; filename="${"x".repeat(1_000)}.jpg"`);
    expect([long?.length, long?.slice(-5)]).to.deep.equal([255, "x.jpg"]);
    const begun = performance.now();
    for (const text of [";".repeat(60_000), 'filename="'.repeat(6_000), "\\".repeat(60_000)])
      fileNameOf(`attachment; filename="${text}"`);
    expect(performance.now() - begun).to.be.lessThan(300);
  });
});
