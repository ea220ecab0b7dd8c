import { expect } from "chai";
import { Nonces } from "../../../src/gateway/admission/nonces.js";
import { MemoryStore } from "../../../src/store/memory.js";

const secret = "0123456789abcdef0123456789abcdef";
const nonceOf = (i: number) => `nonce-0123456789-${i}`;

describe("Nonces: the table", () => {
  it("refuses what it cannot remember, and forgets nothing for it", () => {
    const rate = { points: 10, window: 60_000 };
    const nonces = new Nonces({ a: { secret, rate }, b: { secret } }, new MemoryStore(), 60_000);
    const claims = Array.from({ length: 30 }, (_, i) => nonces.claim("a", nonceOf(i)));
    // Two windows of the rate touch a minute.
    expect(claims.filter((claim) => claim === "new")).to.have.length(20);
    expect(claims.slice(20)).to.deep.equal(Array(10).fill("full"));
    for (let i = 0; i < 20; i++) expect(nonces.claim("a", nonceOf(i))).to.equal("used");
    expect(nonces.claim("b", nonceOf(0))).to.equal("new");
    nonces.release("a", nonceOf(3));
    expect(nonces.claim("a", nonceOf(99))).to.equal("new");
  });

  it("has room again when time has passed", async () => {
    const rate = { points: 1, window: 1_000 };
    const nonces = new Nonces({ a: { secret, rate } }, new MemoryStore(), 30);
    expect([1, 2, 3].map((i) => nonces.claim("a", nonceOf(i)))).to.deep.equal([
      "new",
      "new",
      "full",
    ]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([1, 3].map((i) => nonces.claim("a", nonceOf(i)))).to.deep.equal(["new", "new"]);
  });
});
