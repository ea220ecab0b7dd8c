import { expect } from "chai";
import type {
  AccountOptions,
  Client,
  DeadlineOptions,
  ExclusiveOptions,
  FlowOptions,
  SessionOptions,
  WechatOptions,
} from "koa-wx";
import {
  answer,
  createClient,
  exclusive,
  flow,
  limit,
  MemoryStore,
  RedisStore,
  recorder,
  reply,
  session,
  Wechat,
  WechatError,
} from "koa-wx";
import { apiProxy, remoteApi, remoteToken, tokenServer } from "koa-wx/gateway";
import { markdown } from "koa-wx/markdown";
import { checkOptions, ms, type Rules, required } from "../src/options.js";

/** Values as JavaScript, a form or an environment variable that was not set let them through. */
const values = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-1": -1,
  "0": 0,
  text: "300",
  null: null,
  "{}": {},
  "[]": [],
  true: true,
  func: () => undefined,
};
type Value = keyof typeof values;
/** Which of them each option takes; one that is added is missing here. */
type Takes<T> = { readonly [K in keyof T]-?: readonly Value[] };

interface Place {
  readonly make: (options: never) => unknown;
  /** Options that are right and have to be there. */
  readonly base: object;
  readonly takes: Readonly<Record<string, readonly Value[]>>;
}

/** What takes options, and what they are. */
function place<O extends object>(
  make: (options: O) => unknown,
  base: object,
  takes: Takes<O>,
): Place {
  return { make, base, takes };
}

const token = "AAAAA";
const appId = "wxba5fad812f8e6fb9";
const secret = "0123456789abcdef0123456789abcdef";
const account = { token, appId, appSecret: secret };
const wx = new Wechat(account);
const client: Client = createClient({ appId, appSecret: secret });
const gateway = { accounts: [client], clients: { shop: { secret } } };
const baseUrl = "https://shop.example.com";

type Api = NonNullable<WechatOptions["api"]>;
type Collect = NonNullable<DeadlineOptions["collect"]>;
type Cloud = Exclude<NonNullable<WechatOptions["cloudHosting"]>, boolean>;
type OAuth = Parameters<typeof wx.oauth>[0];
type GatewayClient = (typeof gateway.clients)["shop"] &
  Parameters<typeof tokenServer>[0]["clients"][string];

const none: readonly Value[] = [];
/** Of an answer, which may be any number. */
const bounds = ["0", "-1", "Infinity"] as const;
const calls = { appSecret: ["text"], tokenProvider: ["func"], api: ["{}"] } as const;
const common = {
  cloudHosting: ["true", "{}"],
  maxAge: none,
  now: ["func"],
  bodyLimit: ["text"],
  store: none,
  deadline: ["{}"],
  overflow: none,
  aiGenerated: ["true"],
  debug: ["true"],
  dedupeKey: ["func"],
} as const;
const api: Takes<Api> = {
  baseUrl: ["[]"],
  timeout: none,
  fetch: ["func"],
  stableToken: ["true"],
  language: none,
};
const login = {
  baseUrl: none,
  path: none,
  ttl: none,
  session: ["func"],
  on: ["{}"],
  authorizeBaseUrl: none,
  onlyInWechat: ["true"],
  verify: none,
} as const;
const remote = {
  url: none,
  appId: ["text"],
  client: ["text"],
  secret: ["text"],
  timeout: none,
  fetch: ["func"],
} as const;
const server = {
  accounts: none,
  clients: none,
  prefix: none,
  store: none,
  redis: none,
  maxAge: none,
  audit: ["func"],
  now: ["func"],
} as const;

