import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";

const readmes = ["README.md", "README.zh-CN.md"];
const blocksOf = (file: string, language: string) =>
  [
    ...readFileSync(file, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms")),
  ].map(([, block]) => block as string);

describe("The READMEs", function () {
  this.timeout(30_000);

  it("hold TypeScript that compiles", () => {
    const folder = mkdtempSync(join(tmpdir(), "koa-wx-readme-"));
    try {
      symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      let blocks = 0;
      for (const file of readmes) {
        for (const block of blocksOf(file, "ts")) {
          writeFileSync(join(folder, `${file}-${blocks++}.ts`), `${block}\nexport {};\n`);
        }
      }
      expect(blocks).to.be.greaterThan(5);
      const config = {
        extends: resolve("tsconfig.json"),
        compilerOptions: {
          paths: {
            "koa-wx": [resolve("src/index.ts")],
            "koa-wx/markdown": [resolve("src/outgoing/markdown/index.ts")],
            "koa-wx/testing": [resolve("src/testing/index.ts")],
          },
          typeRoots: [resolve("node_modules/@types")],
          noUnusedLocals: false,
        },
        include: ["*.ts"],
      };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      execFileSync(resolve("node_modules/.bin/tsc"), ["-p", folder], {
        encoding: "utf8",
        stdio: "pipe",
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("say the same in both languages", () => {
    const shape = (file: string) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => /^(#+ |```|\|)/.test(line))
        .map((line) => (/^#+/.exec(line) ?? /^```\w*/.exec(line) ?? ["|"])[0]);
    expect(shape("README.zh-CN.md")).to.deep.equal(shape("README.md"));
    const code = (file: string) =>
      blocksOf(file, "ts").map((block) =>
        block
          .split("\n")
          .map((line) => line.replace(/ ?\/\/.*$/, ""))
          .join("\n"),
      );
    expect(code("README.zh-CN.md")).to.deep.equal(code("README.md"));
  });
});
