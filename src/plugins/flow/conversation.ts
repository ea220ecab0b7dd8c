import { ConfigError, WechatError } from "../../errors.js";
import { isSaid } from "../../message/answerable.js";
import { isStream, type Result, StreamReply } from "../../message/reply.js";
import type { Next } from "../../router/compose.js";
import type { Context } from "../../router/context.js";
import type { Matcher } from "../../router/matching/trigger.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import { type CursorCell, cursorCell } from "../session/session.js";
import { type Answering, type Answers, type Finishing, Move } from "./dialogue.js";
import { type Answered, listed, type Menu, menuOf, type Node, pick, placeIn } from "./steps.js";
import { words } from "./words.js";

/** Where a user is in a dialogue, as it is stored with the session. */
interface Cursor {
  readonly flow: string;
  /** The step that was asked. */
  readonly step: string;
  readonly answers: Answers;
  /** What was known before the first question; 上一步 does not go back to it. */
  readonly known?: readonly string[];
  /** What was offered, if it was a menu. */
  readonly menu?: Menu;
  /** When the dialogue is over, in milliseconds since 1970. */
  readonly until: number;
}

/** A dialogue as the engine sees it. */
export interface Script {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly done: (ctx: Context & Finishing<Answers, string>) => MaybePromise<Result | Move>;
  readonly timeout: number;
  readonly cancel: Matcher | undefined;
  readonly back: Matcher | undefined;
  readonly cancelled: Result | ((ctx: Context) => MaybePromise<Result>);
  readonly expired: ((ctx: Context, next: Next) => MaybePromise<Result>) | undefined;
}

/** Begins a dialogue with what is known already, and asks its first question. */
export function begin(script: Script, ctx: Context, known: Answers): Promise<Result> {
  return new Conversation(script, ctx).advance(known, Object.keys(known));
}

/** Goes on with a dialogue if this push is an answer in it; else lets the handlers below have it. */
export async function proceed(script: Script, ctx: Context, next: Next): Promise<Result> {
  const cell = cellOf(ctx);
  const cursor = cursorIn(cell, script);
  if (cursor === undefined || !isSaid(ctx.message)) return next();
  if (Date.now() >= cursor.until) {
    cell.cursor = undefined;
    return script.expired === undefined ? next() : script.expired(ctx, next);
  }
  return new Conversation(script, ctx).hear(cursor, ctx);
}

/** One push's part in a dialogue. */
class Conversation {
  readonly #script: Script;
  readonly #ctx: Context;
  readonly #cell: CursorCell;
  readonly #said: string[] = [];

  constructor(script: Script, ctx: Context) {
    this.#script = script;
    this.#ctx = ctx;
    this.#cell = cellOf(ctx);
  }

  async hear(cursor: Cursor, ctx: Context): Promise<Result> {
    const { cancel, back, cancelled, nodes } = this.#script;
    const said = words(ctx);
    if (said !== undefined && cancel?.(said) !== undefined) {
      this.#cell.cursor = undefined;
      return typeof cancelled === "function" ? cancelled(ctx) : cancelled;
    }
    const { answers, known = [] } = cursor;
    const { step, way } = placeIn(nodes, answers);
    if (said !== undefined && back?.(said) !== undefined) {
      const last = way.findLast((name) => !known.includes(name));
      return this.advance(last === undefined ? answers : without(answers, [last]), known);
    }
    // The dialogue may have been changed since the question was asked.
    if (step === undefined || step.name !== cursor.step) return this.advance(answers, known);

    const { menu = [] } = cursor;
    const outcome = await step.answer(this.#contextWith(pick(answers, way)) as Answered, menu);
    if (outcome instanceof Move) return this.#move(outcome, cursor);
    if (outcome === undefined) {
      throw new WechatError(
        "WX_FLOW",
        `The handler of the step "${step.name}" of "${this.#script.name}" returned nothing. Return the answer, ctx.again(), ctx.change() or ctx.leave().`,
      );
    }
    return this.advance({ ...answers, [step.name]: outcome }, known);
  }

  /** Asks what is not known yet, or ends the dialogue. */
  async advance(answers: Answers, known: readonly string[]): Promise<Result> {
    const { name, nodes, timeout, done } = this.#script;
    const { step, way } = placeIn(nodes, answers);
    const ctx = this.#contextWith(pick(answers, way));
    if (step === undefined) {
      // Before the last handler, which may begin another dialogue.
      this.#cell.cursor = undefined;
      const result = await done(ctx);
      if (!(result instanceof Move)) return this.#spoken(result);
      return this.#change(result, answers, known);
    }
    const { question } = step;
    const menu = await menuOf(step, ctx);
    const asked = typeof question === "function" ? await question(ctx) : question;
    const reply = menu.length === 0 ? asked : joined([asked, listed(menu)], name);
    const cursor: Cursor = {
      flow: name,
      step: step.name,
      answers,
      ...(known.length === 0 ? {} : { known }),
      ...(menu.length === 0 ? {} : { menu }),
      until: Date.now() + timeout,
    };
    this.#cell.cursor = cursor;
    return this.#spoken(reply);
  }

  async #move(move: Move, cursor: Cursor): Promise<Result> {
    const { answers, known = [], menu } = cursor;
    if (move.kind !== "again") return this.#change(move, answers, known, cursor);
    const reply = await move.reply;
    if (reply === undefined) return this.advance(answers, known);
    this.#cell.cursor = { ...cursor, until: Date.now() + this.#script.timeout };
    return this.#spoken(menu === undefined ? reply : joined([reply, listed(menu)], cursor.flow));
  }

