import { ConfigError } from "../errors.js";
import { kindOf } from "../options.js";
import type { MaybeArray } from "./compose.js";

/** What a text or a key is compared with: a string must be equal, a RegExp must match. */
export type Trigger = string | RegExp;

/** What `ctx.match` is for a trigger: the string itself, or the RegExp's match. */
export type MatchOf<T> = T extends RegExp ? RegExpExecArray : T;

/** The context of a handler that was registered with a trigger. */
export type Matched<T> = { readonly match: MatchOf<T> };

/** Finds the first trigger that fits; `undefined` when none does. */
export type Matcher = (text: string) => string | RegExpExecArray | undefined;

export function isTrigger(value: unknown): value is MaybeArray<Trigger> {
  return typeof value === "string" || value instanceof RegExp || Array.isArray(value);
}

/** Compiles triggers into one matcher, in their order. */
export function matcher(triggers: MaybeArray<Trigger>, method: string): Matcher {
  const tests = (Array.isArray(triggers) ? triggers : [triggers]).map((trigger: unknown) =>
    compile(trigger, method),
  );
  if (tests.length === 0) {
    throw new ConfigError(
      `${method}() got an empty list of triggers, which would never match. Leave the list out to match everything.`,
      "WX_REGISTRATION",
    );
  }
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (text) => {
    for (const test of tests) {
      const match = test(text);
      if (match !== undefined) return match;
    }
    return undefined;
  };
}

function compile(trigger: unknown, method: string): Matcher {
  if (typeof trigger === "string") return (text) => (text === trigger ? trigger : undefined);
  if (trigger instanceof RegExp) {
    // Without g and y a RegExp has no state, so one push cannot change the answer to the next.
    const stateless = new RegExp(trigger.source, trigger.flags.replace(/[gy]/g, ""));
    return (text) => stateless.exec(text) ?? undefined;
  }
  throw new ConfigError(
    `${method}() takes a string or a RegExp as trigger, or an array of them, got ${kindOf(trigger)}. For a predicate use filter(test, …).`,
    "WX_REGISTRATION",
  );
}
