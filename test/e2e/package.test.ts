import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";

/** A user's bot, in JavaScript. */
const bot = `
const wx = new Wechat({ token: "AAAAA" }).on("text", (ctx) => reply.text(ctx.message.Content));
if (typeof wx.middleware() !== "function") throw new Error("no middleware");
console.log("works");
`;

/** A user's bot, in TypeScript, with an event of his own and a mistake. */
const typed = `
import Koa from "koa";
import { type EventEnvelope, type MessageHandler, reply, Wechat } from "koa-wx";

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
new Koa().use(wx.middleware());
`;

describe("The packed package", function () {
  this.timeout(60_000);
  let folder: string;
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-"));
    const [tarball] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { encoding: "utf8" }),
    ) as [{ filename: string; files: { path: string }[] }];
    const installed = join(folder, "node_modules");
    mkdirSync(join(installed, "koa-wx"), { recursive: true });
    run("tar", "-xzf", tarball.filename, "-C", join(installed, "koa-wx"), "--strip-components=1");
    // Its dependencies are those of this checkout.
    for (const name of readdirSync("node_modules")) {
      if (name !== "koa-wx") symlinkSync(resolve("node_modules", name), join(installed, name));
    }
    writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true }');
    const files = tarball.files.map(({ path }) => path);
    expect(files).to.include.members(["README.md", "LICENSE", "package.json", "dist/index.js"]);
    expect(files.filter((file) => /^(src|test|examples|scripts)\//.test(file))).to.deep.equal([]);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("can be imported", () => {
    writeFileSync(join(folder, "bot.mjs"), `import { reply, Wechat } from "koa-wx";${bot}`);
    expect(run("node", "bot.mjs")).to.equal("works\n");
  });

  it("can be required", () => {
    writeFileSync(join(folder, "bot.cjs"), `const { reply, Wechat } = require("koa-wx");${bot}`);
    expect(run("node", "--no-warnings", "bot.cjs")).to.equal("works\n");
  });

  for (const [module, resolution] of [
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ] as const) {
    for (const file of ["bot.mts", "bot.cts"]) {
      it(`has types under ${resolution} for ${file}`, () => {
        writeFileSync(join(folder, file), typed);
        run(
          "node_modules/.bin/tsc",
          ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--esModuleInterop"],
          ...["--target", "es2022", "--types", "node"],
          ...["--module", module, "--moduleResolution", resolution, file],
        );
      });
    }
  }
});
