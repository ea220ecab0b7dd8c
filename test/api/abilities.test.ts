import { expect } from "chai";
import type { Ability } from "../../src/api/abilities.js";
import type { ApiError } from "../../src/api/api-error.js";
import { type ClientOptions, createClient } from "../../src/api/client.js";
import { MemoryStore } from "../../src/store/memory.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";

const minute = 60_000;
const send = "/cgi-bin/message/custom/send";
const unauthorized = { errcode: 48001, errmsg: "api unauthorized rid: 61725984-6126f6f9-040f19c4" };

describe("api.can(): what an account may do", () => {
  let server: ApiServer;
  let now: number;
  let store: MemoryStore;
  beforeEach(async () => {
    server = await startApiServer();
    now = 1_700_000_000_000;
    store = new MemoryStore();
  });
  afterEach(() => server.close());

  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({
      appId: "wx1",
      tokenProvider: async () => "TOKEN",
      baseUrl: server.url,
      store,
      now: () => now,
      ...options,
    });
  const failure = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: ApiError) => error,
    );

  it("is everything, until WeChat says no", async () => {
    const api = client();
    expect(await api.can("customer-service")).to.equal(true);
    server.on(send, unauthorized);
    await failure(api.customerService.sendText("o", "1"));
    expect(await api.can("customer-service")).to.equal(false);
    expect(await api.can("menu")).to.equal(true);
  });

  it("is asked once: then calls of the kind are refused here, in WeChat's words", async () => {
    const api = client();
    server.on(send, unauthorized);
    const first = await failure(api.customerService.sendText("o", "1"));
    now += 10 * minute;
    const second = await failure(api.customerService.sendText("o", "2"));
    const typing = await failure(api.customerService.typing("o", true));
    expect(server.calls.map(({ path }) => path)).to.deep.equal([send]);
    for (const error of [first, second, typing]) {
      expect(error).to.include({ name: "ApiError", errcode: 48001, hint: first?.hint });
      expect(error?.rid).to.equal("61725984-6126f6f9-040f19c4");
    }
    expect(second?.errmsg).to.equal(
      "api unauthorized (as WeChat said within the hour; it is asked again in 50 minutes)",
    );
    expect(second?.endpoint).to.equal(send);
    expect(typing?.endpoint).to.equal("/cgi-bin/message/custom/typing");
  });

  it("is asked again after an hour of the bot's clock", async () => {
    const api = client();
    server.on(send, unauthorized);
    await failure(api.customerService.sendText("o", "1"));
    server.on(send, { errcode: 0, errmsg: "ok" });
    now += 60 * minute - 1;
    expect(await failure(api.customerService.sendText("o", "2"))).to.have.property(
      "errcode",
      48001,
    );
    now += 1;
    expect(await api.can("customer-service")).to.equal(true);
    expect(await failure(api.customerService.sendText("o", "3"))).to.equal(undefined);
    expect(server.calls).to.have.length(2);
  });

  it("is asked again when the clock was set back", async () => {
    const api = client();
    server.on(send, unauthorized);
    await failure(api.customerService.sendText("o", "1"));
    now -= 1000 * minute;
    expect(await api.can("customer-service")).to.equal(true);
  });

  it("is known to every client of the account that has the same store, and to no other account's", async () => {
    server.on(send, unauthorized);
    await failure(client().customerService.sendText("o", "1"));
    expect(await client().can("customer-service")).to.equal(false);
    expect(await client({ appId: "wx2" }).can("customer-service")).to.equal(true);
    expect(await client({ store: new MemoryStore() }).can("customer-service")).to.equal(true);
  });

  it("does not depend on the store", async () => {
    const failing = Object.assign(new MemoryStore(), {
      get: () => Promise.reject(new Error("away")),
      set: () => Promise.reject(new Error("away")),
    });
    const api = client({ store: failing });
    server.on(send, unauthorized);
    expect(await failure(api.customerService.sendText("o", "1"))).to.have.property(
      "errcode",
      48001,
    );
    expect(await api.can("customer-service")).to.equal(true);
    server.on(send, { errcode: 0, errmsg: "ok" });
    expect(await failure(api.customerService.sendText("o", "2"))).to.equal(undefined);
  });

  it("is not learned from other refusals, nor from what a user did not allow", async () => {
    const api = client();
    for (const errcode of [40003, 45047, 48002, 48004]) {
      server.on(send, { errcode, errmsg: "no" });
      await failure(api.customerService.sendText("o", "1"));
    }
    expect(await api.can("customer-service")).to.equal(true);
    server.on("/sns/userinfo", unauthorized);
    await failure(api.oauth.userinfo("USER", "o"));
    await failure(api.oauth.userinfo("USER", "o"));
    expect(server.to("/sns/userinfo")).to.have.length(2);
  });

  it("is known of the calls that go together, as their pages say", async () => {
    const together: readonly (readonly [Ability, string, boolean])[] = [
      ["menu", "/cgi-bin/menu/addconditional", true],
      // Its page says that every account may.
      ["menu", "/cgi-bin/get_current_selfmenu_info", false],
      ["mass-by-openid", "/cgi-bin/message/mass/send", true],
      ["mass", "/cgi-bin/message/mass/send", false],
      ["mass", "/cgi-bin/message/mass/sendall", true],
      ["mass", "/cgi-bin/message/mass/preview", true],
      ["templates", "/cgi-bin/message/template/send", true],
      ["templates", "/cgi-bin/message/template/subscribe", false],
      ["templates", "/wxa/sec/queryblocktmplmsg", true],
      ["users", "/cgi-bin/tags/members/getblacklist", true],
      ["tags", "/cgi-bin/tags/members/batchtagging", true],
      ["tags", "/cgi-bin/tags/members/getblacklist", false],
      ["agents", "/customservice/kfsession/create", true],
      ["agents", "/cgi-bin/customservice/getkflist", true],
      ["media", "/cgi-bin/media/upload", true],
      ["media", "/cgi-bin/media/uploadnews", false],
      ["publishing", "/cgi-bin/freepublish/submit", true],
      ["drafts", "/cgi-bin/freepublish/submit", false],
      ["statistics", "/datacube/getarticleread", true],
      ["ocr", "/cv/img/qrcode", true],
    ];
    for (const [ability, path, belongs] of together) {
      const api = client({ store: new MemoryStore() });
      server.on(path, unauthorized);
      await failure(api.post(path));
      expect(await api.can(ability), `${ability}: ${path}`).to.equal(!belongs);
    }
  });

  it("is also known of a call that goes with none", async () => {
    const api = client();
    server.on("/cgi-bin/what/is/new", unauthorized);
    await failure(api.post("/cgi-bin/what/is/new"));
    await failure(api.get("/cgi-bin/what/is/new"));
    await failure(api.get("/cgi-bin/what/is/newer"));
    expect(server.calls.map(({ path }) => path)).to.deep.equal([
      "/cgi-bin/what/is/new",
      "/cgi-bin/what/is/newer",
    ]);
  });
});
