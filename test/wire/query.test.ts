import { parse } from "node:querystring";
import { expect } from "chai";
import fc from "fast-check";
import { parseQuery } from "../../src/wire/query.js";

describe("parseQuery()", () => {
  it("reads what WeChat sends", () => {
    const query = parseQuery(
      "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    );
    expect({ ...query }).to.deep.equal({
      signature: "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
      timestamp: "1714112445",
      nonce: "415670741",
      openid: "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
      encrypt_type: "aes",
      msg_signature: "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    });
  });

  it("decodes, and makes a list of what is repeated", () => {
    expect({ ...parseQuery("a=1&a=2&a=3&b=%E4%BD%A0+%26") }).to.deep.equal({
      a: ["1", "2", "3"],
      b: "你 &",
    });
  });

  it("inherits no name and takes any", () => {
    const query = parseQuery("__proto__=1&__proto__=2&constructor=3&=4");
    expect({ ...query })
      .to.have.own.property("__proto__")
      .that.deep.equals(["1", "2"]);
    expect(query.toString).to.equal(undefined);
  });

  it("reads all of them, however many there are, encoded or not", () => {
    for (const [text, name] of [
      ["a=1", "a"],
      ["%61=1", "a"],
      ["a=1&b=+", "a"],
    ] as const) {
      const query = parseQuery(`${"x&".repeat(1_500)}${text}&${text}`);
      expect(query[name]).to.deep.equal(["1", "1"]);
      expect(query.x).to.have.length(1_500);
    }
  });

  it("agrees with node:querystring", () => {
    const part = fc.stringMatching(/^[a-c=&%+20-4]{0,12}$/);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const text = parts.join("&");
        expect({ ...parseQuery(text) }).to.deep.equal({ ...parse(text) });
      }),
    );
  });
});
