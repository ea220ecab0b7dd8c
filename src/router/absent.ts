import { ConfigError } from "../errors.js";

const koa = [
  ...["app", "req", "res", "request", "response", "state", "cookies", "query"],
  ...["url", "path", "method", "headers", "header"],
];
const dialogue = ["answers", "say", "again", "change", "leave"];

/**
 * Tells whoever looks for something on the context that is not there, where it is or how it gets there.
 * A plugin that puts it there does so as ever.
 */
export function explainAbsent(context: object): void {
  explain(
    context,
    ["session"],
    () =>
      "ctx.session is not there: put wx.use(session(…)) before the handler, and register the handler on what use() returns.",
  );
  explain(
    context,
    dialogue,
    (name) =>
      `ctx.${name} is not there: only the handlers of a dialogue have it, those that are given to flow(…).ask(), choose() and done().`,
  );
  explain(
    context,
    koa,
    (name) =>
      `ctx.${name} is Koa's, and this is the context of a push. A handler finds it as ctx.koa.${name}; a middleware for Koa goes on the app: app.use(…), not wx.use(…).`,
  );
}

function explain(context: object, names: readonly string[], why: (name: string) => string): void {
  for (const name of names) {
    // To define a property on each context would cost more than a whole session.
    const given = Symbol(name);
    Object.defineProperty(context, name, {
      configurable: true,
      get(this: Record<symbol, unknown>) {
        if (given in this) return this[given];
        throw new ConfigError(why(name), "WX_REGISTRATION");
      },
      set(this: Record<symbol, unknown>, value: unknown) {
        this[given] = value;
      },
    });
  }
}
