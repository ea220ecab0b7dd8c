/** Bots under the compilers and compiler settings that the page on TypeScript names, cell by cell of its table. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { foreignModules, installPacked, same, type UserFolder } from "../support/installed.js";

const read = (file: string) => readFileSync(file, "utf8");
const page = read("docs/typescript.md");
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
    ([, block]) => block as string,
  );

/** The versions that the table has columns for, and where their compiler is. */
const compilers = [
  ["5.6", "typescript56"],
  ["5.9", "typescript59"],
  ["7", "typescript"],
] as const;

/** A bot that imports all that there is, and answers once when it is run. */
const bot = `
import Koa from "koa";
import { type MessageHandler, reply, Wechat } from "koa-wx";
import { type Answer, simulate } from "koa-wx/testing";

const echo: MessageHandler<"text"> = (ctx) => reply.text(ctx.message.Content);
const wx = new Wechat({ token: "AAAAA" }).on("text", echo);
// @ts-expect-error a number is no reply
wx.on("image", () => 42);

async function talk(): Promise<Answer> {
  const phone = await simulate(new Koa().use(wx.middleware()), { token: "AAAAA" });
  const answer = await phone.user("alice").sends("works");
  await phone.close();
  return answer;
}

void talk().then(({ text }) => console.log(text));
`;

/** The setting of a row, and what becomes of a file under it in each version: ✓, an error, or –. */
const rows = [
  ...page.matchAll(/^\| `(\w+)` \| (?:`(\w+)` )?\| (ES module|CommonJS) \| (.*) \|$/gm),
].map(([, module = "", resolution, file = "", cells = ""]) => ({
  module,
  resolution,
  file: file === "CommonJS" ? "bot.cts" : "bot.mts",
  cells: cells.split(" | "),
}));

const pages = ["README", "docs/getting-started", "docs/typescript"];
const tsconfig = blocks(page, "json")[0] ?? "";
/** What a CommonJS file does where all else fails. */
const wayOut = blocks(page.split("\n## TS1479")[1] ?? "", "ts")[0] ?? "";
const firstBots = {
  "readme.ts": blocks(read("README.md"), "ts")[0] ?? "",
  "started.ts": blocks(read("docs/getting-started.md"), "ts")[0] ?? "",
  "awaiting.ts": 'export const bot = await import("./started.js");\n',
};

