import { ConfigError } from "../../errors.js";
import { both } from "../../language.js";
import { place } from "../../places.js";
import { cipherOf } from "../pushes/push.js";
import {
  type SimulatedAccount,
  type SimulatedAccountOptions,
  simulatedAccount,
} from "../world/account.js";
import { UsageError } from "./terminal.js";

/** Which account is played, as the options say it. */
export interface AccountFlags {
  readonly cloudHosting?: boolean;
  readonly format?: "json" | "xml";
  readonly token?: string;
  readonly appId?: string;
  readonly aesKey?: string;
  readonly mode?: SimulatedAccount["mode"];
  readonly id?: string;
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

/** What was given: a variable of the environment that is empty stands for one that is not set. */
export function given<T extends object>(flags: T): T {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== "")) as T;
}
