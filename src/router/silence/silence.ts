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
import { nobodyTook, wouldTake } from "./unmatched.js";
import { noHandlers } from "./unreachable.js";

/** What became of a push, beside what its handlers did. */
export interface Ending {
  /** What is to be said of an error that became no reply. */
  readonly error: unknown;
  /** Something stands in Koa's `ctx.body` since the handlers ran; it is overwritten. */
  readonly hasBody: boolean;
}

/** A sentence that says why, and one that says what to do. */
type Reason = readonly string[];

/** Why a push got no reply, and what to do; nothing where that is as it should be. */
export function whySilent(
  ctx: Context,
  trace: Trace,
  routes: readonly Route[],
  ending: Ending,
  language: OutputLanguage,
): Reason {
  const say = (en: Reason, zh: Reason): Reason => (language === "zh" ? zh : en);
  const { steps, caught, unsure } = trace;
  const name = (step: Step) => step.registered.in(language);
  if (ending.error !== undefined) return failed(trace, ending.error, language);
  if (caught !== undefined && isNothing(caught.result)) {
    const by = caught.by.in(language);
    const at = thrown(caught.error);
    return say(
      [
        `A handler threw ${at}, and ${by} returned nothing.`,
        "→ Return from catch() what the user is to read.",
      ],
      [`处理函数抛出了 ${at}，而${by}什么也没有返回。`, "→ 在 catch() 里 return 要回给用户的话。"],
    );
  }
  if (routes.length === 0 && strayRoutes().length === 0) return noHandlers(language);
  const fed = bodies(ctx, trace, ending, language);
  if (fed !== undefined) return fed;
  if (steps.length === 0) {
    const [asked] = unsure;
    if (asked !== undefined) return noVerdict(asked.in(language), language);
    return nobodyTook(ctx, routes, language);
  }
  const replied = steps.find(
    ({ returned, isDone }) => isDone && !isNothing(returned) && returned !== "",
  );
  const emptied = steps.find(({ returned }) => returned === "" || returned === false);
  if (emptied !== undefined) {
    return say(
      [
        `${name(emptied)} returned an empty text, which sends no message.`,
        "→ Return a text that is not empty; return nothing to leave the answer to those behind.",
      ],
      [
        `${name(emptied)}返回了空字符串，等于不回复。`,
        "→ 返回非空的文字；如果想让后面的处理函数来回答，就不要返回任何值。",
      ],
    );
  }
  if (replied !== undefined) {
    if ((replied.returned as { type?: unknown }).type === "none") {
      return say(
        [`${name(replied)} returned reply.none().`],
        [`${name(replied)}返回了 reply.none()。`],
      );
    }
    if (isStream(replied.returned as never)) {
      return say(
        [
          `${name(replied)} returned a stream that yielded no text.`,
          "→ See whether its source gives anything: yield at least one text that is not empty.",
        ],
        [
          `${name(replied)}返回的流一个字也没有产生。`,
          "→ 看看数据源有没有给出内容：至少 yield 一段非空文字。",
        ],
      );
    }
    return say(
      [
        `${name(replied)} returned a reply, and a hook of wx.outgoing() held it back.`,
        "→ Return the reply from the hook, or what is to leave in its place.",
      ],
      [
        `${name(replied)}返回了回复，但被 wx.outgoing() 的钩子拦下了。`,
        "→ 在钩子里 return 这条回复，或者 return 代替它发出的内容。",
      ],
    );
  }
  const last = steps.find(({ wentOn }) => !wentOn) ?? (steps.at(-1) as Step);
  return nothingOf(ctx, trace, last, routes, language);
}

