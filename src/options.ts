import { types } from "node:util";
import { ConfigError, printable } from "./errors.js";
import { place } from "./places.js";
import { nearest } from "./spelling.js";

/** What is known of options besides their names. */
interface Hints {
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

/** What an option has to be. */
export interface Rule {
  /** What is wrong with a value, as it goes on from the option's name: `must be a text, got null`. */
  readonly fault: (value: unknown) => string | undefined;
  /** Whether it may not be left out. `undefined` counts as left out. */
  readonly isRequired?: boolean;
}

/** A rule that one sentence says: `must be ${wanted}, got …`. */
interface Kind extends Rule {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
}

/** A rule for every option of `T`: one that is not declared does not compile, nor a needed one that may be left out. */
export type Rules<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? Rule
    : Rule & { readonly isRequired: true };
};

/**
 * Refuses options that are not known, and says which one was meant; then every value that its rule refuses.
 * `whose` is what has these options, such as `wx.jssdk()`, or, in quotation marks, the option that holds them.
 * Throws a ConfigError.
 */
export function checkOptions(
  options: unknown,
  whose: string,
  rules: Readonly<Record<string, Rule>>,
  hints: Hints = {},
): void {
  checkNames(options, whose, rules, hints);
  for (const [name, rule] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined && rule.isRequired !== true) continue;
    const fault = rule.fault(value);
    if (fault !== undefined) throw new ConfigError(`${named(name, whose)} ${fault}.`, hints.code);
  }
}

function checkNames(
  options: unknown,
  whose: string,
  rules: object,
  { wanted = `${whose} takes an object with options`, ...hints }: Hints,
): asserts options is Readonly<Record<string, unknown>> {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ConfigError(`${wanted}, got ${kindOf(options)}.`, hints.code);
  }
  const { foreign = {}, renamed = {}, elsewhere = {}, code } = hints;
  const names = Object.keys(rules);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name)) continue;
    const meant = Object.hasOwn(elsewhere, name)
      ? undefined
      : (foreign[name.toLowerCase()] ?? nearest(name, names));
    const help =
      renamed[name] ??
      (meant === undefined ? `It takes ${names.join(", ")}.` : `Did you mean "${meant}"?`);
    throw new ConfigError(`"${name}" is not an option of ${whose}. ${help}`, code);
  }
}

/** `"ttl" of session()`, `"deadline.ms"`, and, where everybody knows whose it is, `"token"`. */
function named(name: string, whose: string): string {
  if (whose.startsWith('"')) return `"${whose.slice(1, -1)}.${name}"`;
  return whose.endsWith(")") ? `"${name}" of ${whose}` : `"${name}"`;
}

/** The same rule for an option that may not be left out. */
export function required<R extends Rule>(rule: R): R & { readonly isRequired: true } {
  return { ...rule, isRequired: true };
}

/** Options within an option, or what refuses a value in a sentence of its own. */
export function checkedBy(check: (value: unknown) => void): Rule {
  return {
    fault(value) {
      check(value);
      return undefined;
    },
  };
}

/** For what is judged where it is used, at once. */
export const anything: Rule = { fault: () => undefined };

/** One rule or another. */
export function or(...kinds: readonly Kind[]): Kind {
  return kind(kinds.map(({ wanted }) => wanted).join(", or "), (value) =>
    kinds.some(({ fits }) => fits(value)),
  );
}

interface Bounds {
  /** What is counted. */
  readonly of?: "milliseconds" | "seconds" | "bytes";
  readonly isWhole?: boolean;
  /** Default: all above 0. */
  readonly least?: number;
  readonly most?: number;
  /** Why there is a bound. */
  readonly because?: string;
}

