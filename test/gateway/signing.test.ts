import { createHmac } from "node:crypto";
import { expect } from "chai";
import {
  emptyHash,
  isSignedBy,
  sha256,
  signingHeaders,
  signParts,
  signRequest,
} from "../../src/gateway/signing.js";

const parts = {
  method: "GET",
  target: "/tokens/wx1111111111111111",
  timestamp: "1700000000",
  nonce: "0123456789abcdef",
  bodyHash: emptyHash,
};
const secret = "0123456789abcdef0123456789abcdef";

describe("signRequest(): the gateway's signatures", () => {
  it("are an HMAC-SHA256 over six lines", () => {
    const text = `v1\nGET\n/tokens/wx1111111111111111\n1700000000\n0123456789abcdef\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`;
    const known = createHmac("sha256", secret).update(text).digest("hex");
    expect(signParts(secret, parts)).to.equal(known);
    // From: printf 'v1\nGET\n…' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    expect(known).to.equal("f723c493864cb463047c3f8a23645c1f2f011dfb65bb00b6943e1314317beb32");
  });

  it("hold for one of several secrets and for no others", () => {
    const signature = signParts(secret, parts);
    expect(isSignedBy(["another", secret], parts, signature)).to.equal(true);
    expect(isSignedBy([secret, "another"], parts, signature)).to.equal(true);
    expect(isSignedBy(["another"], parts, signature)).to.equal(false);
    expect(isSignedBy([], parts, signature)).to.equal(false);
    expect(isSignedBy([secret], parts, "")).to.equal(false);
    expect(isSignedBy([secret], parts, "zz")).to.equal(false);
  });

  for (const [name, value] of Object.entries({
    method: "POST",
    target: "/tokens/wx1111111111111112",
    timestamp: "1700000001",
    nonce: "0123456789abcdee",
    bodyHash: sha256("x"),
  })) {
    it(`do not hold for another ${name}`, () => {
      const signature = signParts(secret, parts);
      expect(isSignedBy([secret], { ...parts, [name]: value }, signature)).to.equal(false);
    });
  }

  it("are made anew, with all headers, for every request", () => {
    const client = { client: "shop", secret };
    const one = signRequest(client, "POST", "/a?b=c", "body");
    const two = signRequest(client, "POST", "/a?b=c", "body");
    expect(Object.keys(one)).to.have.members(Object.values(signingHeaders));
    expect(one["Wx-Nonce"]).not.to.equal(two["Wx-Nonce"]);
    expect(one["Wx-Content-Sha256"]).to.equal(sha256("body"));
    expect(JSON.stringify(one)).not.to.contain(secret);
  });
});
