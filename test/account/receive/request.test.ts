import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import Koa from "koa";
import { type ReceiveRequest, Wechat, type WechatOptions } from "../../../src/index.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { parseXml } from "../../../src/wire/xml/xml.js";
import { send } from "../../support/push.js";

const token = "q7Zr2mX9kLw4Tb8VcJ5n";
const appId = "wxba5fad812f8e6fb9";
const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const cipher = new MessageCipher(encodingAESKey, appId);
const now = 1_714_112_445;

let count = 0;
function signed(more: Record<string, string> = {}): Record<string, string> {
  const [timestamp, nonce] = [String(now), String(5_000_000 + count++)];
  return { signature: sign(token, timestamp, nonce), timestamp, nonce, ...more };
}

/** A text message, its parts in WeChat's order. */
const message = (content = "你好", id = 23_425_170 + count++) => ({
  ToUserName: "gh_866835093fea",
  FromUserName: "oAbC",
  CreateTime: String(now),
  MsgType: "text",
  Content: content,
  MsgId: String(id),
});
type Fields = Readonly<Record<string, unknown>>;
const xmlOf = (fields: Fields): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
    .join("")}</xml>`;

function bot(options: Partial<WechatOptions> = {}): Wechat {
  return new Wechat({ token, now: () => now * 1000, ...options }).on(
    "text",
    ({ message }) => `${message.Content} ${message.MsgId} ${typeof message.CreateTime}`,
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);
function shared(text: string): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes(text).length);
  new Uint8Array(buffer).set(bytes(text));
  return buffer;
}
function within(text: string): Uint8Array {
  const whole = new Uint8Array(bytes(text).length + 9);
  whole.set(bytes(text), 5);
  return whole.subarray(5, whole.length - 4);
}
const lists = (fields: Fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]]));
/** What a test runner's own globals make: another realm's objects. */
const elsewhere = (fields: Fields): unknown =>
  runInContext(`JSON.parse(text)`, createContext({ text: JSON.stringify({ xml: fields }) }));

/** Every form in which a push that is whole may be handed over. */
const forms: Record<string, (fields: Fields) => object | string> = {
  text: xmlOf,
  "text behind a byte order mark": (fields) => `\ufeff${xmlOf(fields)}`,
  "a Buffer": (fields) => Buffer.from(xmlOf(fields)),
  "a Uint8Array": (fields) => bytes(xmlOf(fields)),
  "a part of a larger array": (fields) => within(xmlOf(fields)),
  "an ArrayBuffer": (fields) => bytes(xmlOf(fields)).buffer,
  "a SharedArrayBuffer": (fields) => shared(xmlOf(fields)),
  "a DataView": (fields) => new DataView(bytes(xmlOf(fields)).buffer),
  "a DataView of a part": (fields) => {
    const { buffer, byteOffset, byteLength } = within(xmlOf(fields));
    return new DataView(buffer, byteOffset, byteLength);
  },
  "a Buffer as JSON": (fields) => JSON.parse(JSON.stringify(Buffer.from(xmlOf(fields)))),
  "a parsed document": (fields) => ({ xml: fields }),
  "a parsed root": (fields) => ({ ...fields }),
  "a parsed document with lists of one": (fields) => ({ xml: lists(fields) }),
  "lists of one all the way": (fields) => [{ xml: [lists(lists(fields))] }],
  "numbers where there are digits": (fields) => ({
    xml: Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        /^\d+$/.test(String(value)) ? Number(value) : value,
      ]),
    ),
  }),
  "big integers": (fields) => ({
    xml: {
      ...fields,
      MsgId: /^\d+$/.test(String(fields.MsgId)) ? BigInt(String(fields.MsgId)) : fields.MsgId,
    },
  }),
  "leaves of bytes": (fields) => ({
    xml: { ...fields, MsgType: Buffer.from(String(fields.MsgType)) },
  }),
  "without prototypes": (fields) =>
    Object.assign(Object.create(null), { xml: Object.assign(Object.create(null), fields) }),
  "of another realm": (fields) => elsewhere(fields) as object,
};

/** What is handed over and is no push. */
const junk: Record<string, unknown> = {
  null: null,
  undefined: undefined,
  nothing: "",
  "no bytes": Buffer.alloc(0),
  "an empty object": {},
  "an empty list": [],
  "a number": 5,
  zero: 0,
  NaN: Number.NaN,
  "a boolean": true,
  false: false,
  "a big integer": 10n,
  "a symbol": Symbol("x"),
  "a function": () => "<xml/>",
  "a promise": Promise.resolve("<xml/>"),
  "a date": new Date(0),
  "a map": new Map([["xml", {}]]),
  "a stream": new ReadableStream(),
  "a blob": new Blob(["<xml/>"]),
  "text that is no XML": "hello",
  JSON: '{"a":1}',
  "a list of two": [{ xml: message() }, { xml: message() }],
  "a list of numbers": [60, 120],
  "two roots": { xml: [message(), message()] },
  "a root of text": { xml: "hello" },
  "a root of null": { xml: null },
  "another root": { html: message() },
  "a field twice": { xml: { ...message(), Content: ["a", "b"] } },
  "a list in a list": { xml: { ...message(), Content: [["a", "b"], "c"] } },
  "elements in a field": { xml: { ...message(), MsgType: { a: "text" } } },
  "a function in a field": { xml: { ...message(), MsgType: () => "text" } },
  "a symbol in a field": { xml: { ...message(), Content: Symbol("x") } },
  "no sender": { xml: { ...message(), FromUserName: undefined } },
  "a prototype": JSON.parse('{"xml":{"__proto__":{"MsgType":"text"},"constructor":"x"}}'),
  "a getter that fails": {
    get xml(): never {
      throw new Error("secret");
    },
  },
  "a proxy that fails": new Proxy(
    {},
    {
      ownKeys() {
        throw new Error("secret");
      },
    },
  ),
  "a document that holds itself": (() => {
    const xml: Record<string, unknown> = message();
    xml.Content = xml;
    return { xml };
  })(),
  "seventeen levels": {
    xml: Array.from({ length: 16 }).reduce<unknown>((inner) => ({ a: inner }), "x"),
  },
  "lists without end": Array.from({ length: 50_000 }).reduce<unknown>((inner) => [inner], "x"),
  "a thousand and one elements": {
    xml: { ...message(), A: Array.from({ length: 1_000 }, () => 1) },
  },
  "bytes that are no numbers": { type: "Buffer", data: ["<", "x"] },
};
const long: Record<string, unknown> = {
  text: xmlOf(message("x".repeat(70_000))),
  "text of many bytes": xmlOf(message("好".repeat(30_000))),
  bytes: Buffer.from(xmlOf(message("x".repeat(70_000)))),
  "an ArrayBuffer": new ArrayBuffer(65_537),
  "a parsed document": { xml: message("x".repeat(70_000)) },
  "a parsed document of names": { xml: { ["n".repeat(70_000)]: "" } },
};

describe("wx.receive(): a request, however it is handed over,", () => {
  const post = (body: unknown, more: object = {}) =>
    bot().receive({ method: "POST", query: signed(), body: body as object, ...more });

  describe("is taken when it holds a push:", () => {
    for (const [form, make] of Object.entries(forms)) {
      it(form, async () => {
        const fields = message();
        const answer = await post(make(fields));
        expect(answer.status).to.equal(200);
        expect(parseXml(answer.body).Content).to.equal(`你好 ${fields.MsgId} number`);
        const sealed = { Encrypt: cipher.encrypt(xmlOf(fields)) };
        const query = signed();
        const { timestamp = "", nonce = "" } = query;
        const signature = sign(token, timestamp, nonce, sealed.Encrypt);
        const opened = await bot({ appId, encodingAESKey }).receive({
          method: "POST",
          query: { ...query, msg_signature: signature },
          body: form.includes("leaves") ? xmlOf(sealed) : make(sealed),
        });
        const reply = cipher.decrypt(String(parseXml(opened.body).Encrypt));
        expect(parseXml(reply).Content).to.equal(`你好 ${fields.MsgId} number`);
      });
    }

    it("base64, as API gateways send it, in any of its spellings", async () => {
      const fields = message("???>>>~~~");
      const text = Buffer.from(xmlOf(fields)).toString("base64");
      const spellings = [
        text,
        text.replace(/.{76}/g, "$&\r\n"),
        Buffer.from(xmlOf(fields)).toString("base64url"),
      ];
      for (const body of spellings) {
        const answer = await post(body, { isBase64Encoded: true });
        expect(parseXml(answer.body).Content).to.include(fields.MsgId);
      }
      for (const isBase64Encoded of [false, null, undefined]) {
        expect((await post(xmlOf(fields), { isBase64Encoded })).status).to.equal(200);
        expect((await post(text, { isBase64Encoded })).status).to.equal(400);
      }
      expect((await post(Buffer.from(xmlOf(fields)), { isBase64Encoded: true })).status).to.equal(
        200,
      );
      const wrong = await post(xmlOf(fields), { isBase64Encoded: true });
      expect(wrong.status).to.equal(400);
      expect(wrong.body).to.match(/isBase64Encoded.*no base64/);
      const large = Buffer.alloc(70_000, 32).toString("base64");
      expect((await post(large, { isBase64Encoded: true })).status).to.equal(413);
    });

    it("rawBody, which comes first if it is there", async () => {
      const [raw, parsed] = [message("raw"), message("parsed")];
      const said = async (body: unknown, rawBody: unknown) =>
        String(parseXml((await post(body, { rawBody })).body).Content).split(" ")[0];
      expect(await said({ xml: parsed }, xmlOf(raw))).to.equal("raw");
      expect(await said(undefined, bytes(xmlOf(raw)))).to.equal("raw");
      expect(await said({}, Buffer.from(xmlOf(raw)))).to.equal("raw");
      for (const nothing of [null, undefined, "", Buffer.alloc(0)]) {
        expect(await said({ xml: parsed }, nothing)).to.equal("parsed");
      }
    });

    it("a query as text, by name, as pairs, with null for what is absent and lists of one", async () => {
      const query = signed();
      const all = Object.entries(query);
      const queries: ReceiveRequest["query"][] = [
        new URLSearchParams(query).toString(),
        `?${new URLSearchParams(query)}`,
        new URLSearchParams(query),
        new Map(all),
        all as [string, string][],
        query,
        { ...query, echostr: null, msg_signature: undefined, encrypt_type: [] },
        Object.fromEntries(all.map(([name, value]) => [name, [value]])),
        { ...query, timestamp: now },
      ];
      for (const given of queries) {
        const request = { method: "GET", query: given };
        const refused = await bot().receive(request);
        expect(refused.status, String(given)).to.equal(400);
        expect(refused.body).to.match(/"echostr" is missing/);
      }
    });

    it("pairs in no more time than text, however often one is repeated", async () => {
      const pairs = Array.from({ length: 4_000 }, () => ["a", "1"] as [string, string]);
      const query = [...pairs, ...Object.entries(signed())];
      const requests: Partial<ReceiveRequest>[] = [
        { query },
        { query: new URLSearchParams(query) },
        { query: signed(), headers: pairs },
        { query: signed(), headers: new Map(pairs) },
        { query: signed(), headers: { a: pairs.map(([, value]) => value) } },
      ];
      for (const more of requests) {
        const body = xmlOf(message());
        const { status } = await bot().receive({ method: "POST", body, query: {}, ...more });
        expect(status).to.equal(200);
      }
      const twice = new URLSearchParams([...pairs, ["nonce", "1"], ["nonce", "2"]]);
      expect((await bot().receive({ method: "POST", query: twice, body: "" })).status).to.equal(
        400,
      );
    }).timeout(2_000);

    it("headers by name, in lists, as Headers, or not at all, for a resolver", async () => {
      const seen: unknown[] = [];
      const several = new Wechat(
        ({ headers, host, path, params }) => {
          seen.push([host, headers["x-shop"], path, params.shop]);
          return { token, appId };
        },
        { now: () => now * 1000 },
      );
      const request = { method: "POST", query: signed(), body: xmlOf(message()) };
      const all: Partial<ReceiveRequest>[] = [
        { headers: { Host: "a.example:80", "X-Shop": "tea" }, path: "/wx", params: { shop: "1" } },
        { headers: { HOST: ["a.example"], "x-shop": ["tea"], empty: null } },
        { headers: new Headers({ Host: "a.example", "X-Shop": "tea" }) },
        { headers: null, path: null, params: null },
        {},
      ];
      for (const more of all) {
        expect((await several.receive({ ...request, ...more, query: signed() })).status).to.equal(
          200,
        );
      }
      expect(seen).to.deep.equal([
        ["a.example", "tea", "/wx", "1"],
        ["a.example", "tea", "/", undefined],
        ["a.example", "tea", "/", undefined],
        ["", undefined, "/", undefined],
        ["", undefined, "/", undefined],
      ]);
    });
  });

  describe("is answered when it is no push, and nothing throws:", () => {
    for (const [what, body] of Object.entries({
      "no text": "",
      "no bytes": new Uint8Array(),
      "a Buffer of none": Buffer.alloc(0),
      "an ArrayBuffer of none": new ArrayBuffer(0),
    })) {
      it(`by saying that ${what} is empty`, async () => {
        expect((await post(body)).body).to.match(/it is empty/);
      });
    }
    for (const [what, body] of Object.entries(junk)) {
      it(`400 for ${what}`, async () => {
        const answer = await post(body);
        expect(answer.status).to.equal(400);
        expect(answer.body)
          .to.match(/not a push of WeChat/)
          .and.not.match(/secret/);
      });
    }
    for (const [what, body] of Object.entries(long)) {
      it(`413 for ${what} that is too long`, async () => {
        expect((await post(body)).status).to.equal(413);
        expect(
          (
            await bot({ bodyLimit: "1mb" }).receive({
              method: "POST",
              query: signed(),
              body: body as object,
            })
          ).status,
        ).to.be.oneOf([200, 400]);
      });
    }

    it("no method, no query, no request", async () => {
      const wx = bot();
      const refusals: [unknown, number][] = [
        [undefined, 400],
        [null, 400],
        [5, 400],
        ["POST", 400],
        [{}, 400],
        [{ query: signed() }, 400],
        [{ method: null, query: signed() }, 400],
        [{ method: ["POST"], query: signed() }, 400],
        [{ method: "PUT", query: signed() }, 405],
        [{ method: "POST" }, 403],
        [{ method: "POST", query: 5 }, 403],
        [{ method: "POST", query: "" }, 403],
        [{ method: "POST", query: [5, "ab"] }, 400],
        [{ method: "POST", query: { ...signed(), nonce: {} } }, 400],
        [{ method: "POST", query: { ...signed(), nonce: ["1", "2"] } }, 400],
        [{ method: "POST", query: { ...signed(), nonce: Symbol("x") } }, 400],
        [{ method: "POST", query: signed(), signal: 5, headers: 5, params: 5, path: 5 }, 400],
      ];
      for (const several of [false, true]) {
        const one = several ? new Wechat(() => ({ token, appId }), { now: () => now * 1000 }) : wx;
        for (const [request, status] of refusals) {
          const answer = await one.receive(request as ReceiveRequest);
          // Whose account it is, is not looked up for what has no signature of one.
          expect(answer.status, `${several} ${JSON.stringify(request)}`).to.equal(status);
          expect(answer.body).to.be.a("string").that.is.not.equal("");
        }
      }
    });
  });

  describe("is treated alike by wx.middleware() and wx.receive():", function () {
    this.timeout(60_000);
    let left: { body?: unknown; rawBody?: unknown } = {};
    let address: AddressInfo;
    let close: () => void;
    let limit: Wechat;
    const options = (sealed: boolean) => (sealed ? { appId, encodingAESKey } : {});

    before(async () => {
      const bots = [false, true].map((sealed) => bot(options(sealed)).middleware());
      const app = new Koa().use((ctx, next) => {
        Object.assign(ctx.request, left);
        return bots[ctx.path === "/sealed" ? 1 : 0]?.(ctx, next);
      });
      const server = app.listen(0, "127.0.0.1");
      await once(server, "listening");
      address = server.address() as AddressInfo;
      close = () => server.close();
      limit = bot();
    });
    after(() => close());

    /** The same request through both; what is encrypted is compared when it is decrypted. */
    async function both(
      given: { body?: unknown; rawBody?: unknown },
      sealed: boolean,
      query: Record<string, string>,
    ) {
      left = given;
      const over = await send(address, { path: sealed ? "/sealed" : "/plain", query });
      const direct = await (sealed ? bot(options(true)) : limit).receive({
        method: "POST",
        query,
        body: given.body as object,
        rawBody: given.rawBody as object,
      });
      const clear = (text: string) =>
        sealed && text.startsWith("<xml>") ? cipher.decrypt(String(parseXml(text).Encrypt)) : text;
      const headers = Object.entries(direct.headers).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]);
      const theirs = headers.map(([name = ""]) => [name, over.headers[name]]);
      expect([over.status, theirs, clear(over.body)]).to.deep.equal([
        direct.status,
        headers,
        clear(direct.body),
      ]);
      return direct.status;
    }

    it("every form and everything that is none", async () => {
      for (const make of Object.values(forms)) {
        expect(await both({ body: make(message()) }, false, signed())).to.equal(200);
        expect(await both({ rawBody: make(message()) }, false, signed())).to.be.oneOf([200, 400]);
      }
      for (const body of Object.values(junk)) {
        expect(await both({ body }, false, signed())).to.equal(400);
      }
      for (const body of Object.values(long)) {
        expect(await both({ body }, false, signed())).to.equal(413);
      }
    });

    it("whatever is done to a push on its way", async () => {
      const seen = new Set<number>();
      const leaf = fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.integer(),
        fc.constantFrom(
          null,
          undefined,
          true,
          [],
          ["a"],
          ["a", "b"],
          {},
          { a: "1" },
          Buffer.from("text"),
        ),
      );
      const input = fc.record({
        sealed: fc.boolean(),
        form: fc.constantFrom(...Object.values(forms)),
        place: fc.constantFrom("body", "rawBody", "both"),
        change: fc.option(
          fc.tuple(fc.constantFrom(...Object.keys(message()), "Encrypt", "$", "a b"), leaf),
        ),
        cut: fc.option(fc.nat(400), { freq: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(input, async ({ sealed, form, place, change, cut }) => {
          const query = signed();
          let fields: Record<string, unknown> = message();
          if (sealed) {
            const Encrypt = cipher.encrypt(xmlOf(fields));
            const { timestamp = "", nonce = "" } = query;
            query.msg_signature = sign(token, timestamp, nonce, Encrypt);
            fields = { Encrypt };
          }
          if (change !== null) fields[change[0]] = change[1];
          let body = form(fields);
          if (cut !== null && typeof body === "string") body = body.slice(0, cut);
          if (cut !== null && Buffer.isBuffer(body)) body = body.subarray(0, cut);
          const given =
            place === "both" ? { body: { xml: message() }, rawBody: body } : { [place]: body };
          seen.add(await both(given, sealed, query));
        }),
        { numRuns: 600 },
      );
      expect([...seen]).to.include.members([200, 400, 403]);
    });
  });
});
