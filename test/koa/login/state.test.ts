import { expect } from "chai";
import fc from "fast-check";
import { safeReturnTo } from "../../../src/koa/login/browser/return-to.js";
import { States } from "../../../src/koa/login/session/state.js";

describe("States: the state of a login", () => {
  it("is letters and digits, at most 128, as WeChat takes them", () => {
    const { state } = new States("secret", Date.now).issue(1);
    expect(state).to.match(/^[a-zA-Z0-9]{1,128}$/);
  });

  it("is another one each time and says its round", () => {
    const states = new States("secret", Date.now);
    const [first, second] = [states.issue(1), states.issue(2)];
    expect(first.id).to.not.equal(second.id);
    expect(states.read(first.state)).to.deep.equal({ id: first.id, round: 1, isFresh: true });
    expect(states.read(second.state)).to.deep.include({ round: 2 });
  });

  it("is stale after ten minutes, and when it comes from the future", () => {
    let now = Date.now();
    const states = new States("secret", () => now);
    const { state } = states.issue(1);
    now += 599_000;
    expect(states.read(state)?.isFresh).to.equal(true);
    now += 2_000;
    expect(states.read(state)?.isFresh).to.equal(false);
    now -= 700_000;
    expect(states.read(state)?.isFresh).to.equal(false);
  });

  it("is nobody else's", () => {
    const { state } = new States("secret", Date.now).issue(1);
    expect(new States("other", Date.now).read(state)).to.equal(undefined);
  });

  it("cannot be changed anywhere", () => {
    const states = new States("secret", Date.now);
    const { state } = states.issue(1);
    for (let index = 0; index < state.length; index++) {
      const digit = state[index] === "0" ? "1" : "0";
      const changed = state.slice(0, index) + digit + state.slice(index + 1);
      expect(states.read(changed)).to.equal(undefined);
    }
  });
});

describe("returnTo", () => {
  const base = new URL("https://shop.example.com/app");
  const allowed = new Set(["https://m.example.com"]);

  it("never leads off the list, whatever is tried", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "/",
        "\\",
        "//",
        "%2f",
        "%5c",
        "%09",
        "\t",
        "\n",
        ":",
        "@",
        ".",
        "..",
        "?",
        "#",
      ),
      fc.constantFrom(
        "https",
        "http",
        "javascript",
        "evil.com",
        "shop.example.com",
        "m.example.com",
      ),
      fc.string({ maxLength: 3 }),
    );
    const addresses = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(addresses, (address) => {
        const url = safeReturnTo(address, base, allowed);
        if (url === undefined) return true;
        const { origin, href } = new URL(url);
        // It is absolute, so that no browser reads it in another way.
        return href === url && (origin === base.origin || allowed.has(origin));
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps paths, queries and fragments of this site", () => {
    for (const path of ["/", "/a/b?c=d&e=%0A#f", "/搜索?词=微信", "/a%20b", "/?u=https://x.com"]) {
      expect(safeReturnTo(path, base, allowed)).to.equal(new URL(path, base).href);
    }
  });

  it("takes nothing but text", () => {
    for (const value of [undefined, null, 1, ["/"], {}]) {
      expect(safeReturnTo(value, base, allowed)).to.equal(undefined);
    }
  });
});
