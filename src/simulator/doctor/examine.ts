import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { cipherOf } from "../pushes/push.js";
import { type SimulatedAccountOptions, simulatedAccount } from "../world/account.js";
import type { Finding } from "./finding.js";
import { examineAddress, examineConnection, resolveHost, unresolved } from "./network.js";
import { examinePushes } from "./pushes.js";
import { examineVerification } from "./verification.js";

/** What the doctor is told. */
export interface ExamineOptions {
  /** The server address (服务器地址) as it stands in the account's settings. */
  readonly url: string | URL;
  /** With an EncodingAESKey, pushes are encrypted, unless `mode` says otherwise. */
  readonly account: SimulatedAccountOptions;
  /** The text that is pushed. Default: `"koa-wx doctor"`. */
  readonly text?: string;
  /** How long an answer may take, in milliseconds. Default: WeChat's 5,000. */
  readonly patience?: number;
  /** Resolves host names. Default: the system's resolver. */
  readonly lookup?: LookupFunction;
}

/**
 * Finds out why WeChat does not accept a server address, for which its console has one sentence:
 * 「Token验证失败」. Findings come as they are made, in the order in which a request would fail;
 * what cannot work after a problem is not tried.
 *
 * ```ts
 * for await (const { level, text, fix } of examine({ url, account: { token } })) …
 * ```
 *
 * The server gets verifications and a few messages of a user who does not exist, some of them with
 * wrong signatures. Throws a ConfigError for a key that is none.
 */
export async function* examine(options: ExamineOptions): AsyncGenerator<Finding> {
  const { patience = 5_000, lookup = systemLookup as LookupFunction } = options;
  const target = { url: new URL(options.url), patience, lookup };
  const account = simulatedAccount(options.account);
  if (account.mode !== "plain") cipherOf(account);
  const found = await resolveHost(target);
  if (typeof found === "string") {
    yield unresolved(target, found);
    return;
  }
  yield* examineAddress(target, found);
  const connection = await examineConnection(target);
  if (connection !== undefined) {
    yield connection;
    return;
  }
  if (yield* examineVerification(target, account)) {
    yield* examinePushes(target, account, options.text ?? "koa-wx doctor");
  }
}
