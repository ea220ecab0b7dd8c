import { ConfigError, WechatError } from "../../errors.js";
import type { Said } from "../../message/answerable.js";
import type { Result } from "../../message/reply.js";
import type { Context } from "../../router/context.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import type { Answering, Answers, Json, Move } from "./dialogue.js";
import { plain, words } from "./words.js";

/** A context as the handlers of a dialogue get it, whatever its steps are. */
export type Asked = Context & { readonly answers: Answers };
export type Answered = Context<Said> & Answering<Answers, string>;

/** What can be chosen: labels, or labels by value. */
export type Choices = readonly string[] | Readonly<Record<string, string>>;

/** The items of a menu as they were offered, so that a number means what the user saw. */
export type Menu = readonly (readonly [value: string, label: string])[];

/** One question and what becomes of its answer. */
export type Step = {
  readonly name: string;
  readonly question: Result | ((ctx: Asked) => MaybePromise<Result>);
  readonly choices?: Choices | ((ctx: Asked) => MaybePromise<Choices>);
  readonly answer: (ctx: Answered, menu: Menu) => MaybePromise<Json | Move>;
};

/** A place where the way depends on the answers so far. */
type Fork = {
  readonly way: (answers: Answers) => readonly Node[];
};

export type Node = Step | Fork;

/** Where a dialogue is: the step that waits for its answer, if any, and the answers on the way to it. */
export interface Place {
  readonly step: Step | undefined;
  /** The names of the steps before it, in their order. */
  readonly way: readonly string[];
}

/** Finds the first step on the way that has no answer. */
export function placeIn(nodes: readonly Node[], answers: Answers): Place {
  const way: string[] = [];
  return { step: walk(nodes, answers, way), way };
}

function walk(nodes: readonly Node[], answers: Answers, way: string[]): Step | undefined {
  for (const node of nodes) {
    if ("way" in node) {
      const step = walk(node.way(pick(answers, way)), answers, way);
      if (step !== undefined) return step;
    } else if (Object.hasOwn(answers, node.name)) {
      way.push(node.name);
    } else {
      return node;
    }
  }
  return undefined;
}

/** The answers with these names only. */
export function pick(answers: Answers, names: readonly string[]): Answers {
  return Object.fromEntries(names.map((name) => [name, answers[name] as Json]));
}

/** The names of all steps, wherever they are; forks are given by their arms. */
export function checkName(name: unknown, taken: ReadonlySet<string>): asserts name is string {
  if (typeof name !== "string" || name === "") {
    throw new ConfigError(
      `The name of a step is a text, got ${name === "" ? "an empty one" : typeof name}.`,
      "WX_FLOW",
    );
  }
  if (taken.has(name)) {
    throw new ConfigError(
      `The dialogue has two steps "${name}" on one way. Give each a name of its own.`,
      "WX_FLOW",
    );
  }
}

/** The menu of a step for this user, or none. */
export async function menuOf(step: Step, ctx: Asked): Promise<Menu> {
  if (step.choices === undefined) return [];
  const choices = typeof step.choices === "function" ? await step.choices(ctx) : step.choices;
  const menu: Menu = isList(choices)
    ? choices.map((label) => [label, label])
    : Object.entries(choices);
  if (menu.length > 0) return menu;
  throw new WechatError(
    "WX_FLOW",
    `The step "${step.name}" has nothing to choose from. Let the step before it ask again, or skip it with when().`,
  );
}

/** A menu as the user sees it: `1. 大厅`, one a line. */
export function listed(menu: Menu): string {
  return menu.map(([, label], index) => `${index + 1}. ${label}`).join("\n");
}

/** The value that the user chose: by number, by label, or by a tap in a customer-service menu. */
export function chosen(ctx: Context, menu: Menu): string | undefined {
  const said = words(ctx);
  if (said === undefined) return undefined;
  const number = /^(\d{1,3})\s*[.,、。)]?$/.exec(said);
  const numbered = number === null ? undefined : menu[Number(number[1]) - 1];
  if (numbered !== undefined) return numbered[0];
  const tapped = ctx.message.MsgType === "text" ? ctx.message.bizmsgmenuid : undefined;
  const label = said.toLowerCase();
  return menu.find(([value, name]) => value === tapped || plain(name).toLowerCase() === label)?.[0];
}

function isList(choices: Choices): choices is readonly string[] {
  return Array.isArray(choices);
}
