import { ConfigError } from "./errors.js";

/** What is known of options besides their names. */
export interface Hints {
  /** Begins the sentence when there is no object: `new Wechat() takes an object with …`. */
  readonly wanted?: string;
  /** What other libraries call an option, in small letters. */
  readonly foreign?: Readonly<Record<string, string>>;
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
    throw new ConfigError(
      `"${name}" is not an option of ${whose}.${meant === undefined ? ` It takes ${names.join(", ")}.` : ` Did you mean "${meant}"?`}`,
      code,
    );
  }
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

/** The known name that a misspelt one was probably meant to be. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.min(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const cost = distance(wanted, candidate.toLowerCase());
    if (cost < least) [best, least] = [candidate, cost];
  }
  return best;
}

/** Levenshtein's distance: the least number of letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
