import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { ConfigError } from "../../errors.js";
import { both } from "../../language.js";
import { place } from "../../places.js";
import { cipherOf } from "../pushes/push.js";
import {
  type SimulatedAccount,
  type SimulatedAccountOptions,
  simulatedAccount,
} from "../world/account.js";
import { type Tell, UsageError } from "./terminal.js";

/** The options that say which account is played. */
export interface AccountFlags {
  readonly cloudHosting?: boolean;
  readonly format?: "json" | "xml";
  readonly token?: string;
  readonly appId?: string;
  readonly aesKey?: string;
  readonly mode?: SimulatedAccount["mode"];
  readonly id?: string;
}

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

/** The account of those options. Throws a UsageError or ConfigError when it cannot be played. */
export function accountOf(flags: AccountFlags): SimulatedAccountOptions {
  const { token, appId, aesKey, id } = given(flags);
  if (flags.cloudHosting) {
    return {
      cloudHosting: flags.format ?? "json",
      ...(appId === undefined ? {} : { appId }),
      ...(id === undefined ? {} : { id }),
    };
  }
  const { mode = aesKey === undefined ? "plain" : "safe" } = flags;
  if (token === undefined) {
    throw new UsageError(
      both(
        "The bot's token is needed, because every request is signed with it. Give --token, or set WECHAT_TOKEN, which other users of this machine cannot see.",
        "需要机器人的 Token，每个请求都用它签名。请给出 --token，或设置 WECHAT_TOKEN（这台机器的其他用户看不到）。",
      ),
    );
  }
  if (mode !== "plain" && aesKey === undefined) {
    throw new UsageError(
      both(
        `The mode "${mode}" needs --aes-key or WECHAT_AES_KEY.`,
        `消息加解密方式 ${mode} 需要 --aes-key 或 WECHAT_AES_KEY。`,
      ),
    );
  }
  if (mode !== "plain" && appId === undefined) {
    throw new UsageError(
      both(
        "With an AES key the AppID is needed too, because every encrypted push names it. Give --app-id, or set WECHAT_APP_ID.",
        "有 EncodingAESKey 时还需要 AppID，每条加密推送里都有它。请给出 --app-id，或设置 WECHAT_APP_ID。",
      ),
    );
  }
  const account = {
    token,
    mode,
    ...(appId === undefined ? {} : { appId }),
    ...(aesKey === undefined ? {} : { encodingAESKey: aesKey }),
    ...(id === undefined ? {} : { id }),
  };
  // Now, so that a mistyped key is a mistake of the command line and not one of the server.
  if (mode !== "plain") checkKey(account);
  return account;
}

function checkKey(account: SimulatedAccountOptions): void {
  try {
    cipherOf(simulatedAccount(account));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      both(
        error.message,
        `EncodingAESKey 应为 43 位字母和数字，请从 ${place("encodingAESKey")} 复制。`,
      ),
    );
  }
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

/** What was given: a variable of the environment that is empty stands for one that is not set. */
export function given<T extends object>(flags: T): T {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== "")) as T;
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
