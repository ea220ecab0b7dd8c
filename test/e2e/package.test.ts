import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { installPacked, same, type UserFolder } from "../support/installed.js";

/** A user's bot, in JavaScript, and a phone on which somebody talks to it. */
const bot = `
const wx = new Wechat({ token: "AAAAA" }).on("text", (ctx) => reply.text(ctx.message.Content));
simulate(new Koa().use(wx.middleware()), { token: "AAAAA" }).then(async (phone) => {
  const answer = await phone.user("alice").sends("works");
  console.log(markdownToText(\`**\${answer.text}**\`));
  await phone.close();
});
`;

/** A user's bot, in TypeScript, with an event of his own, functions of his own and a mistake. */
const typed = (event: string) => `
import Koa from "koa";
import { createClient, type EventEnvelope, type MessageHandler, reply, Wechat } from "koa-wx";
import type { CustomerMessage, Follower, MenuDefinition, TemplateMessage, UserInfo } from "koa-wx/api";
import { markdown, type MarkdownOptions, markdownToText } from "koa-wx/markdown";
import { type Answer, FakeClock, simulate } from "koa-wx/testing";

declare module "koa-wx" {
  interface EventMap {
    ${event}: EventEnvelope<"${event}"> & { CardId: string };
  }
}

const echo: MessageHandler<"text"> = (ctx) => ctx.message.Content;
const wx = new Wechat({ token: "AAAAA" })
  .on("text", echo)
  .on("image", (ctx) => reply.image(ctx.message.MediaId))
  .onText(/^(\\d+)$/, (ctx) => ctx.match[1])
  .onEvent("${event}", (ctx) => ctx.message.CardId);
// @ts-expect-error a number is no reply
wx.on("text", () => 42);
const app = new Koa().use(wx.middleware());

export async function talk(): Promise<Answer> {
  const phone = await simulate(app, { token: "AAAAA", clock: new FakeClock() });
  return phone.user("alice").sends("hi");
}

const style: MarkdownOptions = { bullet: (depth) => "-".repeat(depth) };
export const hook = markdown(style);
export const text: string = markdownToText("**a**", style);

const api = createClient({ appId: "wx1", appSecret: "secret" });
const menu: MenuDefinition = { button: [{ type: "click", name: "Songs", key: "SONG" }] };
const follows = (user: UserInfo): user is Follower => user.subscribe === 1;
export async function greet(openid: string, text: CustomerMessage, note: TemplateMessage) {
  await api.menu.create(menu);
  const user = await api.users.get(openid);
  // @ts-expect-error who does not follow has no name
  user.remark;
  if (follows(user)) await api.customerService.send(text);
  else await api.templates.send(note);
}
`;

/** Every door, and some of what is behind it when it runs. */
const doors = {
  "koa-wx": ["ApiError", "Router", "Wechat", "createClient", "reply", "session"],
  "koa-wx/api": ["ApiError", "Client", "createClient"],
  "koa-wx/gateway": ["apiProxy", "remoteApi", "remoteToken", "signRequest", "tokenServer"],
  "koa-wx/markdown": ["markdown", "markdownToText"],
  "koa-wx/testing": ["FakeClock", "simulate"],
  "koa-wx/types": [],
} as const;

