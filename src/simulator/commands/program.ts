import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { WechatError } from "../../errors.js";
import { type OutputLanguage, ownLanguage } from "../../language.js";
import { kinds } from "../world/kinds.js";
import type { DeliveryFlags } from "./courier.js";
import { type CreateFlags, create } from "./create.js";
import { type DoctorFlags, doctor } from "./doctor.js";
import { explain } from "./explain.js";
import { complaintInChinese, helpInChinese } from "./in-chinese.js";
import {
  addAccountOptions,
  addCloudHosting,
  addressArgument,
  asAddress,
  asCount,
  asText,
  environmentOption,
  given,
  secretOption,
} from "./options.js";
import { replay } from "./replay.js";
import { type SendFlags, send, sendableIn } from "./send.js";
import { type SimulateFlags, simulate } from "./simulate.js";
import {
  type ExitCode,
  escaping,
  type Tell,
  type Terminal,
  tellerOf,
  UsageError,
} from "./terminal.js";

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
  const withAccount = (command: Command) => addAccountOptions(command, t);
  const withCloudHosting = (command: Command) => addCloudHosting(command, t);
  const withPatience = (command: Command) => addPatience(command, t);
  const withDelivery = (command: Command) => addDeliveryOptions(command, t);
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
  const command = (name: string, summary: string, description: string, examples: string) => {
    const added = program.command(name).summary(summary).description(description);
    added.helpOption("-h, --help", t("Explains the command.", "显示这个命令的说明。"));
    added.addOption(languageOption(t));
    return added.addHelpText("after", `\n${t("Examples:", "示例：")}\n${examples}\n${exitCodes}`);
  };

  withCloudHosting(
    withAccount(
      command(
        "simulate",
        t(
          "Opens a phone in the browser on which you chat with the bot.",
          "在浏览器里打开一部手机，和机器人聊天。",
        ),
        t(
          "Plays WeChat: opens a phone in the browser on which you chat with the bot, and serves the API that the bot calls.",
          "扮演微信：在浏览器里打开一部手机，和机器人聊天，并提供机器人要调用的接口。",
        ),
        "  koa-wx simulate http://localhost:3000/wechat --token mytoken\n  koa-wx simulate http://localhost:3000/wechat --token mytoken -- node --watch bot.js",
      )
        .addArgument(addressArgument(t))
        .argument(
          "[command...]",
          t(
            "After --: the bot, started beside the phone, with the account in its environment.",
            "-- 之后：机器人的启动命令，与手机一起启动，账号信息放在它的环境变量里。",
          ),
        ),
    ),
  )
    .addOption(
      secretOption(
        t(
          "The bot's AppSecret, which the API asks for when the bot wants a token.",
          "机器人的 AppSecret；机器人获取 access_token 时接口要核对它。",
        ),
      ),
    )
    .option("--name <name>", t("The name above the chat.", "聊天上方的名称。"))
    .addOption(
      new Option(
        "--kind <kind>",
        t(
          `What kind of account it is, which decides what the API lets it do: ${kindNames(t)}. Without, service.`,
          `账号类型，决定接口允许做什么：${kindNames(t)}。默认 service。`,
        ),
      ).choices(Object.keys(kinds)),
    )
    .option(
      "--state <file>",
      t(
        "A file in which people, chats, menu, files and records outlive the phone. It is made if it is not there.",
        "保存用户、聊天、菜单、文件和记录的文件，重启后接着用；没有就新建。",
      ),
      asText,
    )
    .option(
      "--port <port>",
      t("The port of the phone's page.", "手机页面的端口。"),
      asCount(0, 65_535),
      8600,
    )
    .option(
      "--host <host>",
      t(
        "The address to listen on. Others than this machine reach it only if you say so here.",
        "监听的地址。只有在这里指定，其他机器才能访问。",
      ),
      asText,
      "127.0.0.1",
    )
    .addOption(
      new Option(
        "--allow-host <name>",
        t(
          "A name besides localhost and IP addresses by which it may be reached, such as host.docker.internal. Can be given several times.",
          "除 localhost 和 IP 地址以外允许的访问域名，例如 host.docker.internal。可以多次指定。",
        ),
      )
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], t("none", "无")),
    )
    .action((url: string, words: string[], flags: SimulateFlags) =>
      end(simulate(url, words, given(flags), terminal)),
    );

  withDelivery(
    withCloudHosting(
      withAccount(
        command(
          "send",
          t("Delivers one push and prints the bot's answer.", "发送一条推送，显示机器人的响应。"),
          t(
            "Delivers one push as WeChat does and prints the bot's answer.",
            "像微信一样发送一条推送，显示机器人的响应。",
          ),
          `  koa-wx send http://localhost:3000/wechat text 你好 --token mytoken\n  koa-wx send http://localhost:3000/wechat click MENU_HELP --from bob\n\n${t("What can be sent:", "可以发送：")}\n${sendableIn(t)}`,
        )
          .addArgument(addressArgument(t))
          .argument(
            "<what>",
            t(
              "What is sent: text, image, follow, click and others, see below.",
              "发送什么：text、image、follow、click 等，见下文。",
            ),
          )
          .argument("[values...]", t("What belongs to it.", "它的参数。")),
      ),
    ),
  )
    .option(
      "--from <name>",
      t("Who sends it. The same name is always the same user.", "由谁发送。同名即同一个用户。"),
      "alice",
    )
    .action((url: string, what: string, values: string[], flags: SendFlags) =>
      end(send(url, what, values, flags, terminal)),
    );

  withPatience(
    withAccount(
      command(
        "doctor",
        t(
          "Says why WeChat does not accept the server address (Token验证失败).",
          "查明微信为什么不接受服务器地址（Token验证失败）。",
        ),
        t(
          "Says why WeChat does not accept the server address (Token验证失败): looks at DNS, the port, redirects, the verification, pushes and encryption, and names the cause and the cure. The bot gets a few messages of a user who does not exist. With the AppSecret it looks at the API side, too: the network, the clock, the whitelist, AppID and AppSecret, the access token, what the account may do, and the quotas that are left; nothing is sent or changed.",
          "查明微信为什么不接受服务器地址（Token验证失败）：检查 DNS、端口、重定向、验证、推送和加密，指出原因和办法。机器人会收到几条虚构用户的消息。给出 AppSecret 时还检查接口一侧：网络、时钟、白名单、AppID 和 AppSecret、access_token、账号权限和剩余额度；不发送消息，也不改动任何东西。",
        ),
        "  WECHAT_TOKEN=mytoken koa-wx doctor https://example.com/wechat\n  koa-wx doctor http://localhost:3000/wechat --token mytoken --app-id wx… --aes-key …\n  WECHAT_APP_SECRET=… koa-wx doctor --app-id wx…",
      ).addArgument(addressArgument(t, "[url]")),
    ),
  )
    .addOption(
      secretOption(
        t(
          "The bot's AppSecret. With it and the AppID, the API side is looked at.",
          "机器人的 AppSecret。有它和 AppID，就检查接口一侧。",
        ),
      ),
    )
    .addOption(
      new Option("--api <url>", t("Where the API is.", "接口的地址。"))
        .env("WECHAT_API_BASE_URL")
        .argParser(asAddress())
        .default("https://api.weixin.qq.com"),
    )
    .option(
      "--text <text>",
      t("The text that the bot gets.", "机器人收到的文字。"),
      "koa-wx doctor",
    )
    .action((url: string | undefined, flags: DoctorFlags) =>
      end(doctor(url, given(flags), terminal)),
    );

  withDelivery(
    withAccount(
      command(
        "replay",
        t("Delivers recorded pushes again.", "重放录制的推送。"),
        t(
          "Delivers recorded pushes again, one after the other, signed anew and with new ids. The recorder of koa-wx writes such files.",
          "一条接一条地重放录制的推送：重新签名，id 是新的。录制文件由 koa-wx 的 recorder 写成。",
        ),
        "  koa-wx replay pushes.ndjson http://localhost:3000/wechat --token mytoken",
      )
        .argument(
          "<file>",
          t("The recording: one JSON object on each line.", "录制文件：每行一个 JSON 对象。"),
        )
        .addArgument(addressArgument(t)),
    ),
  ).action((file: string, url: string, flags: DeliveryFlags) =>
    end(replay(file, url, flags, terminal)),
  );

  command(
    "create",
    t(
      "Makes a new bot in a folder, in TypeScript or JavaScript.",
      "在文件夹里新建一个机器人，TypeScript 或 JavaScript。",
    ),
    t(
      "Makes a new bot in a folder, in TypeScript or JavaScript: with a test, the phone, a Dockerfile and a README.",
      "在文件夹里新建一个机器人，TypeScript 或 JavaScript：带测试、模拟手机、Dockerfile 和说明。",
    ),
    "  koa-wx create my-bot\n  koa-wx create my-bot --js",
  )
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

  command(
    "explain",
    t(
      "Says what an error code of WeChat's means and what to do about it.",
      "说明微信错误码的含义和解决办法。",
    ),
    t(
      "Says what an error code of WeChat's means and what to do about it.",
      "说明微信错误码的含义和解决办法。",
    ),
    '  koa-wx explain 48001\n  koa-wx explain \'{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}\'',
  )
    .argument(
      "<code...>",
      t(
        "The code, WeChat's whole answer, or the message of an error.",
        "错误码、微信的整个回答，或错误信息。",
      ),
    )
    .action((words: string[]) => end(explain(words, terminal)));
  return program;
}