/** What is to be said when a handler ran, or several, and nothing came of it. */
function nothingOf(
  ctx: Context,
  trace: Trace,
  last: Step,
  routes: readonly Route[],
  language: OutputLanguage,
): Reason {
  const say = (en: Reason, zh: Reason): Reason => (language === "zh" ? zh : en);
  const who = last.registered.in(language);
  for (const step of trace.steps) {
    const [built] = trace.dropped(step);
    if (built !== undefined) return dropped(step.registered.in(language), built, language);
  }
  if (trace.sent > 0) {
    return say(
      [`${who} returned nothing; ctx.send() sent a message instead.`],
      [`${who}没有返回值，消息是用 ctx.send() 发出的。`],
    );
  }
  if (!isAnswerable(ctx.message)) {
    return say(
      [`${who} took it; nobody waits for an answer to a report.`],
      [`${who}收到了；这是微信的通知，不需要回复。`],
    );
  }
  if (last.wentOn) {
    const missed = nobodyTook(ctx, behind(routes, last), language);
    return say(
      [
        `${who} called next(), and nobody behind it answered. ${missed[0] ?? ""}`.trimEnd(),
        ...missed.slice(1),
      ],
      [`${who}调用了 next()，但后面没有处理函数回答。${missed[0] ?? ""}`, ...missed.slice(1)],
    );
  }
  const { handlers } = last.registered;
  if (last.ran < handlers.length) {
    return say(
      [
        `${who} has ${handlers.length} handlers, and number ${last.ran} returned nothing without calling next(), so the rest never ran.`,
        "→ In that one, return next() to have the others answer.",
      ],
      [
        `${who}有 ${handlers.length} 个处理函数，第 ${last.ran} 个没有返回值，也没有调用 next()，后面的都没有执行。`,
        "→ 在那个函数里 return next()，让后面的来回答。",
      ],
    );
  }
  const later = behind(routes, last).find((route) => wouldTake(route, ctx));
  if (later !== undefined) {
    const other = later.registered.in(language);
    return say(
      [
        `${who} took the push, returned nothing and did not call next(), so ${other}, which is registered for it too, never ran.`,
        "→ If it is not the one to answer, end it with: return next(). If it is, return the answer.",
      ],
      [
        `${who}接走了这条推送，没有返回值，也没有调用 next()，所以同样匹配的${other}没有执行。`,
        "→ 如果不该由它回答，最后写 return next()；如果该它回答，就 return 要回复的内容。",
      ],
    );
  }
  if (last.registered.method === "use") {
    return say(
      [
        `${who} took the push, returned nothing and did not call next().`,
        "→ End it with: return next(), so that the handlers behind it get the push.",
      ],
      [
        `${who}接走了这条推送，没有返回值，也没有调用 next()。`,
        "→ 最后写 return next()，后面的处理函数才能收到推送。",
      ],
    );
  }
  if (handlers.some(hasNoReturn)) {
    return say(
      [
        `${who} ran and returned nothing: there is no "return" in it.`,
        '→ Write return before the answer: return "…"; or leave out the braces: (ctx) => "…".',
      ],
      [
        `${who}执行了，但没有返回值：函数里没有 return。`,
        '→ 在要回复的内容前写 return："return …"；或者去掉花括号：(ctx) => "…"。',
      ],
    );
  }
  return say(
    [
      `${who} ran and returned nothing.`,
      "→ Return what the user is to read on every way through it, and await what an async handler returns; where silence is meant, return reply.none().",
    ],
    [
      `${who}执行了，但没有返回值。`,
      "→ 检查函数的每条分支，都要 return 要回复的内容，异步结果要先 await；如果本来就不想回复，return reply.none()。",
    ],
  );
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
  const at = place.text;
  return language === "zh"
    ? [
        `${who}执行了，用 ${method}${at === undefined ? "" : `（${at}）`}做好了回复，但没有返回。`,
        `→ 在前面写上 return：return ${method.replace("()", "(…)")}；如果它在回调里，要 await 或 return 那个 Promise。`,
      ]
    : [
        `${who} ran, built ${method}${at === undefined ? "" : ` at ${at}`} and did not return it.`,
        `→ Write return before it: return ${method.replace("()", "(…)")}. If it is in a callback, await or return the promise.`,
      ];
}

/** That the handlers have not answered yet, although nobody waits any longer. */
export function stillRunning(ctx: Context, { steps }: Trace, language: OutputLanguage): Reason {
  const { message } = ctx;
  const what = message.MsgType === "event" ? message.Event : message.MsgType;
  const step = steps.findLast(({ isDone, thrown }) => !isDone && thrown === undefined);
  const who = step?.registered.in(language);
  return language === "zh"
    ? [
        `… ${what} → 还没有回复`,
        `${who ?? "处理函数"}仍在执行，微信已经不等了。`,
        "→ 看看它在等什么：每个 Promise 都要有结果；外部请求用 ctx.signal 加上时限。",
      ]
    : [
        `… ${what} → no reply yet`,
        `${who ?? "The handlers"} still ${who === undefined ? "run" : "runs"}, and WeChat no longer waits.`,
        "→ See what it waits for: every promise has to settle; give requests a limit, such as ctx.signal.",
      ];
}

function failed({ steps, caught }: Trace, error: unknown, language: OutputLanguage): Reason {
  const step =
    steps.find(({ thrown }) => thrown?.error === error) ?? steps.find(({ thrown }) => thrown);
  const who = step?.registered.in(language);
  const what = thrown(error);
  if (caught !== undefined && caught.error !== error) {
    const by = caught.by.in(language);
    return language === "zh"
      ? [`${by}自己抛出了 ${what}。`, '→ catch() 里不要再抛错。完整的错误在 app.on("error") 里。']
      : [
          `${by} threw ${what} itself.`,
          '→ Have catch() throw nothing. app.on("error") has the whole error.',
        ];
  }
  return language === "zh"
    ? [
        `${who ?? "回复发出前"}抛出了 ${what}。`,
        '→ 完整的错误在 app.on("error") 里；用 wx.catch(() => "…") 可以在出错时也给用户一句话。',
      ]
    : [
        `${who ?? "What makes the answer of a reply"} threw ${what}.`,
        '→ app.on("error") has the whole error; wx.catch(() => "…") answers the user all the same.',
      ];
}

function bodies(
  ctx: Context,
  { steps }: Trace,
  { hasBody }: Ending,
  language: OutputLanguage,
): Reason | undefined {
  const isOurs = Object.hasOwn(ctx, "body");
  if (!isOurs && !hasBody) return undefined;
  const where = isOurs ? "ctx.body" : "ctx.koa.body";
  const [step] = steps.filter(({ wentOn }) => !wentOn);
  const who = (step ?? steps.at(-1))?.registered.in(language);
  return language === "zh"
    ? [
        `${who === undefined ? "" : `${who}执行了，没有返回值；`}写进 ${where} 的内容会丢失，回复由返回值决定。`,
        `→ 不要写 ${where} = "…"，改成 return "…"。`,
      ]
    : [
        `${who === undefined ? "" : `${who} ran and returned nothing; `}what was put in ${where} is lost: a reply is what the handler returns.`,
        `→ In place of ${where} = "…", write: return "…".`,
      ];
}

function noVerdict(who: string, language: OutputLanguage): Reason {
  return language === "zh"
    ? [
        `${who}的判断函数什么也没有返回，等于“不匹配”。`,
        "→ 判断函数要 return true 或 false：检查花括号里是不是少了 return。",
      ]
    : [
        `The test of ${who} returned nothing, which counts as no.`,
        "→ Return true or false from it: see whether a return is missing within its braces.",
      ];
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
