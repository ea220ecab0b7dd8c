import { expect } from "chai";
import fc from "fast-check";
import { RequestError } from "../../src/errors.js";
import { MessageCipher } from "../../src/wire/crypto.js";
import { Envelope, type EnvelopeOptions } from "../../src/wire/envelope.js";
import type { Query } from "../../src/wire/query.js";
import { sign, verify } from "../../src/wire/signature.js";
import { cdata, parseXml } from "../../src/wire/xml/xml.js";
import { vectors } from "../fixtures/vectors.js";

const token = "AAAAA";
const appId = "wxba5fad812f8e6fb9";
const encodingAESKey = "A".repeat(43);
const now = 1_714_112_445;
const at = { now: () => now * 1000 };
const cipher = new MessageCipher(encodingAESKey, appId);

const message =
  "<xml><ToUserName>gh</ToUserName><FromUserName>u</FromUserName><MsgType>text</MsgType></xml>";

const refusal = (work: () => unknown): RequestError => {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(RequestError);
    return error as RequestError;
  }
  throw new Error("accepted");
};

/** A request as WeChat makes it, in any of its modes. */
function request(mode: "plain" | "compat" | "safe", content = message, nonce = "415670741") {
  const timestamp = String(now);
  const query = { signature: sign(token, timestamp, nonce), timestamp, nonce };
  if (mode === "plain") return { query, body: content };
  const encrypted = cipher.encrypt(content);
  const sealed = `<Encrypt>${cdata(encrypted)}</Encrypt>`;
  const clear =
    "<ToUserName>gh</ToUserName><FromUserName>forged</FromUserName><MsgType>text</MsgType>";
  return {
    query: {
      ...query,
      encrypt_type: "aes",
      msg_signature: sign(token, timestamp, nonce, encrypted),
    },
    body: `<xml>${mode === "compat" ? clear : "<ToUserName>gh</ToUserName>"}${sealed}</xml>`,
  };
}

const open = (options: EnvelopeOptions, query: Query, body: string) => {
  const envelope = new Envelope(options);
  return envelope.open(envelope.check(query), body, (root) => root);
};

