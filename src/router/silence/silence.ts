import { errorName } from "../../diagnostics.js";
import type { OutputLanguage } from "../../language.js";
import { isAnswerable } from "../../message/answerable.js";
import { isStream } from "../../message/reply.js";
import type { Context } from "../context.js";
import { strayRoutes } from "../dispatcher.js";
import type { Route } from "../matching/routes.js";
import { thrownAt } from "../place-in-code.js";
import { hasNoReturn } from "../registered.js";
import type { Step, Trace } from "../trace.js";
import { type Reason, sentences } from "./sentences.js";
import { nobodyTook, wouldTake } from "./unmatched.js";

/** What became of a push, beside what its handlers did. */
export interface Ending {
  /** What is to be said of an error that became no reply. */
  readonly error: unknown;
  /** Something stands in Koa's `ctx.body` since the handlers ran; it is overwritten. */
  readonly hasBody: boolean;
}

/** Why a push got no reply, and what to do; nothing where that is as it should be. */
export function whySilent(
  ctx: Context,
  trace: Trace,
  routes: readonly Route[],
  ending: Ending,
  language: OutputLanguage,
): Reason {
  const { steps, caught, unsure } = trace;
  if (ending.error !== undefined) return failed(trace, ending.error, language);
  if (caught !== undefined && isNothing(caught.result)) {
    return sentences.caught(caught.by.in(language), thrown(caught.error))[language];
  }
  if (routes.length === 0 && strayRoutes().length === 0) return sentences.noHandlers()[language];
  const fed = bodies(ctx, trace, ending, language);
  if (fed !== undefined) return fed;
  if (steps.length === 0) {
    const [asked] = unsure;
    if (asked !== undefined) return sentences.noVerdict(asked.in(language))[language];
    return nobodyTook(ctx, routes, language);
  }
  const emptied = steps.findLast(({ returned }) => returned === "" || returned === false);
  if (emptied !== undefined) return sentences.emptyText(emptied.registered.in(language))[language];
  const replied = steps.find(({ returned, isDone }) => isDone && !isNothing(returned));
  if (replied !== undefined) return lost(replied, language);
  const last = steps.find(({ wentOn }) => !wentOn) ?? (steps.at(-1) as Step);
  return nothingOf(ctx, trace, last, routes, language);
}

/** That a handler returned something, and nothing of it left. */
function lost({ registered, returned }: Step, language: OutputLanguage): Reason {
  const who = registered.in(language);
  if ((returned as { type?: unknown }).type === "none") return sentences.none(who)[language];
  if (isStream(returned as never)) return sentences.emptyStream(who)[language];
  return sentences.heldBack(who)[language];
}

/** That a handler ran, or several, and nothing came of it. */
function nothingOf(
  ctx: Context,
  trace: Trace,
  last: Step,
  routes: readonly Route[],
  language: OutputLanguage,
): Reason {
  const who = last.registered.in(language);
  for (const step of trace.steps) {
    const [built] = trace.dropped(step);
    if (built !== undefined) return dropped(step.registered.in(language), built, language);
  }
  if (trace.sent > 0) return sentences.sent(who)[language];
  if (!isAnswerable(ctx.message)) return sentences.report(who)[language];
  const later = behind(routes, last);
  if (last.wentOn) return sentences.wentOn(who, nobodyTook(ctx, later, language))[language];
  const { handlers, method } = last.registered;
  if (last.ran < handlers.length) {
    return sentences.stoppedAt(who, last.ran, handlers.length)[language];
  }
  const other = later.find((route) => wouldTake(route, ctx));
  if (other !== undefined) {
    return sentences.inTheWay(who, other.registered.in(language))[language];
  }
  if (method === "use") return sentences.noNext(who)[language];
  return sentences[handlers.some(hasNoReturn) ? "noReturn" : "nothing"](who)[language];
}

/** That a reply was built and not returned. */
export function dropped(
  who: string,
  {
    method,
    place,
  }: { readonly method: string; readonly place: { readonly text: string | undefined } },
  language: OutputLanguage,
): Reason {
  return sentences.dropped(who, method, place.text)[language];
}

/** That the handlers have not answered yet, although nobody waits any longer. */
export function stillRunning(ctx: Context, { steps }: Trace, language: OutputLanguage): Reason {
  const { message } = ctx;
  const what = message.MsgType === "event" ? message.Event : message.MsgType;
  const step = steps.findLast(({ isDone, thrown }) => !isDone && thrown === undefined);
  return sentences.stillRunning(what, step?.registered.in(language))[language];
}

function failed({ steps, caught }: Trace, error: unknown, language: OutputLanguage): Reason {
  if (caught !== undefined && caught.error !== error) {
    return sentences.catchThrew(caught.by.in(language), thrown(error))[language];
  }
  // Those around the handler that failed have only passed its error on.
  const step =
    steps.findLast(({ thrown }) => thrown?.error === error) ??
    steps.findLast(({ thrown }) => thrown);
  const source = step === undefined ? sourceOf(steps) : undefined;
  if (source !== undefined) {
    return sentences.unfit(source.registered.in(language), thrown(error))[language];
  }
  return sentences.threw(step?.registered.in(language), thrown(error))[language];
}

/** Who returned the answer first; those around it may have passed it on. */
function sourceOf(steps: readonly Step[]): Step | undefined {
  const outermost = steps.find(({ returned, isDone }) => isDone && !isNothing(returned));
  return outermost && steps.findLast(({ returned }) => returned === outermost.returned);
}

/** That an answer was put where Koa has it. */
function bodies(
  ctx: Context,
  { steps }: Trace,
  { hasBody }: Ending,
  language: OutputLanguage,
): Reason | undefined {
  const isOurs = Object.hasOwn(ctx, "body");
  if (!isOurs && !hasBody) return undefined;
  const step = steps.find(({ wentOn }) => !wentOn) ?? steps.at(-1);
  const who = step?.registered.in(language);
  return sentences.body(who, isOurs ? "ctx.body" : "ctx.koa.body")[language];
}

/** The registrations that come after what a step is of. */
function behind(routes: readonly Route[], { registered }: Step): readonly Route[] {
  return routes.slice(routes.findIndex((route) => route.registered === registered) + 1);
}

/** What may be said of an error: never its message, which may hold anything. */
function thrown(error: unknown): string {
  const at = thrownAt(error);
  return at === undefined ? errorName(error) : `${errorName(error)} (${at})`;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
