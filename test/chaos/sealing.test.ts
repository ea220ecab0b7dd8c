import { expect } from "chai";
import { vectors } from "../fixtures/vectors.js";
import { decrypted, encrypted, signed } from "./sealing.js";

describe("npm run chaos: the envelope that it writes", () => {
  it("is signed and opened as in the known answers", () => {
    for (const { token, key, id, timestamp, nonce, msgSignature, message, ...vector } of vectors) {
      const account = { token, appId: id, appSecret: "", encodingAESKey: key };
      const sealed = vector.encrypted;
      expect(signed(token, timestamp, nonce, sealed), vector.name).to.equal(msgSignature);
      if (message !== undefined) expect(decrypted(sealed, account)).to.equal(message);
    }
    expect(vectors.some(({ message }) => message !== undefined)).to.equal(true);
  });

  it("holds texts of every length, in bytes", () => {
    const [{ token, key, id }] = vectors as [(typeof vectors)[number]];
    const account = { token, appId: id, appSecret: "", encodingAESKey: key };
    for (let length = 0; length <= 40; length++) {
      const text = "你".repeat(length);
      const sealed = encrypted(text, account);
      expect(Buffer.from(sealed, "base64").length % 32).to.equal(0);
      expect(decrypted(sealed, account)).to.equal(text);
    }
  });
});