/** A number, never NaN or Infinity. */
export function number({ of, isWhole = false, least, most, because }: Bounds = {}): Rule {
  const noun = `a ${isWhole ? "whole " : ""}number${of === undefined ? "" : ` of ${of}`}`;
  const from = least === undefined ? " above 0" : `, at least ${least}`;
  const { wanted, fits } = kind(
    `${noun}${from}${most === undefined ? "" : `, at most ${most}`}`,
    (value) =>
      typeof value === "number" &&
      (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
      (least === undefined ? value > 0 : value >= least) &&
      value <= (most ?? value),
  );
  const why = because === undefined ? "" : `: ${because}`;
  return {
    fault(value) {
      const got = typeof value === "number" ? String(value) : kindOf(value);
      return fits(value) ? undefined : `must be ${wanted}, got ${got}${why}`;
    },
  };
}

/** A time. */
export const ms = number({ of: "milliseconds" });
/** A time that a timer of Node waits for: of a longer one it makes a millisecond. */
export const timer = number({ of: "milliseconds", most: 2 ** 31 - 1 });
/** How many. */
export const count = number({ isWhole: true });

export const flag: Kind = kind("true or false", (value) => typeof value === "boolean");
export const text: Kind = kind("a text", (value) => typeof value === "string");
export const pattern: Kind = kind("a pattern", types.isRegExp);

/** A text with something in it; its value is never shown. */
export function filled(what = "a text that is not empty"): Kind {
  return kind(what, (value) => typeof value === "string" && value !== "");
}

/** A text of a form. */
export function like(form: RegExp, wanted: string): Kind {
  return kind(wanted, (value) => typeof value === "string" && form.test(value));
}

export function func(example?: string): Kind {
  const wanted = example === undefined ? "a function" : `a function, such as ${example}`;
  return kind(wanted, (value) => typeof value === "function");
}

/** One of these texts. A wrong one is shown: none of them is a secret. */
export function oneOf(...words: readonly string[]): Kind {
  const last = words.length - 1;
  const wanted = words
    .map((word, i) => `${i === 0 ? "" : i === last ? " or " : ", "}"${word}"`)
    .join("");
  return kind(wanted, (value) => words.includes(value as string), shown);
}

/** A list, each of whose members keeps a rule. */
export function listOf({ wanted, fits }: Kind, example: string): Kind {
  // Not every(): that passes over holes.
  const isList = (value: unknown) => Array.isArray(value) && Array.from(value).every(fits);
  return kind(`a list such as ${example}, each ${wanted}`, isList);
}

/** What one sentence says: `must be ${wanted}, got …`. */
export function kind(wanted: string, fits: Kind["fits"], show = kindOf): Kind {
  const fault = (value: unknown) =>
    fits(value) ? undefined : `must be ${wanted}, got ${show(value)}`;
  return { wanted, fits, fault };
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${printable(value)}"` : kindOf(value);
}

/** What may be an AppID; of anything else it says what it seems to be. */
export const appIdRule: Rule = {
  fault(value) {
    const fault = faultOfAppId(value);
    return fault === undefined ? undefined : `${fault}: ${place("appId")}`;
  },
};

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

/** Bytes, from a number or a text like `"64kb"`; NaN for anything else. */
export function bytes(limit: unknown): number {
  const [, digits = "", unit = "b"] = /^(\d+)\s*(kb|mb|b)?$/i.exec(String(limit)) ?? [];
  const size = Number(digits) * ({ kb: 1024, mb: 1024 * 1024 }[unit.toLowerCase()] ?? 1);
  const isOne = typeof limit === "number" || typeof limit === "string";
  return isOne && Number.isSafeInteger(size) && size > 0 ? size : Number.NaN;
}

/** How long a body may be. */
export const bodyLimitRule: Rule = {
  fault(limit) {
    if (bytes(limit) > 0) return undefined;
    const got = typeof limit === "number" ? String(limit) : shown(limit);
    return `must be a positive number of bytes or a text like "64kb", got ${got}. There is no way to switch the limit off`;
  },
};

/** What a value is, without showing it: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value === "") return "an empty string";
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}
