import { expect } from "chai";
import type { Context } from "koa";
import { StoreError } from "../../../src/errors.js";
import type { LoginFlow } from "../../../src/koa/login/flow.js";
import type { HeldToken } from "../../../src/koa/login/identity.js";
import { digest } from "../../../src/koa/login/session/state.js";
import { UserTokens } from "../../../src/koa/login/session/tokens.js";
import { MemoryStore } from "../../../src/store/memory.js";
import type { Store } from "../../../src/store/store.js";

const old: HeldToken = { access: "old", refresh: "r", ends: 0 };
const fresh: HeldToken = { access: "fresh", refresh: "r2", ends: Number.MAX_SAFE_INTEGER };
const user = { openid: "oAlice", scope: "snsapi_base" } as const;

/** Tokens of a user whose login has ended its time, over a store. */
function tokensOver(store: Store): UserTokens {
  const flow = {
    login: async () => ({ user, token: old, ends: 0 }),
    logout: async () => {},
    options: {
      store,
      session: () => ({}),
      identity: { refresh: async () => fresh },
      records: { update: async () => {} },
    },
  };
  return new UserTokens(flow as unknown as LoginFlow);
}

describe("UserTokens: a user's token that another process refreshes", () => {
  const key = `refresh:${digest(old.access)}`;

  for (const told of ["{oops", "null", "[1]", '{"token":null}', '{"token":{"access":1}}', "5"]) {
    it(`is refreshed here where the store holds ${told}`, async () => {
      const store = new MemoryStore();
      await store.claim(key, "1", 60_000);
      await store.set(`${key}:done`, told, 60_000);
      expect(await tokensOver(store).get({} as Context)).to.equal("fresh");
    });
  }

  it("is kept here where the store cannot take it", async () => {
    class Full extends MemoryStore {
      override async set(): Promise<void> {
        throw new StoreError("It holds something else.", "key");
      }
    }
    expect(await tokensOver(new Full()).get({} as Context)).to.equal("fresh");
  });
});
