import { inspect } from "node:util";
import { expect } from "chai";
import { ConfigError, createClient, MemoryStore, Wechat } from "koa-wx";

const token = "AAAAA";
const appId = "wxba5fad812f8e6fb9";
const encodingAESKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const withSecret = { token, appId, appSecret: "a-secret-that-is-never-shown" };

/** Options as JavaScript lets users write them, and what they are told. */
const wrong: readonly (readonly [when: string, options: unknown, says: RegExp])[] = [
  ["nothing", undefined, /takes an object with at least a "token", got undefined/],
  ["the token itself", token, /got a string/],
  ["a list", [{ token }], /got an array/],
  ["no token", {}, /needs "token".*域名与消息推送配置 → 消息推送配置/],
  [
    "an empty token",
    { token: "" },
    /anybody could sign.*environment variable.*消息推送配置 → Token/,
  ],
  ["a token with a sign", { token: "my-token" }, /got 8 characters with others among them/],
  ["a token that is too long", { token: "a".repeat(33) }, /3 to 32 letters.*got 33 characters/],
  ["a name in other letters", { token, appid: appId }, /"appid".*Did you mean "appId"\?/],
  ["another library's name", { token, secret: "x" }, /Did you mean "appSecret"\?/],
  ["another library's cache", { token, cache: {} }, /Did you mean "store"\?/],
  ["another library's tokens", { token, getToken: () => null }, /Did you mean "store"\?/],
  ["an empty key", { token, encodingAESKey: "" }, /must be 43 letters and digits/],
  ["a key without AppID", { token, encodingAESKey }, /"appId" is needed too.*开发者ID\(AppID\)/],
  ["a secret without AppID", { token, appSecret: "x" }, /With "appSecret", "appId" is needed too/],
  [
    "an empty secret",
    { token, appId, appSecret: "" },
    /开发者密钥\(AppSecret\).*got an empty string/,
  ],
  ["a provider that is none", { token, appId, tokenProvider: "t" }, /remoteToken.*got a string/],
  ["a deadline that is a number", { token, deadline: 4_000 }, /"deadline" takes an object/],
  ["a slip in the deadline", { token, deadline: { onTimeOut: 1 } }, /Did you mean "onTimeout"\?/],
  ["a slip in collect", { token, deadline: { collect: { mach: "x" } } }, /Did you mean "match"\?/],
  [
    "late messages without a secret",
    { token, deadline: { late: "send" } },
    /客服消息.*"appId" and "appSecret".*"collect"/,
  ],
  [
    "an unknown overflow",
    { token, overflow: "spilt" },
    /"error", "split" or "truncate", got "spilt"/,
  ],
  [
    "a hint that leaves no room",
    { token, deadline: { collect: { hint: "继续".repeat(500) } } },
    /"deadline.collect.hint" must be a text of at most 200 letters/,
  ],
  ["a store that is an address", { token, store: "redis://" }, /RedisStore\(client\).*no get\(\)/],
  ["a bare client of Redis", { token, store: { get() {}, set() {} } }, /has no delete\(\)/],
  ["a clock that is a number", { token, now: 5 }, /"now" must be a function.*got a number/],
  ["a slip in api", { ...withSecret, api: { baseURL: "x" } }, /"api"\. Did you mean "baseUrl"\?/],
  [
    "an address that is none",
    { ...withSecret, api: { baseUrl: "x" } },
    /"api.baseUrl" must be an add/,
  ],
  ["a timeout that is none", { ...withSecret, api: { timeout: "1s" } }, /above 0, .*got a string/],
  [
    "a fetch that is none",
    { ...withSecret, api: { fetch: true } },
    /"api.fetch" must be a function/,
  ],
];

const thrownBy = (act: () => unknown): ConfigError => {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
};