/** A library that leaves it to the compiler to write down what its users get: names of all doors. */
const inferred = `
import {
  answer, type Context, createClient, type EventMap, flow, type MessageMap, reply, session, Wechat,
} from "koa-wx";
import { markdown } from "koa-wx/markdown";
import { simulate } from "koa-wx/testing";

export const wx = new Wechat({ token: "AAAAA" }).use(session({ initial: () => ({ count: 0 }) }));
export const steps = flow("a").ask("photo", "?", answer.photo()).choose("size", "?", ["S", "L"]);
export const order = steps.done((ctx) => ctx.answers.photo.url);
export const said = (ctx: Context<MessageMap["text"]>) => ctx.message;
export const tapped = (ctx: Context<EventMap["CLICK"]>) => ctx.message;
export const opened = (ctx: Context<EventMap["view_miniprogram"]>) => ctx.message;
export const checked = (event: EventMap["card_pass_check"]) => event;
export const pictures = (event: EventMap["pic_weixin"]) => event.SendPicsInfo;
export const image = reply.image("id");
export const music = reply.music({ thumbMediaId: { file: "a.jpg" }, title: "", url: "https://a.example" });
export const api = createClient({ appId: "wx1", appSecret: "secret" });
const span = { begin_date: "2026-01-01", end_date: "2026-01-01" };
export const menus = () => api.menu.get();
export const followers = () => api.datacube.get("getusersummary", span);
export const readers = () => api.datacube.published("getarticleread", span);
export const guard = wx.oauth({ baseUrl: "https://a.example" });
export const page = wx.jssdk({ allow: ["a.example"] });
export const account = wx.account();
export const entered = () => account.store.enter("key", "value", 1000);
export const hook = markdown();
export const talk = async () => {
  const phone = await simulate(wx, { token: "AAAAA" });
  return { phone, alice: phone.user("alice"), api: phone.api };
};
`;

