import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { LookupFunction } from "node:net";
import { expect } from "chai";
import { type ExamineApiOptions, examineApi } from "../../../src/simulator/doctor/api/side.js";
import type { Finding } from "../../../src/simulator/doctor/finding.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { ownCertificate } from "../../support/certificate.js";
import { type Api, account, developer, startApi } from "../api/start.js";
import { checked } from "./patients.js";

const stable = "/cgi-bin/stable_token";

describe("koa-wx doctor: the API side", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  async function examined(options: Partial<ExamineApiOptions> = {}): Promise<Finding[]> {
    const findings: Finding[] = [];
    const given = { ...developer, baseUrl: api.url, env: {}, ...options };
    for await (const finding of examineApi(given)) findings.push(checked(finding));
    return findings;
  }
  const problems = async (options?: Partial<ExamineApiOptions>) =>
    (await examined(options)).filter(({ level }) => level === "problem");
  /** The one problem there is. */
  async function problem(code: string, options?: Partial<ExamineApiOptions>): Promise<Finding> {
    const found = await problems(options);
    expect(found.map((one) => one.code)).to.deep.equal([code]);
    return found[0] as Finding;
  }

  it("finds nothing wrong with an account that is well", async () => {
    const findings = await examined();
    expect(findings.map(({ level }) => level)).to.deep.equal(["ok", "ok", "ok", "ok", "ok"]);
    expect(findings.map(({ code }) => code)).to.deep.equal([
      "api-clock",
      "api",
      "whitelist",
      "ability",
      "quota",
    ]);
    expect(findings[3]?.text).to.match(/客服消息.*自定义菜单.*模板消息.*JS-SDK/);
    expect(findings[4]?.text).to.contain("/cgi-bin/message/custom/send 500000 of 500000");
  });

  it("changes nothing and sends nothing", async () => {
    const alice = api.follower("alice");
    await examined();
    expect(alice.chat).to.deep.equal([]);
    expect(api.pushes).to.deep.equal([]);
    expect(api.world.drafts.size).to.equal(0);
    expect(api.world.qrcodes.permanent).to.equal(0);
  });

  it("names a wrong secret", async () => {
    const { text, fix } = await problem("app-secret", { appSecret: "not-the-secret" });
    expect(text).to.contain("40125 无效的 appsecret");
    expect(fix).to.match(/开发密钥 → 开发者密钥\(AppSecret\).*this one has 14 characters/);
    expect(`${text}${fix}`).not.to.contain("not-the-secret");
    // The same, as WeChat also says it.
    api.world.faults.plan(stable, { errcode: 40001, errmsg: "invalid credential" });
    expect((await problem("app-secret")).fix).to.match(/^Compare "appSecret"/);
  });

  it("names a frozen secret", async () => {
    api.world.faults.plan(stable, { errcode: 40243, errmsg: "AppSecret已被冻结，请登录MP解冻" });
    const { fix } = await problem("secret-frozen");
    expect(fix).to.match(/解冻.*基础信息 → 开发密钥.*ten minutes/);
  });

  it("names an address that is not in the whitelist, and which, on whatever call", async () => {
    const errmsg = "invalid ip 203.0.113.8 ipv6 ::ffff:203.0.113.8, not in whitelist";
    for (const path of [stable, "/cgi-bin/get_api_domain_ip"]) {
      api.world.faults.clear();
      api.world.faults.plan(path, { errcode: 40164, errmsg });
      const { fix } = await problem("whitelist");
      expect(fix).to.match(/^Add 203\.0\.113\.8 to .*API IP 白名单/);
    }
  });

  it("names an address that the administrator has yet to confirm", async () => {
    api.world.faults.plan(stable, { errcode: 89503, errmsg: "ip call needs confirmation" });
    expect((await problem("whitelist")).fix).to.match(/administrator/);
  });

  it("names a wrong AppID", async () => {
    const { text, fix } = await problem("app-id", { appId: "gh_0123456789ab" });
    expect(text).to.contain("40013 不合法的 AppID");
    expect(fix).to.match(/开发者ID\(AppID\).*gh_… is the 原始ID/);
  });

  it("names a token that another service has taken", async () => {
    api.world.faults.plan("/cgi-bin/get_api_domain_ip", { errcode: 40001 }, 1);
    const clearing = api.world.faults.take.bind(api.world.faults);
    api.world.faults.take = (path) => {
      // At this moment somebody else forces a new one.
      if (path === "/cgi-bin/get_api_domain_ip") api.world.tokens.stable(true);
      return clearing(path);
    };
    const { text, fix } = await problem("token-taken");
    expect(text).to.contain("somebody has replaced it");
    expect(fix).to.match(/force_refresh.*token server/);
  });

  it("names a quota that is used up: of tokens, of calls, and before it happens", async () => {
    api.world.faults.plan(stable, { errcode: 45009, errmsg: "reach max api daily quota limit" });
    expect((await problem("quota")).fix).to.match(/midnight in China/);
    api.world.faults.clear();
    api.world.quota.use("/cgi-bin/message/custom/send", 500_000);
    api.world.quota.use("/cgi-bin/user/info", 4_900_000);
    const { text } = await problem("quota");
    expect(text).to.equal("all 500000 calls of /cgi-bin/message/custom/send for today are used up");
    const [low] = (await examined()).filter(({ level }) => level === "note");
    expect(low?.text).to.equal("100000 of 5000000 calls of /cgi-bin/user/info are left today");
    api.world.quota.use("/cgi-bin/menu/get", 10_000);
    expect((await problems()).map(({ text: said }) => said).join()).to.contain("/cgi-bin/menu/get");
  });

  it("names the abilities that the account lacks, and what that means", async () => {
    api.world.account = { ...account, kind: "personal" };
    const findings = await examined();
    expect(findings.filter(({ level }) => level === "problem")).to.deep.equal([]);
    const notes = findings.filter(({ code, level }) => code === "ability" && level === "note");
    expect(notes[0]?.text).to.match(
      /may not use 客服消息 \(late answers wait.*自定义菜单.*模板消息/,
    );
    expect(notes[0]?.fix).to.contain("接口管理 → 接口权限与额度");
    expect(notes[1]?.text).to.contain("发布");
    expect(notes[1]?.fix).to.match(/^Since July 2025/);
    api.world.account = { ...account, kind: "subscription" };
    const [only] = (await examined()).filter(({ level }) => level === "note");
    expect(only?.text).to.match(/^the account may not use 模板消息 [^,]*, as well as web login/);
  });

  /** A server in WeChat's place. */
  async function instead<T>(
    answer: (url: string) => { status?: number; headers?: Record<string, string>; body: string },
    use: (url: string) => Promise<T>,
  ): Promise<T> {
    const server = createServer((request, response) => {
      const { status = 200, headers = {}, body } = answer(request.url ?? "");
      response.writeHead(status, headers).end(body);
    });
    try {
      return await use(await listen(server));
    } finally {
      await shut(server);
    }
  }

  it("names a clock that is wrong, either way", async () => {
    for (const [seconds, says] of [
      [600, "behind"],
      [-600, "ahead of"],
    ] as const) {
      const date = new Date(Date.now() + seconds * 1000).toUTCString();
      const body = JSON.stringify({ errcode: -1, errmsg: "system error" });
      const found = await instead(
        () => ({ headers: { Date: date }, body }),
        (baseUrl) => problems({ baseUrl }),
      );
      expect(found[0]?.code).to.equal("api-clock");
      expect(found[0]?.text).to.match(
        new RegExp(`this machine's clock is (599|60[01]) seconds ${says}`),
      );
    }
  });

  it("names a DNS that does not find WeChat, or finds something else", async () => {
    const lookup = (answer: string | Error): LookupFunction =>
      ((_host: string, _options: unknown, done: (...given: unknown[]) => void) =>
        answer instanceof Error
          ? done(Object.assign(answer, { code: "ENOTFOUND" }))
          : done(null, [{ address: answer, family: 4 }])) as LookupFunction;
    const baseUrl = "https://api.weixin.qq.com";
    const none = await problem("api-dns", { baseUrl, lookup: lookup(new Error("no")) });
    expect(none.text).to.equal("DNS does not find api.weixin.qq.com (ENOTFOUND)");
    const wrong = await problem("api-dns", { baseUrl, lookup: lookup("10.0.0.7") });
    expect(wrong.text).to.contain("api.weixin.qq.com is 10.0.0.7");
    expect(wrong.fix).to.contain("/etc/hosts");
  });

  it("names a proxy that answers in WeChat's place", async () => {
    const login = { status: 407, body: "<h1>Proxy Authentication Required</h1>" };
    const asked = await instead(
      () => login,
      (baseUrl) => problem("api-proxy", { baseUrl }),
    );
    expect(asked.text).to.match(/with status 407: <h1>Proxy Authentication/);
    const page = await instead(
      () => ({ body: "<html>Welcome to the hotel</html>" }),
      (baseUrl) => problem("api-proxy", { baseUrl }),
    );
    expect(page.text).to.match(/with no JSON: Welcome/);
    const server = createSecureServer(ownCertificate(), (_, response) => response.end("{}"));
    try {
      const baseUrl = (await listen(server)).replace("http:", "https:");
      const opened = await problem("api-proxy", { baseUrl });
      expect(opened.text).to.contain("a certificate that is not WeChat's");
    } finally {
      await shut(server);
    }
  });

  it("names a proxy that is set and not used, and a network without a way out", async () => {
    const gone = await instead(
      () => ({ body: "" }),
      async (url) => url,
    );
    const proxy = await problem("api-proxy", {
      baseUrl: gone,
      env: { HTTPS_PROXY: "http://user:password@proxy:3128" },
    });
    expect(proxy.text).to.contain("HTTPS_PROXY, which is set, is not used by itself");
    expect(JSON.stringify(proxy)).not.to.contain("password");
    expect((await problem("api-connection", { baseUrl: gone })).text).to.contain("ECONNREFUSED");
  });

  it("explains other refusals with the table of codes", async () => {
    api.world.faults.plan(stable, { errcode: 50007, errmsg: "account frozen" });
    expect((await problem("api")).text).to.contain("50007 账号已冻结");
    api.world.faults.plan(stable, { errcode: 99999, errmsg: "who knows" });
    expect((await problem("api")).fix).to.contain("API 诊断");
  });
});
