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
const typed = `
import Koa from "koa";
import {
  createClient, type CustomerMessage, type EventEnvelope, type Follower, type MenuDefinition,
  type MessageHandler, reply, type TemplateMessage, type UserInfo, Wechat,
} from "koa-wx";
import { markdown, type MarkdownOptions, markdownToText } from "koa-wx/markdown";
import { type Answer, FakeClock, simulate } from "koa-wx/testing";

declare module "koa-wx" {
  interface EventMap {
    acme_card_paid: EventEnvelope<"acme_card_paid"> & { CardId: string };
  }
}

const echo: MessageHandler<"text"> = (ctx) => ctx.message.Content;
const wx = new Wechat({ token: "AAAAA" })
  .on("text", echo)
  .on("image", (ctx) => reply.image(ctx.message.MediaId))
  .onText(/^(\\d+)$/, (ctx) => ctx.match[1])
  .onEvent("acme_card_paid", (ctx) => ctx.message.CardId);
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

describe("The packed package", function () {
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
      "dist/outgoing/markdown/index.js",
      "dist/outgoing/markdown/index.d.ts",
      "dist/testing/index.d.ts",
      "dist/simulator/cli.js",
      "dist/simulator/page/app.js",
      "dist/simulator/page/app.css",
      "dist/simulator/page/jweixin.js",
      "examples/starter/.env.example",
      "examples/starter/gitignore",
      "examples/starter/src/bot.ts",
    ]);
    const known = /^(?:dist\/.+\.(?:js|d\.ts)|dist\/simulator\/page\/(?:app\.css|licences\.txt))$/;
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

  it("does nothing when it is imported", async () => {
    user.write(
      "idle.mjs",
      `const globals = Object.keys(globalThis).length;
await import("koa-wx");
await import("koa-wx/markdown");
await import("koa-wx/testing");
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
    for (const file of ["bot.mts", "bot.cts"]) {
      it(`has types under ${resolution} for ${file}, its own libraries checked`, async () => {
        user.write(file, typed);
        await user.run(
          "tsc",
          ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--esModuleInterop"],
          ...["--target", "es2020", "--types", "node"],
          ...["--module", module, "--moduleResolution", resolution, file],
        );
      });
    }
  }
});