describe("npm pack: the package", function () {
  this.timeout(60_000);
  let user: UserFolder;

  before(() => {
    user = installPacked(same(["@types/koa", "@types/node"]));
  });
  after(() => user?.remove());

  it("holds what users need, and nothing else", () => {
    const files = user.packed.files.map(({ path }) => path);
    expect(files).to.include.members([
      "README.md",
      "LICENSE",
      "package.json",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/api/index.js",
      "dist/api/index.d.ts",
      "dist/gateway/index.js",
      "dist/gateway/index.d.ts",
      "dist/outgoing/markdown/index.js",
      "dist/outgoing/markdown/index.d.ts",
      "dist/testing/index.d.ts",
      "dist/further-types.d.ts",
      "dist/simulator/cli.js",
      "dist/simulator/page/app.js",
      "dist/simulator/page/app.css",
      "dist/simulator/page/jweixin.js",
      "docs/errors.md", // what koa-wx explain says
      "docs/errors.zh-CN.md",
      "examples/starter/.env.example",
      "examples/starter/gitignore",
      "examples/starter/src/bot.ts",
    ]);
    const known =
      /^(?:dist\/.+\.(?:js|d\.ts)|dist\/simulator\/page\/(?:app\.css|licences\.txt)|docs\/errors(?:\.zh-CN)?\.md)$/;
    const inStarter = /^examples\/starter\/(?:src\/[\w.]+\.ts|[\w.-]+)$/;
    const others = files.filter(
      (file) => !known.test(file) && !inStarter.test(file) && !/^[^/]+$/.test(file),
    );
    expect(others).to.deep.equal([]);
    const top = files.filter((file) => !file.includes("/"));
    const wanted = /^(?:README.*\.md|LICENSE|llms\.txt|package\.json)$/;
    expect(top.filter((file) => !wanted.test(file))).to.deep.equal([]);
    expect(files).not.to.include("dist/simulator/cli.d.ts"); // nobody can import it
    expect(user.packed.size).to.be.below(600_000);
    expect(user.packed.unpackedSize).to.be.below(2_000_000);
  });

  it("needs no packages but those it declares", () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(user.folder, "node_modules/koa-wx/package.json"), "utf8"),
    ) as { dependencies: Record<string, string> };
    const used = new Set<string>();
    for (const { path } of user.packed.files) {
      if (!path.endsWith(".js") || path.includes("/page/")) continue;
      const text = readFileSync(join(user.folder, "node_modules/koa-wx", path), "utf8");
      for (const [, name = ""] of text.matchAll(
        /^(?!\/\/).*(?: from |import\()"((?:@[\w-]+\/)?[\w-]+)"/gm,
      )) {
        if (!name.startsWith("node:")) used.add(name);
      }
    }
    used.delete("koa"); // the peer
    expect(used).to.include("node-fetch");
    expect(Object.keys(dependencies)).to.include.members([...used]);
  });

  it("loads with a bot only what every bot needs", () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [, to = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)"/g)) {
        if (to.startsWith(".")) visit(join(dirname(file), to));
        else if (!to.startsWith("node:")) packages.add(to);
      }
    };
    visit(join(user.folder, "node_modules/koa-wx/dist/index.js"));
    expect([...packages].sort()).to.deep.equal([
      "lossless-json",
      "lru-cache",
      "raw-body",
      "xml-js",
    ]);
    expect([...seen].filter((file) => file.includes("simulator"))).to.deep.equal([]);
  });

  it("can be imported", async () => {
    user.write(
      "bot.mjs",
      `import Koa from "koa";
import { reply, Wechat } from "koa-wx";
import { markdownToText } from "koa-wx/markdown";
import { simulate } from "koa-wx/testing";${bot}`,
    );
    expect(await user.run("node", "bot.mjs")).to.equal("works\n");
  });

  it("can be required", async () => {
    user.write(
      "bot.cjs",
      `const Koa = require("koa");
const { reply, Wechat } = require("koa-wx");
const { markdownToText } = require("koa-wx/markdown");
const { simulate } = require("koa-wx/testing");${bot}`,
    );
    expect(await user.run("node", "--no-warnings", "bot.cjs")).to.equal("works\n");
  });

  it("has six doors, for import and require alike", async () => {
    const print = "JSON.stringify(modules.map((module) => Object.keys(module)))";
    const names = Object.keys(doors);
    user.write(
      "doors.mjs",
      `const modules = [${names.map((door) => `await import("${door}")`)}];
console.log(${print}, modules[0].ApiError === modules[1].ApiError);`,
    );
    user.write(
      "doors.cjs",
      `const modules = [${names.map((door) => `require("${door}")`)}];
console.log(${print}, modules[0].ApiError === modules[1].ApiError);`,
    );
    const imported = await user.run("node", "doors.mjs");
    expect(await user.run("node", "--no-warnings", "doors.cjs")).to.equal(imported);
    const [, list = "", same] = /^(.*) (\w+)\n$/.exec(imported) ?? [];
    const found = JSON.parse(list) as string[][];
    for (const [index, some] of Object.values(doors).entries()) {
      expect(found[index], names[index]).to.include.members([...some]);
    }
    expect(same).to.equal("true");
    expect(found.at(-1)).to.deep.equal([]);
  });

  it("does nothing when it is imported", async () => {
    user.write(
      "idle.mjs",
      `const globals = Object.keys(globalThis).length;
for (const door of ${JSON.stringify(Object.keys(doors))}) await import(door);
await new Promise((resolve) => setImmediate(resolve));
const running = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
console.log(running.join(), Object.keys(globalThis).length - globals);
`,
    );
    expect(await user.run("node", "idle.mjs")).to.equal(" 0\n");
  });

  for (const [module, resolution] of [
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ] as const) {
    it(`has types under ${resolution} for bot.mts and bot.cts, its own libraries checked`, async () => {
      // An event for each file: what one declares must not be of use to the other.
      user.write("bot.mts", typed("acme_card_paid"));
      user.write("bot.cts", typed("acme_card_lost"));
      await user.run(
        "tsc",
        ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--esModuleInterop"],
        ...["--target", "es2020", "--types", "node"],
        ...["--module", module, "--moduleResolution", resolution, "bot.mts", "bot.cts"],
      );
    });
  }

  it("lets a compiler write down what it has inferred, by names that can be imported", async () => {
    user.write("inferred.mts", inferred);
    const command = ["--declaration", "--emitDeclarationOnly", "--outDir", "declared", "--strict"];
    const setting = ["--target", "es2022", "--types", "node", "--module", "nodenext"];
    await user.run("tsc", ...command, ...setting, "--esModuleInterop", "inferred.mts");
    const declared = readFileSync(join(user.folder, "declared/inferred.d.mts"), "utf8");
    const used = new Set([...declared.matchAll(/import\("([^"]+)"\)/g)].map(([, door]) => door));
    const wanted = ["koa-wx", "koa-wx/api", "koa-wx/markdown", "koa-wx/testing", "koa-wx/types"];
    expect([...used].toSorted()).to.deep.equal(wanted);
  });
});
