import { createHash, randomBytes } from "node:crypto";
import type { AccountKind } from "./kinds.js";

/** The account whose server is tried out, as its settings would show it. */
export interface SimulatedAccount {
  /** Token. */
  readonly token: string;
  /** 开发者ID(AppID). */
  readonly appId: string;
  /** 开发者密钥(AppSecret). */
  readonly appSecret: string;
  /** EncodingAESKey, if pushes can be encrypted. */
  readonly encodingAESKey?: string;
  /** 消息加解密方式: 明文模式, 兼容模式, 安全模式. */
  readonly mode: "plain" | "compat" | "safe";
  /** 原始ID, `gh_…`. */
  readonly id: string;
  /** The name above the chat. */
  readonly name: string;
  /** What kind of account it is, which decides what it may do. */
  readonly kind: AccountKind;
  /** How pushes are written that come over the inner network of 微信云托管, if they do. */
  readonly cloudHosting?: "json" | "xml";
}

/** What has to be said of an account; the rest is made up: the ids the same for the same token, the secret anew. */
export type SimulatedAccountOptions = Partial<Omit<SimulatedAccount, "cloudHosting">> & {
  /**
   * Whether the bot runs in 微信云托管: pushes are not signed and in JSON, or in `"xml"`, and calls need no token.
   * Then `token` is not needed.
   */
  readonly cloudHosting?: boolean | "json" | "xml";
};

/** Completes what was given to an account that can be played. */
export function simulatedAccount(options: SimulatedAccountOptions): SimulatedAccount {
  const { token = "", appId = `wx${digest(token, "appId").slice(0, 16)}` } = options;
  // The AppID is public, so a secret that follows from it would be none.
  const { appSecret = randomBytes(16).toString("hex"), name = "公众号" } = options;
  const { encodingAESKey, cloudHosting = false } = options;
  const isPlain = encodingAESKey === undefined || cloudHosting !== false;
  const { mode = isPlain ? "plain" : "safe" } = options;
  const id = options.id ?? `gh_${digest(appId, "id").slice(0, 12)}`;
  const { kind = "service" } = options;
  return {
    ...{ token, appId, appSecret, mode, id, name, kind },
    ...(encodingAESKey === undefined ? {} : { encodingAESKey }),
    ...(cloudHosting === false ? {} : { cloudHosting: cloudHosting === "xml" ? "xml" : "json" }),
  };
}

/** An id that depends only on what it is of, so that a person keeps it from run to run. */
export function idOf(prefix: string, length: number, ...of: readonly string[]): string {
  const hash = createHash("sha256").update(of.join("\n")).digest("base64url");
  return (prefix + hash).slice(0, length);
}

/** An unguessable id, as WeChat gives to media, codes and tokens. */
export function randomId(prefix = "", length = 64): string {
  return (prefix + randomBytes(length).toString("base64url")).slice(0, length);
}

function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}