  async #change(move: Move, answers: Answers, known: readonly string[], cursor?: Cursor) {
    if (move.kind === "leave") {
      const reply = await move.reply;
      // Another dialogue may have begun in its place.
      if (this.#cell.cursor === cursor) this.#cell.cursor = undefined;
      return this.#spoken(reply);
    }
    const asked = known.filter((name) => !move.steps.includes(name));
    return this.advance(without(answers, move.steps), asked);
  }

  /** Gives the handlers what a dialogue adds to the context. */
  #contextWith(answers: Answers): Context & Answering<Answers, string> {
    const flavor: Answering<Answers, string> = {
      answers,
      say: (text) => void this.#said.push(text),
      again: (reply) => new Move("again", [], reply),
      change: (step, ...more) => new Move("change", [step, ...more], undefined),
      leave: (reply) => new Move("leave", [], reply),
    };
    return Object.assign(this.#ctx, flavor);
  }

  /** A reply with what the handlers have said before it. */
  #spoken(reply: Result): Result {
    return joined([...this.#said.splice(0), reply], this.#script.name);
  }
}

/** Puts texts above a reply, which must be a text too. */
function joined(parts: readonly Result[], flow: string): Result {
  const texts = parts.filter((part) => part !== undefined && part !== "");
  if (texts.length < 2) return texts[0];
  if (texts.some(isStream)) return streamed(texts, flow);
  return texts.map((part) => textOf(part, flow)).join("\n");
}

/** Texts, and what streams, below each other. */
function streamed(parts: readonly Result[], flow: string): Result {
  const lines = async function* () {
    for (const [index, part] of parts.entries()) {
      if (index > 0) yield "\n";
      if (isStream(part)) yield* part;
      else yield textOf(part, flow);
    }
  };
  const own = parts.find((part) => part instanceof StreamReply);
  return own === undefined ? lines() : new StreamReply(lines(), own.options);
}

function textOf(part: Result, flow: string): string {
  if (typeof part === "string") return part;
  if (typeof part === "object" && !isStream(part) && part.type === "text") return part.content;
  throw new WechatError(
    "WX_FLOW",
    `The dialogue "${flow}" has words or a menu for the same message as a reply that is no text. Make the question a text, or send the other part with ctx.send().`,
  );
}

function without(answers: Answers, names: readonly string[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !names.includes(name)));
}

function cursorIn(cell: CursorCell, { name }: Script): Cursor | undefined {
  const { cursor } = cell;
  return isCursor(cursor) && cursor.flow === name ? cursor : undefined;
}

/** Whether it is a place in a dialogue: the store may hold anything. */
function isCursor(value: unknown): value is Cursor {
  if (typeof value !== "object" || value === null) return false;
  const cursor = value as Partial<Record<keyof Cursor, unknown>>;
  const { flow, step, answers, known = [], menu = [], until } = cursor;
  return (
    typeof flow === "string" &&
    typeof step === "string" &&
    typeof answers === "object" &&
    answers !== null &&
    areTexts(known) &&
    Array.isArray(menu) &&
    menu.every((item) => areTexts(item) && item.length === 2) &&
    typeof until === "number"
  );
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function cellOf(ctx: Context): CursorCell {
  const cell = cursorCell(ctx);
  if (cell !== undefined) return cell;
  throw new ConfigError(
    "A dialogue keeps its place in the session. Put wx.use(session(…)) before wx.use(…) of the dialogue.",
    "WX_FLOW",
  );
}
