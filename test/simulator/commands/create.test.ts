import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../../../src/simulator/commands/program.js";

describe("koa-wx create", () => {
  let desk: string;
  beforeEach(() => {
    desk = mkdtempSync(join(tmpdir(), "koa-wx-create-"));
  });
  afterEach(() => rmSync(desk, { recursive: true, force: true }));

  async function create(...words: string[]) {
    const lines: string[] = [];
    const add = (line: string) => lines.push(line);
    const signal = new AbortController().signal;
    const language = words.includes("--lang") ? [] : ["--lang", "en"];
    const code = await run(["create", ...words, ...language], { print: add, remark: add, signal });
    return { code, said: lines.join("\n") };
  }
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
      .sort();

  it("makes a bot in TypeScript, and says what comes next", async () => {
    const folder = join(desk, "tea-bot");
    const { code, said } = await create(folder);
    expect(code).to.equal(0);
    expect(said).to.contain("tea-bot is there: a bot in TypeScript");
    expect(said).to.match(/\n {2}cd \S+tea-bot\n {2}npm install-test\n {2}npm run dev$/);
    expect(filesIn(folder)).to.deep.equal([
      ".dockerignore",
      ".env",
      ".env.example",
      ".gitignore",
      "Dockerfile",
      "README.md",
      "README.zh-CN.md",
      "compose.yaml",
      "package.json",
      "src/bot.test.ts",
      "src/bot.ts",
      "src/server.ts",
      "tsconfig.json",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name).to.equal("tea-bot");
  });

  it("makes the same in JavaScript, with nothing left that only TypeScript needs", async () => {
    const folder = join(desk, "tea-bot");
    const { code, said } = await create(folder, "--js");
    expect(code).to.equal(0);
    expect(said).to.contain("a bot in JavaScript");
    const files = filesIn(folder);
    expect(files.filter((file) => file.startsWith("src/"))).to.deep.equal([
      "src/bot.js",
      "src/bot.test.js",
      "src/server.js",
    ]);
    for (const file of files) {
      const text = readFileSync(join(folder, file), "utf8");
      expect(text, file).not.to.match(
        /TypeScript|tsc\b|tsx|tsconfig|\.ts\b|@types|dist\/\w|my-bot/,
      );
    }
  });

  it("takes the folder in which it is run, and one with a repository that is new", async () => {
    const before = process.cwd();
    const folder = join(desk, "here");
    mkdirSync(join(folder, ".git"), { recursive: true });
    try {
      process.chdir(folder);
      const { code, said } = await create(".");
      expect(code).to.equal(0);
      expect(said).to.match(/here is there.*\n\n {2}npm install-test\n {2}npm run dev$/);
    } finally {
      process.chdir(before);
    }
  });

  it("leaves a folder alone that is not empty, and a file that is none", async () => {
    const folder = join(desk, "full");
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    const full = await create(folder);
    expect(full.code).to.equal(2);
    expect(full.said).to.match(/full is not empty: it holds mine\.txt\. Choose a new folder/);
    expect(filesIn(folder)).to.deep.equal(["mine.txt"]);
    const file = await create(join(folder, "mine.txt"));
    expect(file).to.deep.include({ code: 2 });
    expect(file.said).to.contain("it is a file");
    expect((await create(join(folder, "mine.txt", "bot"))).said).to.contain("it is a file");
    const chinese = await create(folder, "--lang", "zh");
    expect(chinese.said).to.contain("不是空文件夹，里面有 mine.txt");
  });

  const refused: readonly (readonly [name: string, why: RegExp, like: string])[] = [
    ["MyBot", /other characters than/, "my-bot"],
    ["my bot", /other characters than/, "my-bot"],
    ["机器人", /other characters than/, "my-bot"],
    ["bot!", /other characters than/, "bot"],
    ["_bot", /begin with a letter or a digit/, "bot"],
    [".bot", /begin with a letter or a digit/, "bot"],
    ["-bot", /begin with a letter or a digit/, "bot"],
    ["node_modules", /something else to Node or npm/, "node_modules-bot"],
    ["http", /something else to Node or npm/, "http-bot"],
    ["a".repeat(215), /longer than 214/, "a".repeat(214)],
    ["koa", /needs a package of the same name/, "koa-bot"],
    ["koa-wx", /needs a package of the same name/, "koa-wx-bot"],
    ["typescript", /needs a package of the same name/, "typescript-bot"],
  ];
  for (const [name, why, like] of refused) {
    it(`refuses a name that npm refuses, and proposes another: ${name.slice(0, 20)}`, async () => {
      const { code, said } = await create(join(desk, "bot"), `--name=${name}`);
      expect(code).to.equal(2);
      expect(said).to.match(why);
      expect(said).to.contain(`--name ${like}.`);
      expect(existsSync(join(desk, "bot"))).to.equal(false);
      const proposed = await create(join(desk, "bot"), "--name", like);
      expect(proposed.code).to.equal(0);
    });
  }
});
