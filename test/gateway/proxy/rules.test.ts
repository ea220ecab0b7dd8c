import { expect } from "chai";
import fc from "fast-check";
import { checkServer } from "../../../src/gateway/options.js";
import { checkCall, checkQuery } from "../../../src/gateway/proxy/rules.js";
import { Refusal } from "../../../src/gateway/refusal.js";

const isLet = (work: () => unknown): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    expect(error).to.be.instanceOf(Refusal);
    return false;
  }
};
const piece = fc.oneof(
  fc.constantFrom(
    "/",
    ".",
    "..",
    "%2e",
    "%2F",
    "\\",
    ";",
    "?",
    "#",
    "@",
    ":",
    "cgi-bin",
    "user",
    "\0",
    "\n",
  ),
  fc.string({ maxLength: 3 }),
);

describe("apiProxy(): the rules of the proxy", () => {
  it("take an address without the slashes at its end, however many there are", () => {
    const begun = performance.now();
    const many = "/".repeat(60_000);
    expect(checkServer("url", `https://example.com/a${many}`).pathname).to.equal("/a");
    checkServer("url", `https://example.com/${many}a`);
    expect(performance.now() - begun).to.be.lessThan(500);
  });

  it("let through only paths that every server reads alike, and that lead to WeChat", () => {
    let count = 0;
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`);
    fc.assert(
      fc.property(path, (text) => {
        if (!isLet(() => checkCall(text, ["/*"]))) return;
        count++;
        const url = new URL(text, "https://api.weixin.qq.com");
        expect([url.host, url.pathname, url.search, url.hash]).to.deep.equal([
          "api.weixin.qq.com",
          text,
          "",
          "",
        ]);
        expect(decodeURIComponent(text)).to.equal(text);
      }),
      { numRuns: 3_000, seed: 7 },
    );
    expect(count).to.be.greaterThan(50);
  });

  it("let through no path below another than the listed one", () => {
    const below = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(below, (text) => {
        const path = `/cgi-bin/user/${text}`;
        if (!isLet(() => checkCall(path, ["/cgi-bin/user/*"]))) return;
        const { pathname } = new URL(path, "https://api.weixin.qq.com");
        expect(pathname.startsWith("/cgi-bin/user/")).to.equal(true);
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  it("let no token through in a query, however it is written", () => {
    const name = "access_token";
    const written = fc
      .tuple(
        ...[...name].map((char) =>
          fc.constantFrom(char, char.toUpperCase(), `%${char.charCodeAt(0).toString(16)}`),
        ),
      )
      .map((letters) => letters.join(""));
    const end = fc.constantFrom("", "%00", "%20", "+", "[]", "[0]", ";", "%3d", "\t");
    const before = fc.constantFrom("", "a=b&", "&&", "a=b;", "?", "a&");
    fc.assert(
      fc.property(before, written, end, (start, token, tail) => {
        expect(isLet(() => checkQuery(`${start}${token}${tail}=x`))).to.equal(false);
      }),
      { numRuns: 1_000, seed: 7 },
    );
  });

  it("write what they let through as they read it", () => {
    const value = fc.string({ unit: "grapheme", maxLength: 10 });
    fc.assert(
      fc.property(value, (text) => {
        const query = new URLSearchParams({ openid: text });
        if (!isLet(() => checkQuery(String(query)))) return;
        expect(new URLSearchParams(String(checkQuery(String(query)))).get("openid")).to.equal(text);
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(checkQuery("openid=%E4%BD%A0&a=1&a=2").toString()).to.equal("openid=%E4%BD%A0&a=1&a=2");
  });
});
