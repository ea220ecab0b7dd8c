import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { WechatError } from "../../errors.js";
import { kinds } from "../kinds.js";
import type { DeliveryFlags } from "./courier.js";
import { type CreateFlags, create } from "./create.js";
import { type DoctorFlags, doctor } from "./doctor.js";
import { type ExplainFlags, explain } from "./explain.js";
import {
  addAccountOptions,
  addCloudHosting,
  addressArgument,
  asAddress,
  asCount,
  asText,
  given,
  secretOption,
} from "./options.js";
import { replay } from "./replay.js";
import { type SendFlags, send, sendable } from "./send.js";
import { type SimulateFlags, simulate } from "./simulate.js";
import { type ExitCode, escaping, type Terminal, UsageError } from "./terminal.js";

/**
 * Runs `koa-wx` with the words after its name, and resolves to the exit code: 0 when all is well, 1
 * when something is wrong with the bot's server, 2 when the command was used wrongly.
 */
export async function run(words: readonly string[], given: Terminal): Promise<ExitCode> {
  const terminal = escaping(given);
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
    if (error instanceof UsageError || error instanceof WechatError) {
      terminal.remark(error.message);
      return 2;
    }
    throw error;
  }
}

function build(terminal: Terminal, end: (command: Promise<ExitCode>) => Promise<void>): Command {
  const program = new Command("koa-wx")
    .description("Tries out a WeChat Official Account (公众号) bot without WeChat.")
    .version(version(), "-V, --version", "Prints the version.")
    .helpOption("-h, --help", "Explains the command.")
    .addOption(
      new Option(
        "--env-file <file>",
        "A file with more environment, such as .env; what is set already stays. It stands before the command.",
      ).argParser(loadEnvironment),
    )
    .helpCommand("help [command]", "Explains a command.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.remark(text.trimEnd()),
    })
    .addHelpText(
      "after",
      `\nkoa-wx help <command> explains its arguments and options and shows examples.\n${exitCodes}`,
    );
  const command = (name: string, summary: string, description: string, examples: string) => {
    const added = program.command(name).summary(summary).description(description);
    return added.addHelpText("after", `\nExamples:\n${examples}\n${exitCodes}`);
  };

  addCloudHosting(
    addAccountOptions(
      command(
        "simulate",
        "Opens a phone in the browser on which you chat with the bot.",
        "Plays WeChat: opens a phone in the browser on which you chat with the bot, and serves the API that the bot calls.",
        "  koa-wx simulate http://localhost:3000/wechat --token mytoken\n  koa-wx simulate http://localhost:3000/wechat --token mytoken -- node --watch bot.js",
      )
        .addArgument(addressArgument())
        .argument(
          "[command...]",
          "After --: the bot, started beside the phone, with the account in its environment.",
        ),
    ),
  )
    .addOption(
      secretOption("The bot's AppSecret, which the API asks for when the bot wants a token."),
    )
    .option("--name <name>", "The name above the chat.")
    .addOption(
      new Option(
        "--kind <kind>",
        `What kind of account it is, which decides what the API lets it do: ${kindNames}. Without, service.`,
      ).choices(Object.keys(kinds)),
    )
    .option(
      "--state <file>",
      "A file in which people, chats, menu, files and records outlive the phone. It is made if it is not there.",
      asText,
    )
    .option("--port <port>", "The port of the phone's page.", asCount(0, 65_535), 8600)
    .option(
      "--host <host>",
      "The address to listen on. Others than this machine reach it only if you say so here.",
      asText,
      "127.0.0.1",
    )
    .addOption(
      new Option(
        "--allow-host <name>",
        "A name besides localhost and IP addresses by which it may be reached, such as host.docker.internal. Can be given several times.",
      )
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], "none"),
    )
    .action((url: string, words: string[], flags: SimulateFlags) =>
      end(simulate(url, words, given(flags), terminal)),
    );

  addDeliveryOptions(
    addCloudHosting(
      addAccountOptions(
        command(
          "send",
          "Delivers one push and prints the bot's answer.",
          "Delivers one push as WeChat does and prints the bot's answer.",
          `  koa-wx send http://localhost:3000/wechat text 你好 --token mytoken\n  koa-wx send http://localhost:3000/wechat click MENU_HELP --from bob\n\nWhat can be sent:\n${sendable}`,
        )
          .addArgument(addressArgument())
          .argument("<what>", "What is sent: text, image, follow, click and others, see below.")
          .argument("[values...]", "What belongs to it."),
      ),
    ),
  )
    .option("--from <name>", "Who sends it. The same name is always the same user.", "alice")
    .action((url: string, what: string, values: string[], flags: SendFlags) =>
      end(send(url, what, values, flags, terminal)),
    );

  addPatience(
    addAccountOptions(
      command(
        "doctor",
        "Says why WeChat does not accept the server address (Token验证失败).",
        "Says why WeChat does not accept the server address (Token验证失败): looks at DNS, the port, redirects, the verification, pushes and encryption, and names the cause and the cure. The bot gets a few messages of a user who does not exist. With the AppSecret it looks at the API side, too: the network, the clock, the whitelist, AppID and AppSecret, the access token, what the account may do, and the quotas that are left; nothing is sent or changed.",
        "  WECHAT_TOKEN=mytoken koa-wx doctor https://example.com/wechat\n  koa-wx doctor http://localhost:3000/wechat --token mytoken --app-id wx… --aes-key …\n  WECHAT_APP_SECRET=… koa-wx doctor --app-id wx…",
      ).addArgument(addressArgument("[url]")),
    ),
  )
    .addOption(
      secretOption("The bot's AppSecret. With it and the AppID, the API side is looked at."),
    )
    .addOption(
      new Option("--api <url>", "Where the API is.")
        .env("WECHAT_API_BASE_URL")
        .argParser(asAddress())
        .default("https://api.weixin.qq.com"),
    )
    .option("--text <text>", "The text that the bot gets.", "koa-wx doctor")
    .action((url: string | undefined, flags: DoctorFlags) =>
      end(doctor(url, given(flags), terminal)),
    );

  addDeliveryOptions(
    addAccountOptions(
      command(
        "replay",
        "Delivers recorded pushes again.",
        "Delivers recorded pushes again, one after the other, signed anew and with new ids. The recorder of koa-wx writes such files.",
        "  koa-wx replay pushes.ndjson http://localhost:3000/wechat --token mytoken",
      )
        .argument("<file>", "The recording: one JSON object on each line.")
        .addArgument(addressArgument()),
    ),
  ).action((file: string, url: string, flags: DeliveryFlags) =>
    end(replay(file, url, flags, terminal)),
  );

  command(
    "create",
    "Makes a new bot in a folder, in TypeScript or JavaScript.",
    "Makes a new bot in a folder, in TypeScript or JavaScript: with a test, the phone, a Dockerfile and a README.",
    "  koa-wx create my-bot\n  koa-wx create my-bot --js",
  )
    .argument("<folder>", "Where: a folder that is empty or not there yet. Its name is the bot's.")
    .option("--js", "JavaScript in place of TypeScript.")
    .option("--name <name>", "The name in package.json, if not that of the folder.")
    .addOption(languageOption())
    .action((folder: string, flags: CreateFlags) => end(create(folder, flags, terminal)));

  command(
    "explain",
    "Says what an error code of WeChat's means and what to do about it.",
    "Says what an error code of WeChat's means and what to do about it.",
    '  koa-wx explain 48001\n  koa-wx explain \'{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}\'',
  )
    .argument("<code...>", "The code, WeChat's whole answer, or the message of an error.")
    .addOption(languageOption())
    .action((words: string[], flags: ExplainFlags) => end(explain(words, flags, terminal)));
  return program;
}

function languageOption(): Option {
  return new Option("--lang <language>", "The language: en or zh. Default: that of LANG.").choices([
    "en",
    "zh",
  ]);
}

/** Now, before the options of the command look at the environment. */
function loadEnvironment(file: string): string {
  try {
    process.loadEnvFile(file);
    return file;
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function addPatience(command: Command): Command {
  return command.option(
    "--patience <ms>",
    "How many milliseconds an answer may take. WeChat waits for five seconds.",
    asCount(1, 600_000),
    5_000,
  );
}

function addDeliveryOptions(command: Command): Command {
  return addPatience(command).option(
    "--attempts <count>",
    "How often a push is delivered until it is answered in time. WeChat does it three times.",
    asCount(1, 100),
    3,
  );
}

const kindNames = Object.entries(kinds)
  .map(([kind, name]) => `${kind} is ${name}`)
  .join(", ");

const exitCodes = `
Exit codes: 0 all is well, 1 something is wrong with the bot's server, 2 the command was used wrongly.`;

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}
