import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";

/** Wrong lines, and what the compiler has to say of them. */
const wrong: Readonly<Record<string, RegExp>> = {
  'wx.on("txt", () => "x");': /"text".*"voice"/,
  'wx.onEvent("click", () => "x");': /"CLICK"/,
  'wx.on("text", () => 42);': /'number' is not assignable to type 'MaybePromise<Result>'/,
  'wx.on("text", async () => 42);': /'number' is not assignable to type 'Result'/,
  'wx.onText("hi", async () => 42);': /'number' is not assignable to type 'Result'/,
  "wx.onClick(/x/, () => true);": /'boolean' is not assignable/,
  'wx.onScan("x", () => 1);': /'number' is not assignable/,
  "wx.use(async () => 42);": /'number' is not assignable to type 'Result'/,
  "wx.fallback(() => 42);": /Handler<Context<Answerable>>/,
  "wx.filter(() => true, () => 42);": /'number' is not assignable/,
  'wx.onSubscribe("x");': /Handler<Context<SubscribeEvent>>/,
  "wx.onScan((ctx) => ctx.nothing);": /type 'ScanContext'/,
  "wx.onSubscribe((ctx) => ctx.nothing);": /type 'Context<SubscribeEvent>'/,
  'wx.onClick("x", (ctx) => ctx.nothing);': /type 'Context<ClickEvent> & Matched<"x">'/,
};

describe("What the compiler says", function () {
  this.timeout(60_000);

  it("of a wrong line is short, and names what is meant", () => {
    const folder = mkdtempSync(join(tmpdir(), "koa-wx-errors-"));
    try {
      symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const lines = Object.keys(wrong).join("\n");
      const head = 'import { Wechat } from "koa-wx"; const wx = new Wechat({ token: "AAAAA" });';
      writeFileSync(join(folder, "wrong.ts"), `${head}\n${lines}\n`);
      const config = {
        extends: resolve("tsconfig.json"),
        compilerOptions: {
          paths: { "koa-wx": [resolve("src/index.ts")] },
          typeRoots: [resolve("node_modules/@types")],
        },
        include: ["*.ts"],
      };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      const { stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", folder], {
        encoding: "utf8",
      });
      const errors = stdout.split(/^(?=\S*wrong\.ts\()/m);
      Object.entries(wrong).forEach(([line, wanted], index) => {
        const error = errors.find((one) => one.includes(`wrong.ts(${index + 2},`)) ?? "";
        expect(error, line).to.match(wanted);
        expect(error.trim().split("\n").length, error).to.be.at.most(5);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("of every method of a router in an editor has a sample", () => {
    const source = readFileSync("src/router/router.ts", "utf8");
    const documented = [...source.matchAll(/^ {2}\/\*\*\n((?: {3}\*.*\n)+) {2}(\w+)[(<]/gm)];
    const without = documented.filter(([, comment = ""]) => !comment.includes("```ts"));
    expect(without.map(([, , name]) => name)).to.deep.equal([]);
    expect(documented.map(([, , name]) => name)).to.include.members([
      ...["use", "on", "onText", "onImage", "onVoice", "onVideo", "onShortVideo", "onLocation"],
      ...["onLink", "onEvent", "onSubscribe", "onUnsubscribe", "onClick", "onView", "onScan"],
      ...["hears", "filter", "fallback", "catch"],
    ]);
  });
});