describe("koa-wx in TypeScript", function () {
  this.timeout(120_000);
  let user: UserFolder;

  before(function () {
    this.timeout(240_000);
    const types = ["@types/koa", "@types/koa-router", "@types/node"];
    user = installPacked(same(["koa-router", "tsx", "typescript", ...types]));
    user.link(same(["typescript56", "typescript59"]), foreignModules());
    user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
  });
  after(() => user?.remove());

  function project(name: string, files: Readonly<Record<string, string>>): string {
    for (const [file, text] of Object.entries(files)) user.write(join(name, file), text);
    return name;
  }

  /** A project for each setting of the table; one compiler builds them all, which saves most of the time. */
  function settings(version: string): string[] {
    const own = rows.filter(({ cells }) => cells[columnOf(version)] !== "–");
    return own.map(({ module, resolution }) => {
      const compilerOptions = {
        module,
        ...(resolution === undefined ? { outDir: "out" } : { moduleResolution: resolution }),
        ...{ target: "es2022", types: ["node"], strict: true, skipLibCheck: true },
        ...{ esModuleInterop: true, noEmit: resolution !== undefined },
      };
      const config = JSON.stringify({ compilerOptions });
      const files = { "tsconfig.json": config, "bot.mts": bot, "bot.cts": bot };
      return project(`${version}/${module}`, { ...files, "way-out.cts": wayOut });
    });
  }

  for (const [version, compiler] of compilers) {
    describe(version, () => {
      let printed: string;
      /** The codes of what the compiler says of a file, or of all files of a project. */
      const said = (project: string, file = "") => {
        const lines = printed.split("\n").filter((line) => line.includes(`${project}/${file}`));
        return [...new Set(lines.join().match(/TS\d+/g) ?? [])].join(" ");
      };

      before(async () => {
        const tsc = join(user.folder, "node_modules", compiler, "bin/tsc");
        const projects = [...new Set(settings(version))];
        projects.push(project(`${version}/page`, { ...firstBots, "tsconfig.json": tsconfig }));
        const begun = project(`${version}/init`, firstBots);
        await user.run("sh", "-c", `cd ${begun} && node ${tsc} --init`);
        projects.push(begun);
        const { stdout } = await user.runs("node", tsc, "-b", "--pretty", "false", ...projects);
        printed = stdout;
      });

      for (const { module, resolution, file, cells } of rows) {
        const cell = cells[columnOf(version)];
        if (cell === "–") continue;
        const verb = cell === "✓" ? "takes" : `refuses with ${cell}`;

        it(`${verb} koa-wx in ${file} under ${module}`, async () => {
          expect(said(`${version}/${module}`, file)).to.equal(cell === "✓" ? "" : cell);
          if (cell !== "✓") return;
          const made = join(version, module, "out", file.replace("ts", "js"));
          const source = join(version, module, file);
          expect(
            await (resolution === undefined ? runs("node", made) : runs("tsx", source)),
          ).to.equal("works\n");
        });
      }

      it("takes the way out of TS1479 under node16", () => {
        expect(wayOut).to.contain("await import(");
        expect(said(`${version}/node16`, "way-out.cts")).to.equal("");
      });

      it("takes the first bots of the pages with their tsconfig.json", () => {
        expect(said(`${version}/page`)).to.equal("");
      });

      it("takes the first bots with the very file that tsc --init writes", () => {
        const isOld = version === "5.6";
        const written = read(join(user.folder, version, "init/tsconfig.json"));
        expect(written).to.match(isOld ? /"module": "commonjs"/ : /"module": "nodenext"/);
        for (const file of ["readme.ts", "started.ts"]) {
          expect(said(`${version}/init`, file)).to.equal("");
        }
        expect(said(`${version}/init`, "awaiting.ts")).to.equal(isOld ? "TS1378" : "");
      });
    });
  }

  /** Runs what was compiled, once for all compilers that make the same of it. */
  const results = new Map<string, Promise<string>>();
  function runs(program: string, file: string): Promise<string> {
    const key = `${program} ${read(join(user.folder, file))}`;
    const result = results.get(key) ?? user.run(program, "--no-warnings", file);
    results.set(key, result);
    return result;
  }

  it("has a table with every setting, file and version, in both languages", () => {
    expect(rows.map(({ module, file }) => `${module} ${file}`)).to.have.members([
      ...["nodenext", "node20", "node16", "preserve"].flatMap((module) => [
        `${module} bot.mts`,
        `${module} bot.cts`,
      ]),
      "esnext bot.mts",
    ]);
    for (const { cells } of rows) expect(cells).to.have.length(compilers.length);
    const cellsOf = (text: string) => text.match(/(?<=\|)(?: (?:✓|TS\d+|–) \|){3}$/gm);
    expect(cellsOf(read("docs/typescript.zh-CN.md"))).to.deep.equal(cellsOf(page));
  });

  it("is set up in the same steps and by the same tsconfig.json on every page", () => {
    const [steps = ""] = blocks(page, "sh");
    expect(steps).to.contain("npm pkg set type=module");
    for (const page of pages.flatMap((name) => [`${name}.md`, `${name}.zh-CN.md`])) {
      const text = read(page);
      expect(blocks(text, "sh"), page).to.include(steps);
      const configs = blocks(text, "json").filter((block) => block.includes("compilerOptions"));
      expect(configs, page).to.deep.equal([tsconfig]);
      expect(text, page).not.to.match(/bot\.m[jt]s/);
    }
  });
});

function columnOf(version: string): number {
  return compilers.findIndex(([one]) => one === version);
}
