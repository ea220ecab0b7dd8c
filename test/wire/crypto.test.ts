import { createCipheriv } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RequestError } from "../../src/errors.js";
import { MessageCipher } from "../../src/wire/crypto.js";
import { sign, verify } from "../../src/wire/signature.js";
import { signatures, vectors } from "../fixtures/vectors.js";

const refusal = (work: () => unknown): RequestError | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(RequestError);
    return error as RequestError;
  }
};

describe("sign() and verify(): signatures", () => {
  for (const { name, parts, signature } of signatures) {
    it(`are right for ${name}`, () => {
      expect(sign(...parts)).to.equal(signature);
      expect(verify(signature, ...parts)).to.equal(true);
    });
  }

  for (const { name, token, timestamp, nonce, encrypted, msgSignature } of vectors) {
    it(`cover the cipher text of ${name}`, () => {
      expect(sign(token, timestamp, nonce, encrypted)).to.equal(msgSignature);
    });
  }

  it("are refused in any other form", () => {
    const right = sign("a", "b", "c");
    for (const wrong of [
      undefined,
      null,
      "",
      1,
      [right],
      right.toUpperCase(),
      `${right} `,
      "ä".repeat(40),
    ]) {
      expect(verify(wrong, "a", "b", "c")).to.equal(false);
    }
  });
});

describe("MessageCipher", () => {
  for (const { name, key, id, encrypted, message, contains, random } of vectors) {
    it(`decrypts ${name}`, () => {
      const clear = new MessageCipher(key, id).decrypt(encrypted);
      if (message !== undefined) expect(clear).to.equal(message);
      else expect(clear).to.include(contains);
    });
    if (random !== undefined && message !== undefined) {
      it(`encrypts ${name} to the same text`, () => {
        const again = new MessageCipher(key, id).encrypt(message, Buffer.from(random));
        expect(again).to.equal(encrypted);
      });
    }
  }

  const key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  const cipher = new MessageCipher(key, "wx1");

  it("makes each message as if it were the first, whatever came before", () => {
    for (const { key, id, encrypted, message, random } of vectors) {
      if (random === undefined || message === undefined) continue;
      const cipher = new MessageCipher(key, id);
      for (const other of ["", "x", "你好".repeat(900)]) {
        const sealed = cipher.encrypt(other);
        expect(new MessageCipher(key, id).decrypt(sealed)).to.equal(other);
        expect(cipher.decrypt(sealed)).to.equal(other);
        expect(() => cipher.decrypt(`${"A".repeat(63)}=`)).to.throw(RequestError);
        expect(cipher.encrypt(message, Buffer.from(random))).to.equal(encrypted);
        expect(cipher.decrypt(encrypted)).to.equal(message);
      }
    }
  });

  it("gives back whatever it encrypted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        expect(cipher.decrypt(cipher.encrypt(text))).to.equal(text);
      }),
    );
  });

  it("refuses what cannot be a cipher text", () => {
    const whole = cipher.encrypt("hello");
    const texts = [
      "",
      "=",
      "AAAA",
      "****",
      whole.slice(1),
      whole.slice(0, -4),
      `${whole} `,
      `${whole}=`,
      // Found by `npm run fuzz`: Node reads these as the letters whose low byte they have.
      String.fromCharCode(whole.charCodeAt(0) + 0x400) + whole.slice(1),
      cipher.encrypt("~~~???", Buffer.alloc(16, 0xfb)).replace(/[+/]/, "_"),
    ];
    const messages = texts.map((text) => {
      const error = refusal(() => cipher.decrypt(text));
      expect(error?.code).to.equal("WX_DECRYPT");
      return error?.message;
    });
    expect(new Set(messages).size).to.equal(1);
  });

  it("refuses wrong padding and lengths", () => {
    const aes = Buffer.from(`${key}=`, "base64");
    const seal = (plain: Buffer) => {
      const out = createCipheriv("aes-256-cbc", aes, aes.subarray(0, 16)).setAutoPadding(false);
      return Buffer.concat([out.update(plain), out.final()]).toString("base64");
    };
    const plain = (padding: number, length = 5) => {
      const buffer = Buffer.alloc(64, padding);
      buffer.writeUInt32BE(length, 16);
      buffer.write("hello", 20);
      buffer.write("wx1", 25);
      return buffer;
    };
    const right = plain(36 - 4);
    right.fill(32, 28);
    expect(refusal(() => cipher.decrypt(seal(right)))?.code).to.equal("WX_DECRYPT");
    for (const [padding, length] of [
      [0, 5],
      [33, 5],
      [255, 5],
      [32, 0xffffffff],
      [32, 4096],
    ] as const) {
      const error = refusal(() => cipher.decrypt(seal(plain(padding, length))));
      expect(error?.code, `padding ${padding}, length ${length}`).to.equal("WX_DECRYPT");
    }
  });

  it("refuses a message for another account with the same key", () => {
    const other = new MessageCipher(key, "wx2").encrypt("hello");
    expect(refusal(() => cipher.decrypt(other))?.code).to.equal("WX_DECRYPT");
  });
});