function languageOption(t: Tell): Option {
  return new Option(
    "--lang <language>",
    t("The language: en or zh. Default: that of LANG.", "语言：en 或 zh。默认取自 LANG。"),
  ).choices(["en", "zh"]);
}

/** The language that the words ask for, which is needed before they are understood; else that of the environment. */
function languageIn(words: readonly string[]): OutputLanguage {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const at = own.findLastIndex((word) => /^--lang(?:=|$)/.test(word));
  const named = own[at]?.slice("--lang=".length) || own[at + 1];
  return at >= 0 && (named === "zh" || named === "en") ? named : ownLanguage();
}

function addPatience(command: Command, t: Tell): Command {
  return command.option(
    "--patience <ms>",
    t(
      "How many milliseconds an answer may take. WeChat waits for five seconds.",
      "响应最多可以用多少毫秒。微信等五秒。",
    ),
    asCount(1, 600_000),
    5_000,
  );
}

function addDeliveryOptions(command: Command, t: Tell): Command {
  return addPatience(command, t).option(
    "--attempts <count>",
    t(
      "How often a push is delivered until it is answered in time. WeChat does it three times.",
      "没有及时得到响应时，一条推送最多发送几次。微信发送三次。",
    ),
    asCount(1, 100),
    3,
  );
}

function kindNames(t: Tell): string {
  return Object.entries(kinds)
    .map(([kind, name]) => t(`${kind} is ${name}`, `${kind} ${name}`))
    .join(t(", ", "，"));
}

const exitCodesEn = `
Exit codes: 0 all is well, 1 something is wrong with the bot's server, 2 the command was used wrongly.`;

const exitCodesZh = `
退出码：0 一切正常，1 机器人的服务器有问题，2 命令用法有误。`;

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}