describe("Envelope", () => {
  const plain = { token, ...at };
  const sealed = { token, appId, encodingAESKey, ...at };
  const both = { ...sealed, acceptPlain: true };

  describe("lets its configuration decide what it opens", () => {
    const cells: [string, EnvelopeOptions, "plain" | "compat" | "safe", string][] = [
      ["without a key", plain, "plain", "opened"],
      ["without a key", plain, "compat", "clear text"],
      ["without a key", plain, "safe", "WX_ENCRYPTED"],
      ["with a key", sealed, "plain", "WX_PLAIN"],
      ["with a key", sealed, "compat", "opened"],
      ["with a key", sealed, "safe", "opened"],
      ["with acceptPlain", both, "plain", "opened"],
      ["with acceptPlain", both, "compat", "opened"],
      ["with acceptPlain", both, "safe", "opened"],
    ];
    for (const [how, options, mode, outcome] of cells) {
      for (const encrypt_type of [undefined, "raw", "aes"]) {
        it(`${how}: a ${mode} push, said to be ${encrypt_type ?? "nothing"}: ${outcome}`, () => {
          const { query, body } = request(mode);
          const claimed = { ...query, encrypt_type };
          if (outcome.startsWith("WX_")) {
            expect(refusal(() => open(options, claimed, body)).code).to.equal(outcome);
            return;
          }
          const push = open(options, claimed, body);
          const from = outcome === "clear text" ? "forged" : "u";
          expect(push.root.FromUserName).to.equal(from);
        });
      }
    }
  });

  describe("checks the signature", () => {
    for (const options of [plain, sealed]) {
      const mode = options === plain ? "plain" : "safe";
      it(`of a ${mode} push: wrong, missing, empty, of another token`, () => {
        const { query, body } = request(mode);
        const wrongs: Query[] = [
          { ...query, signature: undefined },
          { ...query, signature: "" },
          { ...query, signature: "0".repeat(40) },
          { ...query, signature: sign("other", query.timestamp, query.nonce) },
          { ...query, nonce: "1" },
          { ...query, timestamp: String(now + 1) },
          {},
        ];
        for (const wrong of wrongs) {
          const error = refusal(() => open(options, wrong, body));
          expect([error.status, error.code]).to.deep.equal([403, "WX_SIGNATURE"]);
        }
      });
      it(`of a ${mode} push: repeated parameters`, () => {
        const { query, body } = request(mode);
        for (const name of ["signature", "timestamp", "nonce", "msg_signature"]) {
          const error = refusal(() => open(options, { ...query, [name]: ["a", "b"] }, body));
          expect([error.status, error.code]).to.deep.equal([400, "WX_QUERY"]);
        }
      });
    }

    it("over the cipher text before it decrypts", () => {
      const { query, body } = request("safe");
      for (const msg_signature of [undefined, "", "0".repeat(40), query.signature]) {
        const error = refusal(() => open(sealed, { ...query, msg_signature }, body));
        expect(error.code).to.equal("WX_SIGNATURE");
      }
    });

    it("so that no change of a sealed push gets in, and each looks the same", () => {
      const { query, body } = request("safe");
      const start = body.indexOf("<![CDATA[") + 9;
      const end = body.indexOf("]]>");
      fc.assert(
        fc.property(
          fc.integer({ min: start, max: end - 1 }),
          fc.constantFrom("A", "b", "/", "=", " "),
          (index, by) => {
            if (body[index] === by) return;
            const changed = body.slice(0, index) + by + body.slice(index + 1);
            const error = refusal(() => open(sealed, query, changed));
            expect(error.status).to.equal(403);
          },
        ),
      );
    });

    it("and refuses a message for another account with the same key and token", () => {
      const encrypted = new MessageCipher(encodingAESKey, "wxother").encrypt(message);
      const { query } = request("safe");
      const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
      const body = `<xml><Encrypt>${encrypted}</Encrypt></xml>`;
      const error = refusal(() => open(sealed, { ...query, msg_signature }, body));
      expect([error.status, error.code]).to.deep.equal([403, "WX_DECRYPT"]);
    });
  });

  describe("checks the age", () => {
    const aged = (age: number, maxAge?: number) => {
      const timestamp = String(now - age);
      const query = { signature: sign(token, timestamp, "1"), timestamp, nonce: "1" };
      return () => new Envelope({ ...plain, ...(maxAge ? { maxAge } : {}) }).check(query);
    };

    it("five minutes either way", () => {
      for (const age of [0, 300, -300]) expect(aged(age)().timestamp).to.equal(String(now - age));
      for (const age of [301, -301, 86_400]) {
        const error = refusal(aged(age));
        expect([error.status, error.code]).to.deep.equal([403, "WX_STALE"]);
        expect(error.message)
          .to.include(`${Math.abs(age)} seconds`)
          .and.to.include("clock");
      }
    });

    it("or as long as it is told", () => {
      expect(aged(3_000, 3_600)().nonce).to.equal("1");
      expect(refusal(aged(61, 60)).code).to.equal("WX_STALE");
    });

    it("of what is no time at all", () => {
      for (const timestamp of ["", "soon", "1e9", "-1", "17141124450"]) {
        const query = { signature: sign(token, timestamp, "1"), timestamp, nonce: "1" };
        expect(refusal(() => new Envelope(plain).check(query)).code).to.equal("WX_STALE");
      }
    });
  });

  describe("verifies a server address", () => {
    it("with the official example", () => {
      const envelope = new Envelope({ token, now: () => 1_714_036_504_000 });
      const query = {
        signature: "f464b24fc39322e44b38aa78f5edd27bd1441696",
        timestamp: "1714036504",
        nonce: "1514711492",
        echostr: "4375120948345356249",
      };
      expect(envelope.echo(query)).to.equal("4375120948345356249");
      expect(refusal(() => envelope.echo({ ...query, echostr: undefined })).code).to.equal(
        "WX_QUERY",
      );
      expect(refusal(() => envelope.echo({ ...query, echostr: "<b>" })).code).to.equal("WX_QUERY");
    });

    it("in clear text also with a key, and encrypted where it comes encrypted", () => {
      const vector = vectors.find(({ name }) => name === "an encrypted echostr");
      if (vector === undefined) throw new Error("the vector is missing");
      const { timestamp, nonce, encrypted, msgSignature } = vector;
      const envelope = new Envelope({
        token: vector.token,
        appId: vector.id,
        encodingAESKey: vector.key,
        now: () => Number(timestamp) * 1000,
      });
      const query = { signature: sign(vector.token, timestamp, nonce), timestamp, nonce };
      expect(envelope.echo({ ...query, echostr: "123" })).to.equal("123");
      const wecom = { ...query, echostr: encrypted, msg_signature: msgSignature };
      expect(envelope.echo(wecom)).to.equal("5927782489442352469");
      const forged = { ...wecom, msg_signature: "0".repeat(40) };
      expect(refusal(() => envelope.echo(forged)).code).to.equal("WX_SIGNATURE");
    });
  });

  describe("seals replies", () => {
    it("as they are, to a plain push", () => {
      const { query, body } = request("plain");
      expect(open(plain, query, body).seal("<xml/>")).to.equal("<xml/>");
    });

    it("encrypted and signed, to an encrypted one", () => {
      const { query, body } = request("safe");
      const answer = parseXml(open(sealed, query, body).seal("<xml>你好</xml>")) as Record<
        string,
        string
      >;
      const { Encrypt = "", MsgSignature, TimeStamp = "", Nonce = "" } = answer;
      expect(TimeStamp).to.equal(String(now));
      expect(Nonce).to.equal(query.nonce);
      expect(verify(MsgSignature, token, TimeStamp, Nonce, Encrypt)).to.equal(true);
      expect(cipher.decrypt(Encrypt)).to.equal("<xml>你好</xml>");
    });

    // Found by `npm run fuzz`.
    it("so that the signature fits, also when XML cannot hold the push's nonce", () => {
      const { query, body } = request("safe", message, "\ufffe\u0000 ");
      const answer = parseXml(open(sealed, query, body).seal("x")) as Record<string, string>;
      const { Encrypt = "", MsgSignature, TimeStamp = "", Nonce = "" } = answer;
      expect(verify(MsgSignature, token, TimeStamp, Nonce, Encrypt)).to.equal(true);
    });

    it("with the token and the key that the push came with, during a rotation", () => {
      const rotating = {
        token: ["BBBBB", token],
        appId,
        encodingAESKey: ["b".repeat(43), encodingAESKey],
        ...at,
      };
      const { query, body } = request("safe");
      const answer = parseXml(open(rotating, query, body).seal("x")) as Record<string, string>;
      const { Encrypt = "", MsgSignature, TimeStamp = "", Nonce = "" } = answer;
      expect(verify(MsgSignature, token, TimeStamp, Nonce, Encrypt)).to.equal(true);
      expect(cipher.decrypt(Encrypt)).to.equal("x");
    });
  });

  it("tells two plain bodies apart that share a signature", () => {
    const { query } = request("plain");
    const print = (body: string) => open(plain, query, body).fingerprint;
    expect(print(message)).to.equal(print(message));
    expect(print(message)).not.to.equal(print(message.replace("text", "image")));
  });
});
