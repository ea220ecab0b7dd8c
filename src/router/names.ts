import { ConfigError } from "../errors.js";

/**
 * Refuses a name that looks like a slip of a known one. A name unlike all others passes: users
 * add new ones to MessageMap and EventMap by declaration merging, which leaves no trace at run time.
 */
export function checkName(
  name: unknown,
  kind: "message type" | "event",
  known: readonly string[],
  other: readonly string[],
): asserts name is string {
  if (typeof name !== "string" || name === "") {
    throw new ConfigError(
      `The name of a ${kind} must be a string, got ${name === "" ? "an empty one" : typeof name}.`,
      "WX_REGISTRATION",
    );
  }
  if (known.includes(name)) return;
  if (other.includes(name)) {
    throw new ConfigError(
      kind === "event"
        ? `"${name}" is a message type, not an event. Use on("${name}", …).`
        : `"${name}" is an event, not a message type. Use onEvent("${name}", …).`,
      "WX_REGISTRATION",
    );
  }
  const meant = nearest(name, known);
  if (meant !== undefined) {
    throw new ConfigError(
      `"${name}" is not a ${kind} that WeChat sends. Did you mean "${meant}"? Names are case-sensitive; for a new one, extend ${kind === "event" ? "EventMap" : "MessageMap"}.`,
      "WX_REGISTRATION",
    );
  }
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
