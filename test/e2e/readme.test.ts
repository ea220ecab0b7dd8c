import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

describe("package.json: what npm shows", () => {
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

/** That their TypeScript compiles is tested with that of the documents. */
describe("README.md and README.zh-CN.md", () => {
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
