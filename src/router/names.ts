import { ConfigError } from "../errors.js";
import { kindOf } from "../options.js";
import { nearest } from "../spelling.js";

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
      `The name of ${kind === "event" ? "an event" : "a message type"} must be a string, got ${kindOf(name)}.`,
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
      `"${name}" is not ${kind === "event" ? "an event" : "a message type"} that WeChat sends. Did you mean "${meant}"? Names are case-sensitive; for a new one, extend ${kind === "event" ? "EventMap" : "MessageMap"}.`,
      "WX_REGISTRATION",
    );
  }
}
