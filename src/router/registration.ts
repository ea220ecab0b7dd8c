import { ConfigError } from "../errors.js";
import { kindOf } from "../options.js";
import { compose, type Handler } from "./compose.js";
import type { Context } from "./context.js";

/** The names that a registration is for. */
export function list(names: unknown, method: string): readonly string[] {
  const all: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (all.length === 0) {
    throw new ConfigError(
      `${method}() got an empty list of names, which would never match.`,
      "WX_REGISTRATION",
    );
  }
  return all as readonly string[];
}

/** Refuses what is no handler, and joins several into one. */
export function checked(handlers: readonly unknown[], method: string): Handler<Context> {
  if (handlers.length === 0) {
    throw new ConfigError(
      `${method}() needs a handler as its last argument: (ctx) => "a reply".`,
      "WX_REGISTRATION",
    );
  }
  for (const handler of handlers) {
    if (typeof handler !== "function") {
      throw new ConfigError(
        `${method}() takes functions as handlers, got ${kindOf(handler)}.`,
        "WX_REGISTRATION",
      );
    }
  }
  const functions = handlers as readonly Handler<Context>[];
  const [only] = functions;
  return functions.length === 1 && only !== undefined ? only : compose(functions);
}