const places: Readonly<Record<string, Place>> = {
  "new Wechat()": place((options: WechatOptions) => new Wechat(options), account, {
    token: ["text"],
    appId: ["text"],
    encodingAESKey: none,
    acceptPlain: ["true"],
    ...calls,
    ...common,
  }),
  "new Wechat(resolver, …)": place(
    (options: NonNullable<ConstructorParameters<typeof Wechat>[1]>) =>
      new Wechat(() => undefined, options),
    {},
    { ...common, api: ["{}"], maxAccounts: none },
  ),
  api: place((options: Api) => new Wechat({ ...account, api: options }), {}, api),
  deadline: place(
    (deadline: DeadlineOptions) => new Wechat({ ...account, deadline }),
    {},
    {
      ms: none,
      attempts: none,
      onTimeout: ["func"],
      late: ["func"],
      onBroken: ["text"],
      collect: ["{}"],
      maxRun: none,
      lease: none,
    },
  ),
  "deadline.collect": place(
    (collect: Collect) => new Wechat({ ...account, deadline: { collect } }),
    {},
    { ttl: none, match: ["text"], hint: ["text"], writing: ["text"] },
  ),
  cloudHosting: place(
    (cloudHosting: Cloud) => new Wechat({ ...account, cloudHosting }),
    {},
    {
      calls: none,
      tokenFile: ["text"],
      owner: ["text"],
    },
  ),
  "createClient()": place(createClient, { appId, appSecret: secret }, {
    appId: ["text"],
    ...calls,
    ...api,
    appSecret: ["text"],
    store: none,
    cloudHosting: ["true", "{}"],
    now: ["func"],
  } as Takes<Parameters<typeof createClient>[0]>),
  "qrcode.create()": place(
    (options: Parameters<Client["qrcode"]["create"]>[0]) => client.qrcode.create(options),
    { scene: 1 },
    { scene: ["text"], ttl: none },
  ),
  "reply.stream()": place(
    (options: NonNullable<Parameters<typeof reply.stream>[1]>) => reply.stream(never(), options),
    {},
    { placeholder: ["text"], late: none },
  ),
  "session()": place(
    session as (options: SessionOptions<object>) => unknown,
    { initial: () => ({}) },
    {
      initial: ["func"],
      ttl: none,
      version: ["0"],
      migrate: ["func"],
      wait: none,
      lease: none,
      name: ["text"],
    },
  ),
  "flow()": place(
    (options: FlowOptions) => flow("booking", options),
    {},
    {
      timeout: none,
      cancel: ["text", "[]"],
      back: ["text", "[]"],
      cancelled: ["text", "null", "func"],
      expired: ["func"],
      unclear: ["func"],
    },
  ),
  "answer.text()": place(
    (options: NonNullable<Parameters<typeof answer.text>[0]>) => answer.text(options),
    {},
    { again: ["text"], min: bounds, max: bounds },
  ),
  "answer.number()": place(
    (options: NonNullable<Parameters<typeof answer.number>[0]>) => answer.number(options),
    {},
    { again: ["text"], min: bounds, max: bounds, decimals: ["true"] },
  ),
  ...Object.fromEntries(
    (["yes", "photo", "place"] as const).map((name) => [
      `answer.${name}()`,
      place((options: { again?: string }) => answer[name](options), {}, { again: ["text"] }),
    ]),
  ),
  "answer.matching()": place(
    (options: { again?: string }) => answer.matching(/./, options),
    {},
    { again: ["text"] },
  ),
  "limit()": place(
    limit,
    { points: 1, window: 60_000 },
    {
      points: none,
      window: none,
      block: none,
      cost: ["func"],
      onExceeded: ["func"],
      name: ["text"],
    },
  ),
  "exclusive()": place(
    (options: ExclusiveOptions) => exclusive(options),
    {},
    {
      busy: ["text", "func"],
      lease: none,
      name: ["text"],
    },
  ),
  "recorder()": place(
    recorder,
    { file: "pushes.ndjson" },
    {
      file: ["text"],
      mask: none,
      salt: ["text"],
      maxBytes: none,
    },
  ),
  "markdown()": place(
    (options: NonNullable<Parameters<typeof markdown>[0]>) => markdown(options),
    {},
    {
      heading: ["func"],
      strong: ["func"],
      emphasis: ["func"],
      strikethrough: ["func"],
      code: ["func"],
      codeBlock: ["func"],
      link: ["func"],
      image: ["func"],
      bullet: ["text", "func"],
      task: ["func"],
      quote: ["func"],
      table: ["func"],
      formula: ["func"],
      footnote: ["func"],
      rule: ["text"],
    },
  ),
  "new MemoryStore()": place(
    (options: NonNullable<ConstructorParameters<typeof MemoryStore>[0]>) =>
      new MemoryStore(options),
    {},
    { max: none, maxSize: none, now: ["func"] },
  ),
  "new RedisStore()": place(
    (options: NonNullable<ConstructorParameters<typeof RedisStore>[1]>) =>
      new RedisStore({} as never, options),
    {},
    { prefix: ["text"], timeout: none },
  ),
  "wx.oauth()": place(
    (options: OAuth) => wx.oauth(options),
    { baseUrl },
    {
      ...login,
      scope: none,
      home: none,
      returnTo: ["[]"],
      broker: none,
    },
  ),
  '"on" of wx.oauth()': place(
    (on: NonNullable<OAuth["on"]>) => wx.oauth({ baseUrl, on }),
    {},
    {
      required: ["func"],
      outside: ["func"],
      denied: ["func"],
      snapshot: ["func"],
      state: ["func"],
      code: ["func"],
      loop: ["func"],
      failed: ["func"],
    },
  ),
  '"broker" of wx.oauth()': place(
    (broker: NonNullable<OAuth["broker"]>) => wx.oauth({ baseUrl, broker }),
    { url: baseUrl, secret },
    { url: none, secret: none },
  ),
  "wx.account()": place(
    (options: AccountOptions) => new Wechat(() => undefined).account(options),
    account,
    {
      token: ["text"],
      appId: ["text"],
      encodingAESKey: none,
      acceptPlain: ["true"],
      ...calls,
    },
  ),
  "wx.oauthBroker()": place(
    (options: Parameters<typeof wx.oauthBroker>[0]) => wx.oauthBroker(options),
    { baseUrl, allow: { [baseUrl]: secret } },
    { ...login, allow: none },
  ),
  "wx.jssdk()": place(
    (options: Parameters<typeof wx.jssdk>[0]) => wx.jssdk(options),
    { allow: [baseUrl] },
    { allow: ["func"], jsApiList: ["[]"], openTagList: ["[]"], debug: ["true"], path: none },
  ),
  "remoteApi()": place(remoteApi, { url: baseUrl, appId, client: "crm", secret }, remote),
  "remoteToken()": place(remoteToken, { url: baseUrl, appId, client: "crm", secret }, remote),
  "tokenServer()": place(tokenServer, gateway, { ...server, refresh: none }),
  "apiProxy()": place(apiProxy, gateway, {
    ...server,
    baseUrl: none,
    timeout: none,
    bodyLimit: ["text"],
  }),
  "clients of a gateway": place(
    (shop: GatewayClient) => tokenServer({ accounts: [client], clients: { shop } }),
    { secret },
    {
      secret: none,
      accounts: ["[]"],
      tokens: ["true"],
      paths: ["[]"],
      rate: none,
      parallel: none,
    },
  ),
};

