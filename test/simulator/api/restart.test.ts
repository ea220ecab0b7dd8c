import { expect } from "chai";
import { type Simulator, startSimulator } from "../../../src/simulator/server.js";
import { FakeClock } from "../../../src/simulator/world/clock.js";

type Json = Readonly<Record<string, unknown>>;

const account = { token: "token", appId: "wx1234567890abcdef", appSecret: "a".repeat(32) };

describe("startSimulator(): a simulated WeChat that is started anew", () => {
  let simulator: Simulator;
  let clock: FakeClock;
  const start = async (secret = account.appSecret) => {
    const of = { ...account, appSecret: secret };
    simulator = await startSimulator({ account: of, target: "http://127.0.0.1:1/", clock });
  };
  beforeEach(async () => {
    clock = new FakeClock(1_700_000_000_000);
    await start();
  });
  afterEach(() => simulator.close());
  const restart = async (secret?: string) => {
    await simulator.close();
    await start(secret);
  };

  const get = async (path: string, query: Readonly<Record<string, string>> = {}) =>
    (await (await fetch(`${simulator.url}${path}?${new URLSearchParams(query)}`)).json()) as Json;
  const credentials = { appid: account.appId, secret: account.appSecret };
  const plain = () => get("/cgi-bin/token", { grant_type: "client_credential", ...credentials });
  const stable = async (force_refresh = false) => {
    const body = { grant_type: "client_credential", ...credentials, force_refresh };
    const url = `${simulator.url}/cgi-bin/stable_token`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    return (await response.json()) as Json;
  };
  const works = async ({ access_token }: Json) =>
    (await get("/cgi-bin/getcallbackip", { access_token: String(access_token) })).errcode ?? 0;

  for (const [name, of] of [
    ["cgi-bin/token", plain],
    ["stable_token", stable],
  ] as const) {
    it(`takes the tokens of ${name} that it gave before, as long as they live`, async () => {
      const token = await of();
      await restart();
      expect(await works(token)).to.equal(0);
      await clock.advance(7_199_000);
      expect(await works(token)).to.equal(0);
      await clock.advance(1_000);
      expect(await works(token)).to.equal(42001);
      await restart();
      expect(await works(token)).to.equal(42001);
    });

    it(`ends a token of ${name} five minutes after the next one, seen or not`, async () => {
      const [first, second] = [await of(), await of()];
      await restart();
      await clock.advance(6_950_000);
      const third = await of();
      expect(await works(first)).to.equal(0);
      await clock.advance(240_000);
      expect(await works(second)).to.equal(0);
      await clock.advance(60_001);
      expect(await works(first)).to.be.oneOf([40001, 42001]);
      expect(await works(second)).to.equal(40001);
      expect(await works(third)).to.equal(0);
    });
  }

  it("answers the stable token again that a client has used since", async () => {
    const { access_token } = await stable();
    await restart();
    await clock.advance(1_000_000);
    expect(await works({ access_token })).to.equal(0);
    expect(await stable()).to.deep.equal({ access_token, expires_in: 6_200 });
  });

  it("takes none that another AppSecret has made, that was changed, or of another kind", async () => {
    const token = await stable();
    const text = String(token.access_token);
    for (const changed of [`${text}A`, text.slice(1), `Z${text.slice(1)}`, text.slice(0, 60), ""]) {
      expect(await works({ access_token: changed })).to.be.oneOf([40001, 41001]);
    }
    const { ticket } = await get("/cgi-bin/ticket/getticket", {
      access_token: text,
      type: "jsapi",
    });
    await restart();
    expect(await works({ access_token: ticket })).to.equal(40001);
    await restart("b".repeat(32));
    expect(await works(token)).to.equal(40001);
  });

  it("does not revive what was revoked", async () => {
    const token = await stable();
    simulator.cloud.world.tokens.revoke();
    expect(await works(token)).to.equal(40001);
    const forced = await stable();
    await clock.advance(30_000);
    await stable(true);
    expect(await works(forced)).to.equal(40001);
  });

  it("knows the users of web login, and gives new tokens for the old", async () => {
    const alice = simulator.cloud.world.people.named("爱丽丝");
    const code = simulator.cloud.world.logins.newCode(alice, "snsapi_userinfo", false);
    const exchange = { ...credentials, code, grant_type: "authorization_code" };
    const login = await get("/sns/oauth2/access_token", exchange);
    await restart();
    const { openid } = alice;
    const access_token = String(login.access_token);
    const info = await get("/sns/userinfo", { access_token, openid });
    expect(info).to.include({ openid, nickname: "爱丽丝", unionid: alice.unionid });
    const refresh_token = String(login.refresh_token);
    const appid = account.appId;
    const asked = { appid, grant_type: "refresh_token", refresh_token };
    const renewed = await get("/sns/oauth2/refresh_token", asked);
    expect(renewed).to.include({ openid, refresh_token, expires_in: 7200 });
    await clock.advance(7_200_000);
    expect(await get("/sns/auth", { access_token, openid })).to.include({ errcode: 42001 });
    const swapped = await get("/sns/auth", { access_token: refresh_token, openid });
    expect(swapped).to.include({ errcode: 40001 });
  });
});

describe("/cgi-bin/token: a token of a clock that goes", () => {
  it("lives for 7200 seconds, and not for one less", async () => {
    const simulator = await startSimulator({ account, target: "http://127.0.0.1:1/" });
    const { tokens } = simulator.cloud.world;
    const lives = new Set<number>();
    for (let round = 0; round < 2_000; round += 1) lives.add(tokens.issue().expiresIn);
    await simulator.close();
    expect([...lives]).to.deep.equal([7200]);
  });
});
