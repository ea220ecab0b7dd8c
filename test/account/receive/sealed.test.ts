import { execFile } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import Koa from "koa";
import type { PushEvent } from "../../../src/further-types.js";
import { observe, Wechat } from "../../../src/index.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { parseXml } from "../../../src/wire/xml/xml.js";
import { bundle } from "../../support/bundle.js";
import { send, signedQuery, textXml } from "../../support/push.js";

const token = "q7Zr2mX9kLw4Tb8VcJ5n";
const appId = "wxba5fad812f8e6fb9";
const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const cipher = new MessageCipher(encodingAESKey, appId);
const aes = Buffer.from(`${encodingAESKey}=`, "base64");

/** `random(16) | length | message | appId | padding`, each part as a test wants it. */
function encrypt(
  message: string | Buffer,
  {
    id = appId,
    padding = undefined as number | undefined,
    length = Buffer.byteLength(message),
  } = {},
): string {
  const used = Buffer.concat([Buffer.alloc(20, 7), Buffer.from(message), Buffer.from(id)]);
  used.writeUInt32BE(length, 16);
  const pad = 32 - (used.length % 32);
  const out = createCipheriv("aes-256-cbc", aes, aes.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([used, Buffer.alloc(pad, padding ?? pad)]);
  return Buffer.concat([out.update(plain), out.final()]).toString("base64");
}

const signed = (encrypted: string, more = {}) => {
  const query = signedQuery(more, token);
  return { ...query, msg_signature: sign(token, query.timestamp, query.nonce, encrypted) };
};
const wrapped = (encrypted: string) => `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
const bot = () =>
  new Wechat({ token, appId, encodingAESKey }).on("text", ({ message }) => message.Content);

/** The same cipher text as a push and as an echostr. */
const asPush = (encrypted: string) => ({
  method: "POST",
  query: signed(encrypted),
  body: wrapped(encrypted),
});
const asEcho = (encrypted: string) => ({
  method: "GET",
  query: signed(encrypted, { echostr: encrypted }),
});

const whole = textXml("aPIN1234");
/** What can be wrong inside: all of it must look the same. */
const wrong: Record<string, { encrypted: string; reason: RegExp }> = {
  padding: { encrypted: encrypt(whole, { padding: 77 }), reason: /padding/ },
  "padding of nothing": { encrypted: encrypt(whole, { padding: 0 }), reason: /padding/ },
  length: { encrypted: encrypt(whole, { length: 0x7fffffff }), reason: /length/ },
  "a length that takes a part of the AppID": {
    encrypted: encrypt(whole, { length: Buffer.byteLength(whole) + 3 }),
    reason: /AppID/,
  },
  "another's AppID": { encrypted: encrypt(whole, { id: "wxba5fad812f8e6fb8" }), reason: /AppID/ },
  "no AppID": { encrypted: encrypt(whole, { id: "" }), reason: /AppID/ },
  "no base64": { encrypted: `!${encrypt(whole)}`, reason: /base64/ },
  "half a block": {
    encrypted: Buffer.from(encrypt(whole), "base64").subarray(0, -8).toString("base64"),
    reason: /blocks/,
  },
  "bytes that are no text": {
    encrypted: encrypt(Buffer.concat([Buffer.from(whole), Buffer.from([0xe5, 0xa5])])),
    reason: /UTF-8/,
  },
  "a document that ends early": { encrypted: encrypt(whole.slice(0, -9)), reason: /closed|ends/ },
  "a tag that does not end": {
    encrypted: encrypt(whole.replace("</xml>", "<aPIN1234 </xml>")),
    reason: /tag|attribute/,
  },
  "a tag of another name": {
    encrypted: encrypt(whole.replace("</xml>", "<aPIN1234></bPIN></xml>")),
    reason: /closed/,
  },
  "another root": { encrypted: encrypt(whole.replaceAll("xml>", "aPIN1234>")), reason: /root/ },
  "two roots": { encrypted: encrypt(whole + whole), reason: /roots/ },
  "an entity": {
    encrypted: encrypt(whole.replace("</xml>", "<A>&aPIN1234;</A></xml>")),
    reason: /entity/,
  },
  "no markup": { encrypted: encrypt("aPIN1234".repeat(40)), reason: /begin with/ },
  nothing: { encrypted: encrypt(""), reason: /empty/ },
  "a field twice": {
    encrypted: encrypt(whole.replace("</xml>", "<Content>aPIN1234</Content></xml>")),
    reason: /more than once/,
  },
  "elements in a field": {
    encrypted: encrypt(whole.replace("</xml>", "<MsgId><aPIN1234>1</aPIN1234></MsgId></xml>")),
    reason: /more than once|elements/,
  },
  "no sender": {
    encrypted: encrypt(whole.replaceAll("FromUserName", "aPIN1234")),
    reason: /has no <FromUserName>/,
  },
  "an event without a name": {
    encrypted: encrypt(whole.replace("[text]", "[event]")),
    reason: /has no <Event>/,
  },
};

describe("wx.receive(): what was encrypted", () => {
  describe("is told nobody", () => {
    it("by the echo: only digits are echoed, whatever else the key opens", async () => {
      const wx = bot();
      const echo = encrypt("5927782489442352469");
      expect(await wx.receive(asEcho(echo))).to.include({
        status: 200,
        body: "5927782489442352469",
      });
      const reply = await wx.receive(asPush(encrypt(textXml("hi"))));
      const overheard = [
        encrypt(whole),
        String((parseXml(reply.body) as { Encrypt: string }).Encrypt),
        encrypt(textXml("long".repeat(500))),
        ...["hello", "12 34", " 1", "1\n", "", "-1", "1".repeat(33), "<b>1</b>", "１２"].map(
          (text) => encrypt(text),
        ),
      ];
      const answers = await Promise.all(overheard.map((text) => wx.receive(asEcho(text))));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).to.equal(1);
      expect(answers[0]).to.include({ status: 403 });
      expect(answers[0]?.body).to.match(/could not be decrypted/);
    });

    it("by a refusal: each is the same to the byte, as push and as echo, with Koa and without", async () => {
      const wx = bot();
      const server = new Koa().use(wx.middleware()).listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address() as AddressInfo;
      try {
        const answers = new Map<string, string[]>();
        const note = (what: string, answer: unknown) => {
          const text = JSON.stringify(answer);
          answers.set(text, [...(answers.get(text) ?? []), what]);
        };
        const overHttp = new Set<string>();
        for (const [what, { encrypted }] of Object.entries(wrong)) {
          note(`push: ${what}`, await wx.receive(asPush(encrypted)));
          note(`echo: ${what}`, await wx.receive(asEcho(encrypted)));
          for (const request of [asPush(encrypted), asEcho(encrypted)]) {
            const { status, headers, body } = await send(address, request);
            const { date, ...others } = headers;
            overHttp.add(JSON.stringify([status, others, body]));
            const { "content-type": type } = headers;
            note(`over HTTP: ${what}`, {
              status,
              headers: {
                "Content-Type": type,
                "X-Content-Type-Options": headers["x-content-type-options"],
              },
              body,
            });
          }
        }
        expect([...answers.values()].slice(1)).to.deep.equal([]);
        expect(overHttp.size).to.equal(1);
        expect([...answers.keys()][0])
          .to.include('"status":403')
          .and.include("encodingAESKey");
      } finally {
        server.close();
      }
    });

    it("by the time that the refusal takes", async function () {
      this.timeout(30_000);
      const wx = bot();
      const times = new Map<string, number[]>();
      for (let round = 0; round < 20; round++) {
        for (const [what, { encrypted }] of Object.entries(wrong)) {
          for (const request of [asPush(encrypted), asEcho(encrypted)]) {
            const begun = performance.now();
            await wx.receive(request);
            const name = `${request.method} ${what}`;
            times.set(name, [...(times.get(name) ?? []), performance.now() - begun]);
          }
        }
      }
      // The quickest of each: what else the machine does only adds.
      const usual = [...times.values()].map((all) => Math.min(...all));
      expect(Math.max(...usual) / Math.min(...usual)).to.be.lessThan(1.05);
    });

    it("by the time of a long one, of which the rest would take long to read", async function () {
      this.timeout(30_000);
      const wx = bot();
      for (const long of [
        `<xml><A b='${"&lt;".repeat(9_000)}'/></xml>`,
        `<xml><!-- --><A>${"<![CDATA[]]>".repeat(3_000)}</A></xml>`,
        `<xml><!-- --><A>${"&#x41;".repeat(6_000)}</A></xml>`,
      ]) {
        const same = [
          encrypt(long),
          encrypt(long, { padding: 77 }),
          encrypt("x".repeat(long.length)),
        ];
        const least = same.map(() => Number.POSITIVE_INFINITY);
        for (let round = 0; round < 10; round++) {
          for (const [index, cipher] of same.entries()) {
            const begun = performance.now();
            expect((await wx.receive(asPush(cipher))).status).to.equal(403);
            least[index] = Math.min(least[index] as number, performance.now() - begun);
          }
        }
        expect(Math.max(...least) / Math.min(...least)).to.be.lessThan(1.05);
      }
    });

    it("by blocks of overheard messages, put together in any way", async function () {
      this.timeout(60_000);
      const wx = bot();
      const seen = new Set<string>();
      const blocksOf = (text: string) => {
        const bytes = Buffer.from(text, "base64");
        return Array.from({ length: bytes.length / 16 }, (_, at) =>
          bytes.subarray(at * 16, at * 16 + 16),
        );
      };
      const overheard = [
        encrypt(whole),
        encrypt(textXml("second".repeat(9))),
        encrypt("5927782489442352469"),
      ].map(blocksOf);
      const genuine = overheard.map((blocks) => Buffer.concat(blocks).toString("base64"));
      const run = fc.tuple(fc.nat(2), fc.nat(40), fc.integer({ min: 1, max: 40 }));
      const spliced = fc.oneof(
        fc
          .array(run, { minLength: 1, maxLength: 4 })
          .map((runs) =>
            runs.flatMap(([of, from, count]) => (overheard[of] ?? []).slice(from, from + count)),
          ),
        // Of the right length: only some blocks in the middle are another's, or in another order.
        fc
          .tuple(fc.nat(1), fc.array(fc.tuple(fc.nat(40), fc.nat(1), fc.nat(40)), { maxLength: 3 }))
          .map(([of, changes]) => {
            const blocks = [...(overheard[of] ?? [])];
            for (const [at, from, which] of changes) {
              const other = overheard[from]?.[which];
              if (at < blocks.length && other !== undefined) blocks[at] = other;
            }
            return blocks;
          }),
      );
      await fc.assert(
        fc.asyncProperty(spliced, async (blocks) => {
          const text = Buffer.concat(blocks).toString("base64");
          if (genuine.includes(text)) return;
          const answers = await Promise.all([wx.receive(asPush(text)), wx.receive(asEcho(text))]);
          for (const answer of answers) seen.add(JSON.stringify(answer));
        }),
        { numRuns: 1_000, seed: 7 },
      );
      expect([...seen]).to.have.length(1);
    });

    it("by what watches: the owner learns what is wrong, in no word of the push", async () => {
      const events: PushEvent[] = [];
      const stop = observe("koa-wx:push", (event) => void events.push(event));
      try {
        const wx = bot();
        for (const { encrypted } of Object.values(wrong)) await wx.receive(asPush(encrypted));
      } finally {
        stop();
      }
      for (const [index, [what, { reason }]] of Object.entries(wrong).entries()) {
        const event = events[index];
        expect(event, what).to.include({ outcome: "refused", status: 403, code: "WX_DECRYPT" });
        expect(event?.reason, what)
          .to.match(reason)
          .and.match(/"encodingAESKey"/);
        expect(event, what).to.include({ type: undefined, event: undefined });
      }
      expect(JSON.stringify(events)).not.to.match(/PIN|alice|gh_8668/);
    });

    it("by NODE_DEBUG", async function () {
      this.timeout(20_000);
      const scenario = `
        import { Wechat } from "./src/index.ts";
        const wx = new Wechat(${JSON.stringify({ token, appId, encodingAESKey })});
        for (const request of ${JSON.stringify(Object.values(wrong).map(({ encrypted }) => asPush(encrypted)))}) await wx.receive(request);
      `;
      const args = [await bundle(scenario)];
      const env = { ...process.env, NODE_DEBUG: "koa-wx" };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
      expect(stderr.match(/code='WX_DECRYPT'/g)).to.have.length(Object.keys(wrong).length);
      expect(stdout + stderr).not.to.match(/PIN|alice|gh_8668/);
    });
  });

  it("is not said to be wrong when a handler fails", async () => {
    const wx = new Wechat({ token, appId, encodingAESKey })
      .on("text", () => {
        throw new Error("mine");
      })
      .catch(() => "sorry");
    const answer = await wx.receive(asPush(encrypt(textXml("hi"))));
    const { Encrypt } = parseXml(answer.body) as { Encrypt: string };
    expect(parseXml(cipher.decrypt(Encrypt)).Content).to.equal("sorry");
  });

  it("opens with the previous key while the key is changed, and the refusal is the same", async () => {
    const rotating = new Wechat({
      token,
      appId,
      encodingAESKey: ["b".repeat(43), encodingAESKey],
    }).on("text", () => "hi");
    expect((await rotating.receive(asPush(encrypt(textXml("hi"))))).status).to.equal(200);
    const [one, other] = await Promise.all([
      rotating.receive(asPush(wrong.padding?.encrypted ?? "")),
      bot().receive(asPush(wrong["two roots"]?.encrypted ?? "")),
    ]);
    expect(one).to.deep.equal(other);
  });
});

describe("WX_TOKEN: a token that is easily guessed", () => {
  const warningsOf = async (...tokens: string[]) => {
    const scenario = `
      import { Wechat } from "./src/index.ts";
      for (const token of ${JSON.stringify(tokens)}) new Wechat({ token });
      new Wechat(() => undefined);
    `;
    const args = [await bundle(scenario)];
    const { stderr } = await promisify(execFile)(process.execPath, args);
    return stderr;
  };

  it("is warned of once, without showing it", async function () {
    this.timeout(20_000);
    const warned = await warningsOf("aShortToken", "another4567", token);
    expect(warned.match(/WX_TOKEN/g)).to.have.length(1);
    expect(warned)
      .to.match(/16 characters/)
      .and.match(/openssl rand -hex 16/);
    expect(warned).not.to.match(/aShortToken|another4567/);
  });

  it("is not one of sixteen letters, nor the one that several accounts are checked with", async function () {
    this.timeout(20_000);
    expect(await warningsOf("0123456789abcdef")).to.equal("");
  });
});