describe("new Wechat(): options", () => {
  for (const [when, options, says] of wrong) {
    it(`are refused at start-up, in a sentence: ${when}`, () => {
      const { message } = thrownBy(() => new Wechat(options as { token: string }));
      expect(message).to.match(says);
      expect(message).to.match(/[.?]$/);
      expect(message).not.to.contain(withSecret.appSecret);
    });
  }

  it("of a client are checked like those of a Wechat", () => {
    const make = (options: unknown) => () => createClient(options as { appId: string });
    expect(thrownBy(make(undefined)).message).to.match(/takes an object with "appId"/);
    expect(thrownBy(make({ appid: appId })).message).to.match(/Did you mean "appId"\?/);
    expect(thrownBy(make({ appId, secret: "x" })).message).to.match(/Did you mean "appSecret"\?/);
    expect(thrownBy(make({ appId, saveToken() {} })).message).to.match(/Did you mean "store"\?/);
    expect(thrownBy(make({ appId, appSecret: "x", store: {} })).message).to.match(/no get\(\)/);
  });

  it("that are undefined count as left out", () => {
    const options = {
      ...withSecret,
      encodingAESKey: undefined,
      store: undefined,
      api: undefined,
      deadline: undefined,
      overflow: undefined,
    };
    const wx = new Wechat(options as unknown as { token: string });
    expect(wx.api.appId).to.equal(appId);
  });

  it("that are right are taken", () => {
    const wx = new Wechat({
      ...withSecret,
      encodingAESKey: [encodingAESKey],
      store: new MemoryStore(),
      api: { baseUrl: ["https://api.weixin.qq.com", "https://api2.weixin.qq.com"], timeout: 5_000 },
      deadline: { late: "send", collect: { match: /more/ } },
      overflow: "split",
      now: Date.now,
    });
    expect(wx.middleware()).to.be.a("function");
  });
});

describe("wx.receive()", () => {
  // A request without a query is one without a signature, as it is under Koa. Hosts hand over null for it.
  for (const query of [undefined, null, "", {}, [], 42, new URLSearchParams()]) {
    it(`refuses a request as unsigned whose query is ${inspect(query)}`, async () => {
      const wx = new Wechat({ token });
      for (const method of ["GET", "POST"]) {
        const request = { method, query, headers: null, body: null };
        const { status } = await wx.receive(request as Parameters<typeof wx.receive>[0]);
        expect(status).to.equal(403);
      }
    });
  }
});

describe("wx.middleware()", () => {
  const misuse = (act: (middleware: (...given: unknown[]) => unknown, wx: Wechat) => unknown) => {
    const wx = new Wechat({ token });
    return thrownBy(() => act(wx.middleware, wx)).message;
  };

  it("says so when it is mounted without its parentheses", () => {
    expect(misuse((middleware) => middleware({}, async () => {}))).to.match(
      /app\.use\(wx\.middleware\(\)\), with its parentheses/,
    );
  });

  it("says so when it is given a handler, as in co-wechat", () => {
    expect(misuse((middleware, wx) => middleware.call(wx, async () => "hi"))).to.match(
      /takes no handler. Register handlers before: wx\.on\("text"/,
    );
  });
});

describe("appId", () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const refused = (appId: unknown) => [
    thrownBy(() => new Wechat({ token, appId, appSecret: "secret" } as never)).message,
    thrownBy(() => new Wechat({ token, appId } as never)).message,
    thrownBy(() => createClient({ appId, appSecret: "secret" } as never)).message,
    thrownBy(() => new Wechat(() => undefined).account({ token, appId } as never)).message,
  ];

  it("is told from the account's original id, from a secret, and from what was copied badly", () => {
    for (const [appId, what] of [
      ["gh_0123456789ab", /original id \(原始ID, “gh_…”\).*begins with “wx”/],
      ["GH_0123456789AB", /original id/],
      [secret, /looks like an AppSecret/],
      ["wx0123456789abcdef\n", /has white space/],
      [" wx0123456789abcdef", /has white space/],
    ] as const) {
      for (const message of refused(appId)) {
        expect(message)
          .to.match(/^"appId" /)
          .and.match(what)
          .and.contain("开发者ID(AppID)");
        expect(message).not.to.contain(secret);
      }
    }
    for (const message of refused(42).slice(0, 2)) expect(message).to.match(/got a number/);
  });
});
