import type { OutputLanguage } from "../../language.js";
import { said, typed } from "../matching/accept.js";
import type { Comparison, Route } from "../matching/routes.js";
import { isLast } from "../registered.js";
import { sentences } from "./sentences.js";

/** What a registration never gets, because another takes it. */
interface Loss {
  readonly route: Route;
  readonly taker: Route;
  /** The names of what it never gets; nothing stands for all. */
  readonly names: readonly string[] | undefined;
}

/** Says which handlers can never run, in the order of their registration; a handler that can call `next()` stands in nobody's way. */
export function unreachable(
  routes: readonly Route[],
  language: OutputLanguage,
): readonly (readonly string[])[] {
  if (routes.length === 0) return [sentences.noHandlers()[language]];
  return lossesOf(routes).map((loss) => told(loss, language));
}

function lossesOf(routes: readonly Route[]): readonly Loss[] {
  const takers: Route[] = [];
  const losses: Loss[] = [];
  for (const route of routes) {
    const taken = takenFrom(route, takers);
    if (taken !== undefined) losses.push(taken);
    // Some handlers of several may go on; the first that does not is the last.
    if (route.registered.method !== "filter" && route.registered.handlers.some(isLast)) {
      takers.push(route);
    }
  }
  return losses;
}

function takenFrom(route: Route, takers: readonly Route[]): Loss | undefined {
  const names = namesOf(route);
  // What may concern anything, or asks a function, misses only what everything takes.
  if (names.length === 0) {
    const taker = takers.find(
      (one) => namesOf(one).length === 0 && one.registered.method === "use",
    );
    return taker && { route, taker, names: undefined };
  }
  const taken = names.flatMap((name) => {
    const taker = takers.find((one) => takes(one, name, route.comparison));
    return taker === undefined ? [] : [{ name, taker }];
  });
  const [first] = taken;
  if (first === undefined) return undefined;
  const isAll = taken.length === names.length;
  return { route, taker: first.taker, names: isAll ? undefined : taken.map(({ name }) => name) };
}

/** Of message types and events as they are called on the wire, in small letters. */
const namesOf = ({ accept: { types = [], events = [] } }: Route): readonly string[] => [
  ...types,
  ...events.map((event) => `event ${event}`),
];

function takes(taker: Route, name: string, comparison: Comparison | undefined): boolean {
  const names = namesOf(taker);
  // A fallback comes last anyhow, and what asks nothing takes everything.
  if (names.length === 0) return taker.registered.method === "use";
  if (!names.includes(name)) return false;
  // It takes only some of those that have a scene, which a name does not show.
  if (taker.registered.method === "onScan" && name !== "event scan") return false;
  const given = taker.comparison;
  if (given === undefined) return true;
  const texts = comparison?.texts;
  if (texts === undefined || !isSame(given, comparison as Comparison, name)) return false;
  return texts.every((text) => given.test(text) !== undefined);
}

/** Whether two compare the same part of a push. */
function isSame(one: Comparison, other: Comparison, name: string): boolean {
  if (one.subject === other.subject) return true;
  return name === "text" && one.subject === said && other.subject === typed;
}

function told({ route, taker, names }: Loss, language: OutputLanguage): readonly string[] {
  const lost = route.registered.in(language);
  const by = taker.registered.in(language);
  const isAlike = taker.registered.label === route.registered.label;
  const some = names?.map((name) => name.replace("event ", "")).join(", ");
  if (language === "zh") {
    return [
      `${lost}${some === undefined ? "永远不会执行" : `永远收不到 ${some}`}：${by}排在它前面，先接走了推送，又不调用 next()。`,
      isAlike
        ? "→ 两处注册的是同一件事：删掉一处，或者合并成一个处理函数。"
        : `→ 把 ${route.registered.label} 挪到 ${taker.registered.label} 前面；或者让前面那个接收 next，不归它管的就 return next()。`,
    ];
  }
  return [
    `${lost} ${some === undefined ? "can never run" : `never gets ${some}`}: ${by} comes before it and does not call next().`,
    isAlike
      ? "→ Both are registered for the same: delete one, or make one handler of them."
      : `→ Put ${route.registered.label} before ${taker.registered.label}; or have that one take next, and return next() for what is not its business.`,
  ];
}
