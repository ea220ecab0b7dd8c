import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { place } from "../../places.js";
import { type AccountOptions, type SimulatedAccount, simulatedAccount } from "../account.js";
import { cipherOf } from "../push.js";
import { UsageError } from "./terminal.js";

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
export function addressArgument(name: "<url>" | "[url]" = "<url>"): Argument {
  return new Argument(
    name,
    "The bot's server address, for example http://localhost:3000/wechat.",
  ).argParser(asAddress(`, as in ${place("url")}`));
}

/** The account's secret, for commands that deal with the API. */
export function secretOption(what: string): Option {
  return new Option("--secret, --app-secret <secret>", what).env("WECHAT_APP_SECRET");
}

/** Adds the options that say which account is played. */
export function addAccountOptions(command: Command): Command {
  return command
    .addOption(new Option("--token <token>", "The bot's Token. It is needed.").env("WECHAT_TOKEN"))
    .addOption(
      new Option("--app-id <id>", "The bot's AppID. It is needed with an AES key.").env(
        "WECHAT_APP_ID",
      ),
    )
    .addOption(
      new Option(
        "--aes, --aes-key <key>",
        "The bot's EncodingAESKey. With it, pushes are encrypted.",
      ).env("WECHAT_AES_KEY"),
    )
    .addOption(
      new Option(
        "--mode <mode>",
        "How pushes are encrypted (消息加解密方式): plain is 明文模式, compat is 兼容模式, safe is 安全模式. With an AES key it is safe, without one plain.",
      ).choices(["plain", "compat", "safe"]),
    )
    .option("--id <gh_id>", "The account's original id (原始ID). Any will do for most bots.");
}

/** Adds the options of commands that can play the inner network of 微信云托管. */
export function addCloudHosting(command: Command): Command {
  return command
    .option(
      "--cloud-hosting",
      "Plays the inner network of 微信云托管: pushes are not signed, and calls need no token. No Token is needed.",
    )
    .addOption(
      new Option("--format <format>", "How pushes are written within 微信云托管.")
        .choices(["json", "xml"])
        .default("json"),
    );
}

/** The account of those options. Throws a UsageError or ConfigError when it cannot be played. */
export function accountOf(flags: AccountFlags): AccountOptions {
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
      "The bot's token is needed, because every request is signed with it. Give --token, or set WECHAT_TOKEN, which other users of this machine cannot see.",
    );
  }
  if (mode !== "plain" && aesKey === undefined) {
    throw new UsageError(`The mode "${mode}" needs --aes-key or WECHAT_AES_KEY.`);
  }
  if (mode !== "plain" && appId === undefined) {
    throw new UsageError(
      "With an AES key the AppID is needed too, because every encrypted push names it. Give --app-id, or set WECHAT_APP_ID.",
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
  if (mode !== "plain") cipherOf(simulatedAccount(account));
  return account;
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
