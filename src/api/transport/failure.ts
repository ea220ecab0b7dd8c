import { WechatError } from "../../errors.js";

/** What happened and what to do about it, by the code of Node, of TLS or of a `fetch`. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    /^(ENOTFOUND|EAI_\w+)$/,
    'the name of the server was not found. Check this server\'s DNS, and "baseUrl" if it is set.',
  ],
  [/^ECONNREFUSED$/, 'nothing listens there. Check "baseUrl" and its port, or the proxy between.'],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/,
    "no way leads there. Check this server's network, firewall and proxy.",
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/,
    "the secure connection was not established. Check \"baseUrl\", this server's clock, and whether a proxy between puts its own certificate in the place of WeChat's.",
  ],
  [/^HPE_/, 'the answer was no HTTP. Check where "baseUrl" or a proxy leads.'],
];

/** Of the others, such as ETIMEDOUT, only those that came of connecting: they may come later as well. */
const unconnected = /^(ENOTFOUND|EAI_\w+|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/;
/** The errors of calls that were never sent. */
const unsent = new WeakSet<WechatError>();

const closed = /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * The error of a call that got no answer. Not the one that was thrown: that quotes the URL, which
 * holds the token or the secret.
 */
export function unanswered(endpoint: string, error: unknown): WechatError {
  const code = codeOf(error);
  if (code !== undefined && closed.test(code)) {
    return failure(
      `${endpoint} got no answer: the connection was closed (${code}). WeChat may have done what was asked: look before you repeat a call that sends. If it happens often, see whether a proxy or firewall between closes connections.`,
    );
  }
  const known = causes.find(([pattern]) => pattern.test(code ?? ""))?.[1];
  if (known !== undefined) {
    const failed = failure(`${endpoint} could not be reached (${code}): ${known}`);
    if (unconnected.test(code ?? "") || isOfConnecting(error)) unsent.add(failed);
    return failed;
  }
  const shown = code === undefined ? "" : ` (${code})`;
  return failure(
    `${endpoint} could not be reached${shown}. Check this server's DNS, firewall and proxy, and "baseUrl" if it is set.`,
  );
}

/** Whether nothing of a call can have reached WeChat: there was no connection. */
export function isUnsent(error: unknown): boolean {
  return unsent.has(error as WechatError);
}

/** The error of a call whose answer began and did not end. */
export function brokenOff(endpoint: string, error: unknown): WechatError {
  const code = codeOf(error);
  const shown = code === undefined ? "" : ` (${code})`;
  if (code?.startsWith("Z_") === true || code?.startsWith("ERR__ERROR_FORMAT") === true) {
    return failure(
      `The answer of ${endpoint} could not be unpacked${shown}. See what a proxy between does to compressed answers.`,
    );
  }
  return failure(
    `The answer of ${endpoint} broke off${shown}. WeChat has most likely done what was asked: look before you repeat a call that sends.`,
  );
}

/** The code of an error, its cause, or the first of those that it stands for; never a text. */
export function codeOf(error: unknown): string | undefined {
  for (const one of within(error)) {
    const code = fieldOf(one, "code");
    if (typeof code === "string" && /^\w{1,64}$/.test(code)) return code;
  }
  return undefined;
}

/** Whether it was the connecting that failed; node-fetch has another name for the call. */
function isOfConnecting(error: unknown): boolean {
  return within(error).some(
    (one) => (fieldOf(one, "syscall") ?? fieldOf(one, "erroredSysCall")) === "connect",
  );
}

function within(error: unknown): readonly unknown[] {
  const cause = fieldOf(error, "cause");
  return [error, cause, firstOf(fieldOf(cause, "errors"))];
}

function failure(text: string): WechatError {
  return new WechatError("WX_API_NETWORK", text);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);