async function* never(): AsyncGenerator<string> {}

/** What a place throws or rejects with, if it does. */
async function refusalOf({ make }: Place, options: object): Promise<unknown> {
  try {
    await make(options as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("checkOptions(): every option", () => {
  for (const [whose, place] of Object.entries(places)) {
    it(`of ${whose} refuses what it cannot be, and says which one it is`, async () => {
      const passed: string[] = [];
      for (const [name, takes] of Object.entries(place.takes)) {
        for (const [what, value] of Object.entries(values)) {
          if (takes.includes(what as Value)) continue;
          const error = await refusalOf(place, { ...place.base, [name]: value });
          if (!(error instanceof WechatError && new RegExp(`\\b${name}\\b`).test(error.message))) {
            passed.push(`${name}: ${what} → ${String(error)}`);
          }
        }
      }
      expect(passed).to.deep.equal([]);
    });
  }
});

describe("checkOptions()", () => {
  interface Options {
    readonly ttl: number;
    readonly wait?: number;
  }
  const rules: Rules<Options> = { ttl: required(ms), wait: ms };
  // @ts-expect-error: "wait" is not declared.
  const short: Rules<Options> = { ttl: required(ms) };
  // @ts-expect-error: "ttl" may not be left out.
  const lax: Rules<Options> = { ttl: ms, wait: ms };

  it("wants what is required, and takes undefined for left out", () => {
    const check = (options: object, table = rules) => checkOptions(options, "nap()", table);
    expect(() => check({})).to.throw(
      '"ttl" of nap() must be a number of milliseconds above 0, got undefined.',
    );
    check({ ttl: 1, wait: undefined });
    check({}, lax);
    expect(() => check({ ttl: 1, wait: 1 }, short)).to.throw('"wait" is not an option of nap()');
  });
});
