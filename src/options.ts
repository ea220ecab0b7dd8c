import { ConfigError } from "./errors.js";
import { place } from "./places.js";
import { nearest } from "./spelling.js";

/** What is known of options besides their names. */
export interface Hints {
  /** Begins the sentence when there is no object: `new Wechat() takes an object with …`. */
  readonly wanted?: string;
  /** What other libraries call an option, in small letters. */
  readonly foreign?: Readonly<Record<string, string>>;
  /** What an option was called once, and the sentence that says what it is now. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Options that exist, but not in this place. */
  readonly elsewhere?: object;
  /** Default: `WX_CONFIG`. */
  readonly code?: "WX_CONFIG" | "WX_FLOW";
}

/**
 * Refuses options that are not known, and says which one was meant; `whose` is what has these options,
 * such as `wx.jssdk()`. Throws a ConfigError.
 */
export function checkNames(
  options: unknown,
  whose: string,
  known: object,
  {
    wanted = `${whose} takes an object with options`,
    foreign = {},
    renamed = {},
    elsewhere = {},
    code,
  }: Hints = {},
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ConfigError(`${wanted}, got ${kindOf(options)}.`, code);
  }
  const names = Object.keys(known);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = Object.hasOwn(elsewhere, name)
      ? undefined
      : (foreign[name.toLowerCase()] ?? nearest(name, names));
    const help =
      renamed[name] ??
      (meant === undefined ? `It takes ${names.join(", ")}.` : `Did you mean "${meant}"?`);
    throw new ConfigError(`"${name}" is not an option of ${whose}. ${help}`, code);
  }
}

/** Refuses what is there and cannot be an AppID, and says what it seems to be. Throws a ConfigError. */
export function checkAppId(appId: unknown): void {
  if (appId === undefined) return;
  const fault = faultOfAppId(appId);
  if (fault !== undefined) throw new ConfigError(`"appId" ${fault}: ${place("appId")}.`);
}

function faultOfAppId(appId: unknown): string | undefined {
  if (typeof appId !== "string") return `must be a text, got ${kindOf(appId)}`;
  if (/^gh_/i.test(appId)) {
    return "is the account's original id (原始ID, “gh_…”), which WeChat takes in no call. Give the AppID, which begins with “wx”";
  }
  if (/^[0-9a-f]{32}$/i.test(appId)) {
    return "looks like an AppSecret. Give the AppID, which begins with “wx”";
  }
  return /\s/.test(appId) ? "has white space in it. Copy it again" : undefined;
}

/** Refuses what is there and no function. Throws a ConfigError. */
export function checkFunction(value: unknown, name: string, example: string): void {
  if (value === undefined || typeof value === "function") return;
  throw new ConfigError(`"${name}" must be a function, such as ${example}, got ${kindOf(value)}.`);
}

/** What a value is, without showing it: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value === "") return "an empty string";
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}
