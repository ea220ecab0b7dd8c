import { expect } from "chai";
import { ApiError } from "../../src/api/api-error.js";
import { createClient } from "../../src/api/client.js";
import { codes, explain } from "../../src/errcodes/explain.js";
import { startApiServer } from "../support/api-server.js";

/** Every code of chapter 6 of the reference of 2026, as its tables have them. */
const documented = `
-1 0 40001 40002 40013 40014 40125 40164 40243 41001-41004 42001-42003 42007 40029 40163 40030 43001-43003
45009 45011 48006 50004 50007 61024 76001-76004 76021 76022 89501-89507 40201-40203
48001-48005 48008-48016 48021 48022 50001 50002 50005 49003 40200 43004 43005 43019 43100 43101 43116 45062 45113
70000 88000
40003-40012 40031 40032 40130 40033 40035 40097 40036 40037 40062 40038 40039 40066 40048 40059 40060 40065 40113
40118 40121 40137 40114 40132 40152 40215 40155 40204 40227 40246 40247 40249 41005 41006 41008 41009 41030 41039
41040 42010 44001-44004 45001-45008 45015 45020-45029 45047 45065-45067 45070 45071 45077-45079 45091 45072 45080
45081 45083 45084 45162 45166 46001 46004 47001 47003 53404-53406 53503-53505 53600 87009 88001-88005 88007 88008
88010 9410010 9410011 9500001 9500002 268487001 268487002 268488001 10170001-10170003 101000-101003
40015-40028 40054 40055 40119 40120 41007 45010 45064 46002 46003 65301-65314 65316 65317 65320 40050 40051 40117
40092 45016-45018 45056-45059 45157-45159 45169 45171 40052 40053 63178 63182 63183 61450-61457 61500 61501 61503
65400-65417
41018 61003-61007 61009-61017 61023 61028 61029 85088`
  .trim()
  .split(/\s+/)
  .flatMap((range) => {
    const [first, last] = /^(\d+)-(\d+)$/.exec(range)?.slice(1).map(Number) ?? [];
    if (first === undefined || last === undefined) return [Number(range)];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

describe("explain()", () => {
  it("knows every documented code, and no other", () => {
    expect(new Set(documented).size).to.equal(documented.length).and.be.greaterThan(300);
    expect(Object.keys(codes).map(Number).toSorted()).to.deep.equal(documented.toSorted());
  });

  it("gives each its meaning in WeChat's words, and a hint in both languages or in none", () => {
    for (const errcode of documented) {
      const [en, zh] = (["en", "zh"] as const).map((language) => explain(errcode, { language }));
      expect(en?.meaning, `${errcode}`).to.match(/\p{Script=Han}/u);
      expect(zh?.meaning).to.equal(en?.meaning);
      expect(en?.hint === undefined, `${errcode}`).to.equal(zh?.hint === undefined);
      if (en?.hint === undefined) continue;
      expect(en.hint).to.match(/^[A-Za-z].*\.$/s);
      expect(zh?.hint).to.match(/\p{Script=Han}.*。$/su);
    }
  });

  it("says nothing of a code that WeChat does not document", () => {
    for (const errcode of [1, 99999, Number.NaN, 40164.5])
      expect(explain(errcode)).to.equal(undefined);
  });

  it("names today's places", () => {
    const hint = (errcode: number) => explain(errcode, { language: "zh" })?.hint;
    expect(hint(40164)).to.contain("基础信息 → 开发密钥 → API IP 白名单");
    expect(hint(40243)).to.match(/基础信息 → 开发密钥 → .*解冻.*十分钟/);
    expect(hint(40125)).to.contain("开发密钥 → 开发者密钥(AppSecret)");
    expect(hint(48001)).to.contain("接口管理 → 接口权限与额度");
    expect(hint(40013)).to.contain("基础信息 → 开发者ID(AppID)");
    expect(hint(53505)).to.contain("mp.weixin.qq.com");
  });

  it("says which address to add, wherever it was refused", () => {
    const errmsg = "invalid ip 203.0.113.8 ipv6 ::ffff:203.0.113.8, not in whitelist";
    for (const endpoint of ["/cgi-bin/stable_token", "/cgi-bin/user/info"]) {
      expect(explain(40164, { language: "en", errmsg, endpoint })?.hint).to.match(
        /^Add 203\.0\.113\.8 to /,
      );
      expect(explain(40164, { language: "zh", errmsg, endpoint })?.hint).to.match(
        /^把 203\.0\.113\.8 加进 /,
      );
    }
    // The list of a third-party platform is another one.
    expect(explain(61004, { language: "en", errmsg })?.hint).to.match(/platform's own list/);
  });

  it("tells apart what one code means for different calls", () => {
    const hint = (errcode: number, endpoint: string) =>
      explain(errcode, { language: "en", endpoint })?.hint;
    for (const endpoint of ["/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/clear_quota/v2"]) {
      expect(hint(40001, endpoint)).to.match(/^Compare "appSecret"/);
    }
    expect(hint(40001, "/cgi-bin/user/info")).to.match(/Another service/);
    expect(hint(48001, "/cgi-bin/freepublish/submit")).to.match(/^Since July 2025/);
    expect(hint(48001, "/sns/userinfo")).to.match(/snsapi_userinfo/);
    expect(hint(48001, "/cgi-bin/message/custom/send")).to.match(/微信认证/);
  });
});

describe("ApiError: the hint", () => {
  const before = { LC_ALL: process.env.LC_ALL, LANG: process.env.LANG };
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("is in the language of LANG", () => {
    process.env.LC_ALL = "";
    process.env.LANG = "zh_CN.UTF-8";
    expect(new ApiError("/cgi-bin/x", 45015, "out of time").hint).to.match(/^用户超过 48 小时/);
    process.env.LANG = "en_US.UTF-8";
    const error = new ApiError("/cgi-bin/x", 45015, "out of time");
    expect(error.hint).to.match(/^The user has not written/);
    expect(error.message).to.equal(`WeChat refused /cgi-bin/x: 45015 out of time. ${error.hint}`);
  });

  it("or in the one that the client was made with", async () => {
    const server = await startApiServer();
    try {
      server.on("/cgi-bin/user/info", { errcode: 40003, errmsg: "invalid openid" });
      for (const [language, hint] of [
        ["zh", /^这个 OpenID 不是/],
        ["en", /^The OpenID belongs/],
      ] as const) {
        const tokenProvider = async () => "T";
        const options = { appId: "wx1", tokenProvider, baseUrl: server.url, language };
        const error = await createClient(options)
          .users.get("o")
          .catch((reason: unknown) => reason);
        expect(error).to.have.property("hint").that.matches(hint);
      }
    } finally {
      await server.close();
    }
  });

  it("is refused in any other language", () => {
    const options = { appId: "wx1", appSecret: "s", language: "fr" as "en" };
    expect(() => createClient(options)).to.throw(
      /"language" of createClient\(\) must be "en" or "zh"/,
    );
  });
});
