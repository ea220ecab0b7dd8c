import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { place } from "../../places.js";
import type { Tell } from "./terminal.js";

/** The argument that every command has. */
export function addressArgument(t: Tell, name: "<url>" | "[url]" = "<url>"): Argument {
  return new Argument(
    name,
    t(
      "The bot's server address, for example http://localhost:3000/wechat.",
      "机器人的服务器地址，例如 http://localhost:3000/wechat。",
    ),
  ).argParser(asAddress(`, as in ${place("url")}`));
}

/** The account's secret, for commands that deal with the API. */
export function secretOption(what: string): Option {
  return new Option("--secret, --app-secret <secret>", what).env("WECHAT_APP_SECRET");
}

/** Adds the options that say which account is played. */
export function addAccountOptions(command: Command, t: Tell): Command {
  return command
    .addOption(
      new Option(
        "--token <token>",
        t("The bot's Token. It is needed.", "机器人的 Token，必填。"),
      ).env("WECHAT_TOKEN"),
    )
    .addOption(
      new Option(
        "--app-id <id>",
        t(
          "The bot's AppID. It is needed with an AES key.",
          "机器人的 AppID，有 EncodingAESKey 时必填。",
        ),
      ).env("WECHAT_APP_ID"),
    )
    .addOption(
      new Option(
        "--aes, --aes-key <key>",
        t(
          "The bot's EncodingAESKey. With it, pushes are encrypted.",
          "机器人的 EncodingAESKey。给出后推送会加密。",
        ),
      ).env("WECHAT_AES_KEY"),
    )
    .addOption(
      new Option(
        "--mode <mode>",
        t(
          "How pushes are encrypted (消息加解密方式): plain is 明文模式, compat is 兼容模式, safe is 安全模式. With an AES key it is safe, without one plain.",
          "消息加解密方式：plain 明文模式，compat 兼容模式，safe 安全模式。有 EncodingAESKey 时默认 safe，没有时默认 plain。",
        ),
      ).choices(["plain", "compat", "safe"]),
    )
    .option(
      "--id <gh_id>",
      t(
        "The account's original id (原始ID). Any will do for most bots.",
        "公众号的原始ID。大多数机器人填什么都行。",
      ),
    );
}

/** Adds the options of commands that can play the inner network of 微信云托管. */
export function addCloudHosting(command: Command, t: Tell): Command {
  return command
    .option(
      "--cloud-hosting",
      t(
        "Plays the inner network of 微信云托管: pushes are not signed, and calls need no token. No Token is needed.",
        "模拟微信云托管的内网：推送不签名，调用不需要凭据，也不需要 Token。",
      ),
    )
    .addOption(
      new Option(
        "--format <format>",
        t("How pushes are written within 微信云托管.", "微信云托管里推送的格式。"),
      )
        .choices(["json", "xml"])
        .default("json"),
    );
}

/** Adds the option of commands that wait for a bot. */
export function addPatience(command: Command, t: Tell): Command {
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

/** Adds the options of commands that deliver pushes. */
export function addDeliveryOptions(command: Command, t: Tell): Command {
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

/** The language, which every command takes. */
export function languageOption(t: Tell): Option {
  return new Option(
    "--lang <language>",
    t(
      "The language: en or zh. Default: that of LANG, or of the system.",
      "语言：en 或 zh。默认取自 LANG，没有则按系统。",
    ),
  ).choices(["en", "zh"]);
}

/**
 * A file with more of the environment. It is not called --env-file: Node 20 takes an option of that name for its own,
 * wherever it stands.
 */
export function environmentOption(t: Tell): Option {
  return new Option(
    "--env <file>",
    t(
      "A file with more environment, such as .env; what is set already stays. It stands before the command.",
      "补充环境变量的文件，例如 .env；已经设置的不变。写在命令前面。",
    ),
  ).argParser(loadEnvironment);
}

/** Now, before the options of the command look at the environment. */
function loadEnvironment(file: string): string {
  try {
    process.loadEnvFile(file);
    return file;
  } catch (error) {
    throw new InvalidArgumentError(
      `It cannot be read: ${(error as NodeJS.ErrnoException).code}. If there is an example such as .env.example, copy it, and fill it in.`,
    );
  }
}

/** A whole number within its bounds. */
export function asCount(least: number, most: number) {
  return (value: string): number => {
    const count = Number(value);
    if (/^\d+$/.test(value) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A text that is not empty. */
export function asText(value: string): string {
  if (value.trim() !== "") return value;
  throw new InvalidArgumentError("It must not be empty.");
}

/** A whole address; `more` says where one is found. */
export function asAddress(more = ""): (value: string) => string {
  return (value) => {
    if (/^https?:\/\//i.test(value) && URL.canParse(value)) return value;
    throw new InvalidArgumentError(
      `It must be a whole address that begins with http:// or https://${more}.`,
    );
  };
}
