import { execFileSync } from "node:child_process";
import {
  existsSync,
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
import { errorCodes } from "../../src/errors.js";
import { deadLinks, withoutBlocks } from "../support/links.js";

const pages = readdirSync("docs").filter((file) => file.endsWith(".md"));
const english = pages.filter((file) => !file.endsWith(".zh-CN.md"));
const chineseOf = (file: string) => file.replace(/\.md$/, ".zh-CN.md");
const read = (file: string) => readFileSync(join("docs", file), "utf8");

interface Block {
  readonly language: string;
  readonly code: string;
}

/** Where options are declared that docs/options.md lists. */
const optionInterfaces = {
  "src/wire/envelope.ts": "EnvelopeOptions",
  "src/account/options.ts": "WechatOptions",
  "src/runs/deadline.ts": "DeadlineOptions",
  "src/outgoing/collected.ts": "CollectOptions",
  "src/api/client.ts": "ApiOptions",
  "src/api/cloud-hosting.ts": "CloudHosting",
};

const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language = "", code = ""]) => ({
    language,
    code,
  }));
const withoutComments = ({ language, code }: Block) => ({
  language,
  code: code.replace(/ *(?:\/\/|# ).*$/gm, ""),
});

/** A diagram says the same in other words, and so does what a command prints for its reader. */
const withoutWords = (block: Block) =>
  isDiagram(block)
    ? { ...block, code: block.code.match(/[│├].*/g)?.length }
    : isPrinted(block)
      ? { ...block, code: block.code.match(/^(?:[✓✗!]| {4}).{3}/gm)?.map((line) => line[0]) }
      : block;
const isPrinted = ({ language, code }: Block) => language === "text" && /^[✓✗] /m.test(code);
const isDiagram = ({ language, code }: Block) => language === "text" && /^.*[│├┌]/m.test(code);

describe("docs/: the documents", function () {
  this.timeout(60_000);

  it("are there in English and in Chinese", () => {
    expect(english.length).to.be.greaterThan(10);
    expect(pages.toSorted()).to.deep.equal([...english, ...english.map(chineseOf)].toSorted());
  });

  for (const file of english) {
    it(`say the same in both languages: ${file}`, () => {
      const shape = (text: string) =>
        withoutBlocks(text)
          .split("\n")
          .filter((line) => /^(#+ |\|)/.test(line))
          .map((line) => /^(?:#+|\|)/.exec(line)?.[0]);
      const [one, other] = [read(file), read(chineseOf(file))];
      expect(shape(other)).to.deep.equal(shape(one));
      const compared = (text: string) => blocksOf(text).map(withoutComments).map(withoutWords);
      expect(compared(other)).to.deep.equal(compared(one));
    });
  }

  for (const file of ["README.zh-CN.md", ...english.map((page) => `docs/${chineseOf(page)}`)]) {
    it(`leave no English to a Chinese reader: ${file}`, () => {
      const text = readFileSync(file, "utf8");
      const lines = withoutBlocks(text)
        .replace(/`[^`]+`|\]\([^)]*\)|“[^”]*”|「[^」]*」/g, "")
        .split("\n");
      const words = /[A-Za-z]{2,} [A-Za-z]{2,}/;
      const left = lines.filter((line, index) => {
        const isHead = /^\|[-:| ]+\|$/.test(lines[index + 1] ?? "");
        if (isHead)
          return line.split("|").some((cell) => words.test(cell) && !/\p{sc=Han}/u.test(cell));
        return (
          /你(?!好|问我答)/.test(line) || (/[A-Za-z ,]{40}/.test(line) && !/\p{sc=Han}/u.test(line))
        );
      });
      const drawn = blocksOf(text)
        .filter(isDiagram)
        .flatMap(({ code }) => code.split("\n"))
        .filter((line) => /[a-z]{3,} [a-z]{2,}/.test(line));
      expect([...left, ...drawn]).to.deep.equal([]);
    });
  }

  it("hold TypeScript that compiles, each block by itself", () => {
    const folder = mkdtempSync(join(tmpdir(), "koa-wx-docs-"));
    try {
      symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const texts = [...pages.map((file) => [file, read(file)] as const)];
      for (const file of ["llms.txt", "README.md", "README.zh-CN.md"]) {
        const text = readFileSync(file, "utf8");
        expect(
          blocksOf(text).some(({ language }) => language === "ts"),
          file,
        ).to.equal(true);
        texts.push([file, text]);
      }
      let blocks = 0;
      for (const [file, text] of texts) {
        for (const { code } of blocksOf(text).filter(({ language }) => language === "ts")) {
          writeFileSync(join(folder, `${file}-${blocks++}.ts`), `${code}\nexport {};\n`);
        }
      }
      expect(blocks).to.be.greaterThan(35);
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
    } catch (error) {
      const { stdout } = error as { stdout?: string };
      throw stdout === undefined ? error : new Error(stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("link to files that exist", () => {
    const dead = pages.flatMap((file) => deadLinks(`docs/${file}`));
    expect(dead).to.deep.equal([]);
  });

  it("load WeChat's script before the page uses it", () => {
    for (const file of ["jssdk.md", "jssdk.zh-CN.md"]) {
      const [page] = blocksOf(read(file)).filter(({ language }) => language === "html");
      expect(page?.code, file).to.match(
        /^<script src="https:\/\/res\.wx\.qq\.com\/open\/js\/jweixin-1\.6\.0\.js"><\/script>\n/,
      );
    }
  });

  it("are all in the table of contents, and so are the examples", () => {
    const contents = read("README.md");
    const missing = english.filter(
      (file) => file !== "README.md" && !contents.includes(`](${file})`),
    );
    expect(missing).to.deep.equal([]);
    const examples = readdirSync("examples").filter((file) => /^(?!local).*\.ts$/.test(file));
    const unlisted = examples.filter((file) => !contents.includes(`](../examples/${file})`));
    expect(unlisted).to.deep.equal([]);
  });

  for (const file of ["errors.md", "errors.zh-CN.md"]) {
    it(`list every error code: ${file}`, () => {
      const listed = [...read(file).matchAll(/^\| `(WX_\w+)` \|/gm)].map(([, code]) => code);
      const all = readdirSync("src", { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .flatMap((name) => [
          ...readFileSync(`src/${name}`, "utf8").matchAll(/emitWarning\([^;]*code: "(WX_\w+)"/g),
        ]);
      const warnings = new Set(all.map(([, code]) => code));
      expect(warnings.size).to.be.greaterThan(3);
      for (const code of Object.keys(errorCodes)) warnings.delete(code);
      expect(listed.slice(0, -warnings.size)).to.deep.equal(Object.keys(errorCodes));
      expect(listed.slice(-warnings.size)).to.have.members([...warnings]);
    });
  }

  for (const file of ["options.md", "options.zh-CN.md"]) {
    it(`list every option: ${file}`, () => {
      const rows = new Set([...read(file).matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));
      const missing = Object.entries(optionInterfaces).flatMap(([path, name]) => {
        const [, body = ""] =
          new RegExp(`interface ${name}\\b[^{]*{\\n(.*?)^}`, "ms").exec(
            readFileSync(path, "utf8"),
          ) ?? [];
        const options = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option);
        expect(options.length, name).to.be.greaterThan(2);
        return options.filter((option) => !rows.has(option));
      });
      expect(missing).to.deep.equal([]);
    });
  }

  for (const file of ["reliability.md", "reliability.zh-CN.md"]) {
    it(`name tests that exist for what is promised: ${file}`, () => {
      const rows = read(file)
        .split("\n")
        .filter((line) => /^\| .*\]\(\.\.\/test\//.test(line));
      expect(rows.length).to.be.greaterThan(20);
      const missing = rows.filter((row) => {
        const [, path = "", title = ""] = /\]\(\.\.\/(test\/[^)]+)\): “(.+)” \|$/.exec(row) ?? [];
        if (title === "" || !existsSync(path)) return true;
        return !readFileSync(path, "utf8").includes(`it("${title}"`);
      });
      expect(missing).to.deep.equal([]);
    });
  }
});
