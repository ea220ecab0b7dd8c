import { types } from "node:util";
import { ConfigError } from "../../errors.js";
import { kindOf } from "../../options.js";
import type { MaybeArray } from "../compose.js";

/** What a text or a key is compared with: a string must be equal, a RegExp must match. */
export type Trigger = string | RegExp;

/** What `ctx.match` is for a trigger: the string itself, or the RegExp's match. */
export type MatchOf<T> = T extends RegExp ? RegExpExecArray : T;

/** The context of a handler that was registered with a trigger. */
export type Matched<T> = {
  /** What the trigger matched: the string itself, or the RegExp's match with its groups. */
  readonly match: MatchOf<T>;
};

/** The same, where there may have been no trigger (`never`). */
export type MatchedIf<T> = [T] extends [never] ? unknown : Matched<T>;

/** Finds the first trigger that fits; `undefined` when none does. */
export type Matcher = (text: string) => string | RegExpExecArray | undefined;

export function isTrigger(value: unknown): value is MaybeArray<Trigger> {
  return typeof value === "string" || types.isRegExp(value) || Array.isArray(value);
}

/** The texts that are all that these triggers fit, if there is no RegExp among them. */
export function textsOf(triggers: MaybeArray<Trigger>): readonly string[] | undefined {
  const all = listOf(triggers);
  return all.every((trigger) => typeof trigger === "string") ? all : undefined;
}

/** Compiles triggers into one matcher, in their order. */
export function matcher(triggers: MaybeArray<Trigger>, method: string): Matcher {
  const tests = listOf(triggers).map((trigger) => compile(trigger, method));
  if (tests.length === 0) {
    throw new ConfigError(
      `${method}() got an empty list of triggers, which would never match. Leave the list out to match everything.`,
      "WX_REGISTRATION",
    );
  }
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  const texts = textsOf(triggers);
  if (texts !== undefined) {
    const known = new Set(texts);
    return (text) => (known.has(text) ? text : undefined);
  }
  return (text) => {
    for (const test of tests) {
      const match = test(text);
      if (match !== undefined) return match;
    }
    return undefined;
  };
}

/** Without holes, which map() would pass over. */
export function listOf(triggers: MaybeArray<Trigger>): readonly unknown[] {
  return Array.isArray(triggers) ? Array.from(triggers) : [triggers];
}

function compile(trigger: unknown, method: string): Matcher {
  if (typeof trigger === "string") return (text) => (text === trigger ? trigger : undefined);
  if (types.isRegExp(trigger)) return stateless(trigger);
  throw new ConfigError(
    `${method}() takes a string or a RegExp as trigger, or an array of them, got ${kindOf(trigger)}. For a predicate use filter(test, …).`,
    "WX_REGISTRATION",
  );
}

/** Matches with a RegExp, of which the flags g and y would carry something from one text to the next. */
function stateless(pattern: RegExp): (text: string) => RegExpExecArray | undefined {
  const own = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return (text) => own.exec(text) ?? undefined;
}
