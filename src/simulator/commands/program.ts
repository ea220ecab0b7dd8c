import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { WechatError } from "../../errors.js";
import { type OutputLanguage, ownLanguage } from "../../language.js";
import type { CommandLine, CommandTexts } from "./command-line.js";
import { declareCreate } from "./create/create.js";
import { declareDoctor } from "./doctor.js";
import { declareExplain } from "./explain.js";
import { complaintInChinese, helpInChinese } from "./in-chinese.js";
import { environmentOption, languageOption } from "./options.js";
import { declareReplay } from "./replay.js";
import { declareSend } from "./send.js";
import { declareSimulate } from "./simulate.js";
import { type ExitCode, escaping, type Terminal, tellerOf, UsageError } from "./terminal.js";

/** The commands, in the order of the help. */
const commands: readonly ((line: CommandLine) => void)[] = [
  declareSimulate,
  declareSend,
  declareDoctor,
  declareReplay,
  declareCreate,
  declareExplain,
];

/**
 * Runs `koa-wx` with the words after its name, and resolves to the exit code: 0 when all is well, 1
 * when something is wrong with the bot's server, 2 when the command was used wrongly.
 */
export async function run(words: readonly string[], given: Terminal): Promise<ExitCode> {
  const language = languageIn(words);
  const terminal = escaping(given, language);
  let code: ExitCode = 0;
  const program = build(terminal, async (command) => {
    code = await command;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its own complaint already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      terminal.remark(error.said[language]);
      return 2;
    }
    if (error instanceof WechatError) {
      terminal.remark(error.message);
      return 2;
    }
    throw error;
  }
}

function build(terminal: Terminal, end: (command: Promise<ExitCode>) => Promise<void>): Command {
  const t = tellerOf(terminal);
  const exitCodes = t(exitCodesEn, exitCodesZh);
  const program = new Command("koa-wx")
    .description(
      t(
        "Tries out a WeChat Official Account (公众号) bot without WeChat.",
        "不用微信就能试用公众号机器人。",
      ),
    )
    .version(version(), "-V, --version", t("Prints the version.", "显示版本。"))
    .helpOption("-h, --help", t("Explains the command.", "显示说明。"))
    .addOption(environmentOption(t))
    .helpCommand("help [command]", t("Explains a command.", "说明一个命令。"))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.remark(text.trimEnd()),
      outputError: (text, write) => write(t(text, complaintInChinese(text))),
    })
    .configureHelp(t("en", "zh") === "zh" ? helpInChinese : {})
    .addOption(languageOption(t))
    .addHelpText(
      "after",
      `\n${t("koa-wx help <command> explains its arguments and options and shows examples.", "koa-wx help <command> 说明命令的参数、选项，并给出示例。")}\n${exitCodes}`,
    );
  const command = (name: string, { summary, description, examples }: CommandTexts) => {
    const added = program.command(name).summary(summary).description(description);
    added.helpOption("-h, --help", t("Explains the command.", "显示这个命令的说明。"));
    added.addOption(languageOption(t));
    return added.addHelpText("after", `\n${t("Examples:", "示例：")}\n${examples}\n${exitCodes}`);
  };
  for (const declare of commands) declare({ t, terminal, command, end });
  return program;
}

/** The language that the words ask for, which is needed before they are understood; else that of the environment. */
function languageIn(words: readonly string[]): OutputLanguage {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const at = own.findLastIndex((word) => /^--lang(?:=|$)/.test(word));
  const named = own[at]?.slice("--lang=".length) || own[at + 1];
  return at >= 0 && (named === "zh" || named === "en") ? named : ownLanguage();
}

const exitCodesEn = `
Exit codes: 0 all is well, 1 something is wrong with the bot's server, 2 the command was used wrongly.`;

const exitCodesZh = `
退出码：0 一切正常，1 机器人的服务器有问题，2 命令用法有误。`;

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}
