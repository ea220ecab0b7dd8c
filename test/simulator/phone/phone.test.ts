import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import Koa from "koa";
import { guard } from "../../../src/simulator/guard.js";
import { phonePage } from "../../../src/simulator/phone/phone.js";
import type { PhoneView } from "../../../src/simulator/phone/view.js";
import type { Act } from "../../../src/simulator/pushes/acts.js";
import { simulatedAccount } from "../../../src/simulator/world/account.js";
import type { Person } from "../../../src/simulator/world/people.js";
import { World } from "../../../src/simulator/world/world.js";

/** A phone without a bot behind it: what is done is only kept. */
async function startPhone() {
  const world = new World(simulatedAccount({ token: "token", name: "<茶铺>" }));
  const acts: { readonly name: string; readonly act: Act }[] = [];
  const cloud = {
    world,
    mode: "plain" as const,
    kind: "service" as const,
    target: "http://127.0.0.1:9/wechat",
    async act(person: Person, act: Act) {
      acts.push({ name: person.name, act });
      return undefined;
    },
  };
  const app = new Koa()
    .use(guard())
    .use(phonePage(cloud))
    .use((ctx) => {
      ctx.body = "somebody else";
    });
  app.silent = true;
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const post = (path: string, body: object | string, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body:
        typeof body === "string"
          ? body
          : body instanceof Uint8Array
            ? Buffer.from(body)
            : JSON.stringify(body),
    });
  return {
    world,
    acts,
    url,
    port,
    post,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

describe("phonePage(): the phone's server", () => {
  let phone: Awaited<ReturnType<typeof startPhone>>;
  beforeEach(async () => {
    phone = await startPhone();
  });
  afterEach(() => phone.close());

  it("serves a page without inline scripts, named like the account", async () => {
    const response = await fetch(phone.url);
    const html = await response.text();
    expect(html).to.contain("<title>&#60;茶铺&#62;</title>");
    expect(html).to.not.match(/<script(?![^>]*\ssrc=)|<style|\son\w+=/i);
    const policy = response.headers.get("Content-Security-Policy");
    expect(policy).to.contain("default-src 'none'; script-src 'self';");
    expect(policy).to.contain("frame-ancestors 'none'").and.not.contain("unsafe");
    expect(response.headers.get("X-Content-Type-Options")).to.equal("nosniff");
  });

  it("loads with less than 150 kB compressed", async () => {
    let bytes = 0;
    for (const path of ["/", "/phone/app.js", "/phone/app.css"]) {
      const response = await fetch(phone.url + path, { headers: { "Accept-Encoding": "gzip" } });
      expect(response.status).to.equal(200);
      bytes += Number(response.headers.get("Content-Length"));
    }
    expect(bytes).to.be.within(10_000, 60_000);
    const plain = await fetch(`${phone.url}/phone/app.css`, {
      headers: { "Accept-Encoding": "identity" },
    });
    expect(plain.headers.get("Content-Encoding")).to.equal(null);
    expect(await plain.text()).to.contain(".bubble");
  });

  it("leaves everything else to whoever comes after it", async () => {
    expect(await (await fetch(`${phone.url}/cgi-bin/token`)).text()).to.equal("somebody else");
    expect((await fetch(`${phone.url}/phone/nothing`)).status).to.equal(404);
    expect((await fetch(`${phone.url}/phone/act`)).status).to.equal(404);
    expect((await fetch(`${phone.url}/phone/constructor`)).status).to.equal(404);
  });

  it("tells what a user's phone shows", async () => {
    const alice = phone.world.people.named("alice", { nickname: "Alice" });
    phone.world.say(alice, "account", { type: "text", content: "hi" }, "reply");
    phone.world.menu.set([{ name: "今日推荐", type: "click", key: "today" }]);
    phone.world.faults.plan("token", { errcode: 40013 });
    const response = await fetch(`${phone.url}/phone/state?user=alice`);
    const view = (await response.json()) as PhoneView;
    expect(view).to.deep.include({
      user: "alice",
      people: [
        {
          name: "alice",
          nickname: "Alice",
          openid: alice.openid,
          picture: "",
          following: false,
          typing: false,
        },
      ],
    });
    expect(view.chat[0]?.content).to.deep.equal({ type: "text", content: "hi" });
    expect(view.settings.menu).to.deep.equal([{ name: "今日推荐", type: "click", key: "today" }]);
    expect(view.settings.faults).to.deep.equal([
      { path: "token", fault: { errcode: 40013 }, left: null },
    ]);
    expect(JSON.stringify(view)).to.not.contain(phone.world.account.appSecret);
    expect(JSON.stringify(view)).to.not.contain('"token"}').and.not.contain("encodingAESKey");
  });

  it("has the named user do what the page says", async () => {
    phone.world.people.named("alice");
    phone.world.people.named("bob");
    const acts: readonly Act[] = [
      { act: "text", text: "你好", menuItem: "101" },
      { act: "image", mediaId: "m" },
      { act: "voice", mediaId: "m", recognition: "天气", format: "webm" },
      { act: "video", mediaId: "m" },
      { act: "location", latitude: 23.1, longitude: 113.3, scale: 15, label: "广州" },
      { act: "link", title: "t", description: "", url: "https://a.example/" },
      { act: "follow", scene: "poster" },
      { act: "unfollow" },
      { act: "scan", scene: "7" },
      { act: "click", key: "today" },
      { act: "view", url: "https://a.example/" },
      {
        act: "push",
        fields: { MsgType: "event", SendPicsInfo: { Count: 1, PicList: { item: [{ P: "1" }] } } },
      },
    ];
    for (const act of acts) {
      expect((await phone.post("/phone/act", { user: "bob", ...act })).status).to.equal(202);
    }
    expect(phone.acts).to.deep.equal(acts.map((act) => ({ name: "bob", act })));
  });

  it("refuses what is no act, and what nobody does", async () => {
    phone.world.people.named("alice");
    const wrong = [
      { act: "dance" },
      { act: "text" },
      { act: "text", text: "x".repeat(8_193) },
      { act: "image", mediaId: 7 },
      { act: "location", latitude: 91, longitude: 0 },
      { act: "push", fields: { "a><b": "1" } },
      { act: "push", fields: { a: { a: { a: { a: { a: { a: "deep" } } } } } } },
      { act: "push", fields: { a: null } },
    ];
    for (const act of wrong) {
      const response = await phone.post("/phone/act", { user: "alice", ...act });
      expect(response.status, JSON.stringify(act).slice(0, 60)).to.equal(400);
      const { error, errorZh } = (await response.json()) as Record<string, string>;
      expect(error).to.match(/^[\w"].*\.$/);
      expect(errorZh).to.match(/\p{Script=Han}.*。$/u);
    }
    const nobody = await phone.post("/phone/act", { user: "bob", act: "follow" });
    expect(nobody.status).to.equal(400);
    expect((await phone.post("/phone/act", "{")).status).to.equal(400);
    expect((await phone.post("/phone/act", `"${"x".repeat(70_000)}"`)).status).to.equal(413);
    expect(phone.acts).to.deep.equal([]);
  });

  it("keeps an uploaded file and shows it as what it is, never as a page", async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const png = { "Content-Type": "image/png" };
    const taken = await phone.post("/phone/media?type=image&name=a.png", bytes, png);
    expect(taken.status).to.equal(201);
    const { mediaId } = (await taken.json()) as { mediaId: string };
    const shown = await fetch(`${phone.url}/phone/media/${mediaId}`);
    expect(shown.headers.get("Content-Type")).to.equal("image/png");
    expect(shown.headers.get("Content-Security-Policy")).to.equal("default-src 'none'; sandbox");
    expect(new Uint8Array(await shown.arrayBuffer())).to.deep.equal(bytes);
    const part = await fetch(`${phone.url}/phone/media/${mediaId}`, {
      headers: { Range: "bytes=10-19" },
    });
    expect(part.status).to.equal(206);
    expect(part.headers.get("Content-Range")).to.equal("bytes 10-19/100");
    expect(new Uint8Array(await part.arrayBuffer())).to.deep.equal(bytes.slice(10, 20));

    const html = { type: "image", contentType: "text/html", filename: "x", data: Buffer.from("<") };
    const page = phone.world.media.add(html as typeof html & { type: "image" });
    const download = await fetch(`${phone.url}/phone/media/${page.mediaId}`);
    expect(download.headers.get("Content-Type")).to.equal("application/octet-stream");
    expect(download.headers.get("Content-Disposition")).to.equal("attachment");
    expect((await fetch(`${phone.url}/phone/media/unknown`)).status).to.equal(404);
    expect((await fetch(`${phone.url}/phone/media/%zz`)).status).to.equal(400);
  });

  it("takes no file of another kind, none that is empty, and none that is too long", async () => {
    const send = (type: string, contentType: string, body: Uint8Array) =>
      phone.post(`/phone/media?type=${type}`, body, { "Content-Type": contentType });
    expect((await send("image", "image/svg+xml", new Uint8Array(9))).status).to.equal(415);
    expect((await send("image", "text/html", new Uint8Array(9))).status).to.equal(415);
    expect((await send("toString", "image/png", new Uint8Array(9))).status).to.equal(415);
    expect((await send("image", "image/png", new Uint8Array(0))).status).to.equal(400);
    expect((await send("image", "image/png", new Uint8Array(10_485_761))).status).to.equal(413);
    expect([...phone.world.media]).to.deep.equal([]);
  });

  it("tells what happens as it happens, and lets go of whoever leaves", async () => {
    const alice = phone.world.people.named("alice");
    const leave = new AbortController();
    const events = await fetch(`${phone.url}/phone/events?user=alice`, { signal: leave.signal });
    expect(events.headers.get("Content-Type")).to.equal("text/event-stream; charset=utf-8");
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    let seen = "";
    const until = async (text: string) => {
      while (!seen.includes(text))
        seen += Buffer.from((await reader.read()).value ?? []).toString();
    };
    await until("event: ready");
    phone.world.say(alice, "account", { type: "text", content: "a\nb" }, "customer-service");
    alice.typing = true;
    phone.world.emit("person", alice);
    phone.world.menu.set([{ name: "新菜单", type: "click", key: "k" }]);
    phone.world.emit("settings");
    await until("新菜单");
    expect(seen).to.contain('event: chat\ndata: {"user":"alice"');
    expect(seen).to.contain('"content":"a\\nb"').and.contain('"typing":true');
    expect(phone.world.listenerCount("chat")).to.equal(1);
    leave.abort();
    await reader.read().catch(() => undefined);
    for (let round = 0; round < 50 && phone.world.listenerCount("chat") > 0; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(phone.world.listenerCount("chat")).to.equal(0);
  });

  it("makes users, with names that can be shown", async () => {
    expect((await phone.post("/phone/people", { name: " 小明 " })).status).to.equal(200);
    expect((await phone.post("/phone/people", { name: "a\u202eb" })).status).to.equal(400);
    expect((await phone.post("/phone/people", { name: " " })).status).to.equal(400);
    expect([...phone.world.people].map(({ name }) => name)).to.deep.equal(["小明"]);
  });

  it("switches delays and failures", async () => {
    const { faults } = phone.world;
    await phone.post("/phone/settings", { latency: 300, pushLatency: 6_000 });
    expect([faults.latency, faults.pushLatency]).to.deep.equal([300, 6_000]);
    await phone.post("/phone/settings", { plan: { path: "token", errcode: 40013, times: 2 } });
    await phone.post("/phone/settings", { plan: { path: "*", hang: true } });
    expect(faults.list).to.deep.equal([
      { path: "token", fault: { errcode: 40013 }, left: 2 },
      { path: "*", fault: { hang: true }, left: Number.POSITIVE_INFINITY },
    ]);
    await phone.post("/phone/settings", { clear: "token" });
    expect(faults.list.map(({ path }) => path)).to.deep.equal(["*"]);
    const wrong = [{ latency: -1 }, { mode: "loud" }, { plan: { path: "token", status: 200 } }];
    for (const settings of wrong) {
      expect((await phone.post("/phone/settings", settings)).status).to.equal(400);
    }
    expect(faults.latency).to.equal(300);
  });

  it("lets only its own page change anything", async () => {
    const { url } = phone;
    phone.world.people.named("alice");
    const act = { user: "alice", act: "text", text: "hi" };
    const from = (headers: Record<string, string>) => phone.post("/phone/act", act, headers);
    expect((await from({ Origin: "https://evil.example" })).status).to.equal(403);
    expect((await from({ Origin: "http://127.0.0.1:1" })).status).to.equal(403);
    expect((await from({ Origin: "null" })).status).to.equal(403);
    expect((await from({ "Content-Type": "text/plain", Origin: url })).status).to.equal(415);
    expect(phone.acts).to.deep.equal([]);
    expect((await from({ Origin: url })).status).to.equal(202);
    expect(phone.acts).to.have.length(1);
  });
});
