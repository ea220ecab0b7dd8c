import type { OutputLanguage } from "../../language.js";
import { isAnswerable } from "../../message/answerable.js";
import type { Context } from "../context.js";
import { strayRoutes } from "../dispatcher.js";
import { said } from "../matching/accept.js";
import { matchOf, type Route } from "../matching/routes.js";
import { type Reason, sentences } from "./sentences.js";

/** That nobody took a push, and which registration comes nearest to it. */
export function nobodyTook(
  ctx: Context,
  routes: readonly Route[],
  language: OutputLanguage,
): Reason {
  const { message } = ctx;
  const what = message.MsgType === "event" ? message.Event : message.MsgType;
  const near = nearMiss(ctx, routes);
  if (near !== undefined) {
    return sentences.nearMiss(what, near.registered.in(language))[language];
  }
  const other = otherWay(ctx, routes);
  if (other !== undefined) {
    return sentences.heardOtherwise(what, other.registered.in(language))[language];
  }
  const stray = strayRoutes().find((route) => wouldTake(route, ctx));
  if (stray !== undefined) {
    return sentences.notMounted(what, stray.registered.in(language))[language];
  }
  if (!isAnswerable(message)) {
    const fallback = routes.find(({ registered }) => registered.method === "fallback");
    return sentences.unheardReport(what, fallback?.registered.in(language))[language];
  }
  const some = routes.slice(0, 3).map(({ registered }) => registered.in(language));
  const method = message.MsgType === "event" ? "onEvent" : "on";
  return sentences.unmatched(what, method, some)[language];
}

/** Whether a registration concerns a push, as far as that can be told without running what is the user's. */
export function wouldTake({ accept, comparison, registered }: Route, ctx: Context): boolean {
  // A test of the user's is not run again: it may do something.
  if (registered.method === "filter" || registered.method === "use") return false;
  if (accept.accepts(ctx) !== true) return false;
  return comparison === undefined || matchOf(comparison, ctx) !== undefined;
}

/** The registration that would have matched, were its trigger compared less strictly. */
function nearMiss(ctx: Context, routes: readonly Route[]): Route | undefined {
  return routes.find(({ accept, comparison }) => {
    if (comparison === undefined || accept.accepts(ctx) !== true) return false;
    return comparison.subject(ctx).some((text) => fitsNearly(comparison.triggers, text));
  });
}

/** The registration that has the same words, and hears only those that come another way: typed, spoken or tapped. */
function otherWay(ctx: Context, routes: readonly Route[]): Route | undefined {
  const texts = said(ctx);
  return routes.find(
    ({ accept, comparison, registered }) =>
      (registered.method === "onText" || registered.method === "onClick") &&
      comparison !== undefined &&
      accept.accepts(ctx) === false &&
      texts.some((text) => fitsNearly(comparison.triggers, text)),
  );
}

/** What somebody meant to be a trigger is no longer: of marks on one letter, `normalize()` takes the square of their number. */
const longestNear = 256;

function fitsNearly(triggers: readonly (string | RegExp)[], text: string): boolean {
  if (text.length > longestNear) return false;
  return triggers.some((trigger) =>
    typeof trigger === "string"
      ? plain(trigger) === plain(text)
      : new RegExp(trigger.source, `${trigger.flags.replace(/[gyi]/g, "")}i`).test(plain(text)),
  );
}

const plain = (text: string) =>
  text
    .normalize("NFKC")
    .trim()
    .replace(/[.。!?]$/, "")
    .toLowerCase();
