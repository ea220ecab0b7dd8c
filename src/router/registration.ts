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

const ofKoa = new WeakSet<object>();

/** Marks a middleware as one for Koa, so that it is told where it is mounted among handlers. */
export function forKoa<M extends object>(middleware: M): M {
  ofKoa.add(middleware);
  return middleware;
}

/** Refuses what is no handler, and joins several into one; a router stands for its handlers. */
export function checked(handlers: readonly unknown[], method: string): Handler<Context> {
  const [only, ...more] = handlers.map((given) => handlerOf(given, method));
  if (only === undefined) {
    throw new ConfigError(
      `${method}() needs a handler as its last argument: (ctx) => "a reply".`,
      "WX_REGISTRATION",
    );
  }
  return more.length === 0 ? only : compose([only, ...more]);
}

function handlerOf(given: unknown, method: string): Handler<Context> {
  const handler =
    typeof given === "object" && given !== null && "handle" in given ? given.handle : given;
  if (typeof handler !== "function") {
    throw new ConfigError(
      `${method}() takes functions as handlers, or routers, got ${kindOf(handler)}.`,
      "WX_REGISTRATION",
    );
  }
  if (ofKoa.has(handler)) {
    throw new ConfigError(
      `${method}() got a middleware for Koa, as wx.middleware(), wx.oauth() and the like make it. Handlers of pushes are functions such as (ctx) => "a reply". Mount the middleware on Koa: app.use(wx.middleware()).`,
      "WX_REGISTRATION",
    );
  }
  return handler as Handler<Context>;
}
