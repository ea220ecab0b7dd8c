import { execFileSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { deadLinks, linksOf, repository } from "../support/links.js";

const readmes = ["README.md", "README.zh-CN.md"];
const blocksOf = (file: string, language: string) =>
  [
    ...readFileSync(file, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms")),
  ].map(([, block]) => block as string);

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly files: readonly string[];
  readonly homepage: string;
  readonly repository: { readonly type: string; readonly url: string };
  readonly bugs: string;
};

/** Whether npm packs a file: what `files` names, and what it always takes. */
const isPacked = (path: string) =>
  /^(?:README[^/]*|LICENSE|package\.json)$/.test(path) ||
  manifest.files.some((name) => path === name || path.startsWith(`${name}/`));

/** The pages that are read where there is only the package. */
const packedPages = [
  ...readdirSync("."),
  ...readdirSync("examples", { recursive: true, encoding: "utf8" }).map((file) =>
    join("examples", file),
  ),
].filter((file) => /\.(?:md|txt)$/.test(file) && isPacked(file));

describe("What npm shows", () => {
  it("says where the repository is, and where faults are told of", () => {
    expect(manifest.repository).to.deep.equal({ type: "git", url: `git+${repository}.git` });
    expect(manifest.homepage).to.equal(`${repository}#readme`);
    expect(manifest.bugs).to.equal(`${repository}/issues`);
    for (const file of readmes) {
      const [first = ""] = blocksOf(file, "sh");
      expect(first, file).to.match(new RegExp(`^git clone ${repository}\\.git && cd koa-wx$`, "m"));
    }
  });

  it("leads to files that exist, and to none by a way that is not in the package", () => {
    expect(packedPages).to.include.members([...readmes, "llms.txt", "examples/starter/README.md"]);
    const outside = packedPages.flatMap((file) =>
      linksOf(file)
        .filter(({ to, isAbsolute }) => !isAbsolute && !isPacked(to))
        .map(({ target }) => `${file}: ${target}`),
    );
    expect(outside).to.deep.equal([]);
    expect(packedPages.flatMap(deadLinks)).to.deep.equal([]);
    expect(linksOf("README.md").length).to.be.greaterThan(20);
  });
});

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
