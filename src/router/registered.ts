import type { OutputLanguage } from "../language.js";
import type { Trigger } from "./matching/trigger.js";
import { PlaceInCode } from "./place-in-code.js";

/** What was registered, and where: what a person who looks for a handler needs to find it. */
export class Registered {
  readonly method: string;
  /** The names and triggers as they were given. */
  readonly names: readonly (string | Trigger)[];
  /** The handlers as they were given. */
  readonly handlers: readonly unknown[];
  readonly #place: PlaceInCode;

  /** @param whose What has the method: the place is where that was called. */
  constructor(
    whose: object,
    method: string,
    names: readonly (string | Trigger)[],
    handlers: readonly unknown[],
  ) {
    this.method = method;
    this.names = names;
    this.handlers = handlers;
    this.#place = new PlaceInCode((whose as Readonly<Record<string, unknown>>)[method]);
  }

  /** `onText("hi")`, with the names of named handlers. */
  get label(): string {
    const names = this.names.map((name) =>
      typeof name === "string" ? JSON.stringify(name) : String(name),
    );
    const shown = names.length > 3 ? [...names.slice(0, 3), "…"] : names;
    const list = shown.length > 1 ? [`[${shown.join(", ")}]`] : shown;
    const functions = this.handlers.flatMap((handler) =>
      typeof handler === "function" && /^[\w$]+$/.test(handler.name) ? [handler.name] : [],
    );
    return `${this.method}(${[...list, ...functions].join(", ")})`;
  }

  /** `onText("hi") at src/bot.ts:12` */
  in(language: OutputLanguage): string {
    const { text } = this.#place;
    if (text === undefined) return this.label;
    return language === "zh" ? `${this.label}（${text}）` : `${this.label} at ${text}`;
  }
}

/** Whether a function is sure to leave `next` alone: it takes none, whichever way. */
export function isLast(handler: unknown): boolean {
  if (typeof handler !== "function" || handler.length > 1) return false;
  const source = sourceOf(handler);
  // What takes all arguments, or is somebody else's code, may take `next` among them.
  return source !== undefined && !/\.\.\.|\barguments\b|\bnext\b/.test(source);
}

/** Whether a function has a body without any `return`. */
export function hasNoReturn(handler: unknown): boolean {
  const source = typeof handler === "function" ? sourceOf(handler) : undefined;
  return source?.endsWith("}") === true && !/\breturn\b/.test(source);
}

function sourceOf(handler: object): string | undefined {
  const source = Function.prototype.toString.call(handler);
  return /\[native code\]\s*\}$/.test(source) ? undefined : source;
}
