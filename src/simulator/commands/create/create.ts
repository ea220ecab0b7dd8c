import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { both } from "../../../language.js";
import type { CommandLine } from "../command-line.js";
import { type ExitCode, type Terminal, UsageError } from "../terminal.js";
import { fileInJavaScript, textInJavaScript } from "./in-javascript.js";
import { nameLike, refusedName } from "./package-name.js";

/** The options of `koa-wx create`. */
interface CreateFlags {
  readonly js?: boolean;
  readonly name?: string;
}

/** The bot that is copied: it lies in the package as it lies in the repository. */
const starter = fileURLToPath(new URL("../../../../examples/starter/", import.meta.url));
/** What it is called there. */
const starterName = /\bmy-bot\b/g;

/** Declares `koa-wx create`. */
export function declareCreate({ t, command, end, terminal }: CommandLine): void {
  command("create", {
    summary: t(
      "Makes a new bot in a folder, in TypeScript or JavaScript.",
      "在文件夹里新建一个机器人，TypeScript 或 JavaScript。",
    ),
    description: t(
      "Makes a new bot in a folder, in TypeScript or JavaScript: with a test, the phone, a Dockerfile and a README.",
      "在文件夹里新建一个机器人，TypeScript 或 JavaScript：带测试、模拟手机、Dockerfile 和说明。",
    ),
    examples: "  koa-wx create my-bot\n  koa-wx create my-bot --js",
  })
    .argument(
      "<folder>",
      t(
        "Where: a folder that is empty or not there yet. Its name is the bot's.",
        "位置：空文件夹，或还不存在的文件夹。它的名字就是机器人的名字。",
      ),
    )
    .option("--js", t("JavaScript in place of TypeScript.", "用 JavaScript，不用 TypeScript。"))
    .option(
      "--name <name>",
      t(
        "The name in package.json, if not that of the folder.",
        "package.json 里的名字，默认与文件夹同名。",
      ),
    )
    .action((folder: string, flags: CreateFlags) => end(create(folder, flags, terminal)));
}

/** `koa-wx create my-bot`: makes a new bot in a folder, and says which commands come next. */
async function create(
  folder: string,
  { js = false, name = basename(resolve(folder)) }: CreateFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const isChinese = terminal.language === "zh";
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  const refused = refusedName(name, packages);
  if (refused !== undefined) {
    const like = nameLike(name, packages);
    throw new UsageError(
      both(
        `npm takes no package named ${JSON.stringify(name)}: ${refused.en}. Choose another folder, or give the bot another name with --name, such as --name ${like}.`,
        `npm 不接受 ${JSON.stringify(name)} 这个名字：${refused.zh}。请换一个文件夹名，或用 --name 另取名字，例如 --name ${like}。`,
      ),
    );
  }
  makeEmpty(folder);
  for (const file of files()) {
    const target = js ? fileInJavaScript(file) : file;
    if (target === undefined) continue;
    const text = js ? textInJavaScript(file, read(file)) : read(file);
    write(join(folder, target), text.replace(starterName, name));
  }
  // A token that nobody guesses, from the first day on.
  const token = randomBytes(16).toString("hex");
  write(
    join(folder, ".env"),
    read(".env.example").replace(/^WECHAT_TOKEN=$/m, `WECHAT_TOKEN=${token}`),
  );
  const language = js ? "JavaScript" : "TypeScript";
  terminal.print(
    isChinese
      ? `机器人 ${name} 建好了：${language}，带测试、模拟手机、Dockerfile 和说明（README.zh-CN.md）。接下来：\n`
      : `${name} is there: a bot in ${language}, with a test, the phone, a Dockerfile and a README.md. Next:\n`,
  );
  const enter = resolve(folder) === resolve() ? [] : [`cd ${inShell(folder)}`];
  for (const command of [...enter, "npm install-test", "npm run dev"]) {
    terminal.print(`  ${command}`);
  }
  return 0;
}

function read(file: string): string {
  return readFileSync(join(starter, file), "utf8");
}

/** What the starter consists of; whoever has run it where it lies has more there. */
function files(): string[] {
  const folders = ["", "src/"];
  return folders.flatMap((folder) =>
    readdirSync(join(starter, folder), { withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && entry.name !== "package-lock.json" && entry.name !== ".env",
      )
      .map(({ name }) => `${folder}${name}`),
  );
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // npm packs no file that is called .gitignore.
  const place = basename(file) === "gitignore" ? join(dirname(file), ".gitignore") : file;
  const mode = basename(file) === ".env" ? 0o600 : 0o666;
  writeFileSync(place, text, { flag: "wx", mode });
}

/** Makes sure that there is such a folder, and nothing in it but perhaps a repository. */
function makeEmpty(folder: string): void {
  let found: string[];
  try {
    mkdirSync(folder, { recursive: true });
    found = readdirSync(folder).filter((name) => name !== ".git");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === "EEXIST" || code === "ENOTDIR";
    throw new UsageError(
      both(
        `${folder} cannot be a folder: ${what ? "it is a file" : code}. Choose another place.`,
        `${folder} 不能用作文件夹：${what ? "那里是一个文件" : code}。请换一个位置。`,
      ),
    );
  }
  if (found.length === 0) return;
  const some = `${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}`;
  throw new UsageError(
    both(
      `${folder} is not empty: it holds ${some}. Choose a new folder; nothing of it was changed.`,
      `${folder} 不是空文件夹，里面有 ${some}。请换一个新文件夹，已有的文件不会被改动。`,
    ),
  );
}

function inShell(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : JSON.stringify(path);
}
