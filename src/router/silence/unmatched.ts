import type { OutputLanguage } from "../../language.js";
import { isAnswerable } from "../../message/answerable.js";
import type { Context } from "../context.js";
import { strayRoutes } from "../dispatcher.js";
import { said } from "../matching/accept.js";
import { matchOf, type Route } from "../matching/routes.js";

/** That nobody took a push, and which registration comes nearest to it. */
export function nobodyTook(
  ctx: Context,
  routes: readonly Route[],
  language: OutputLanguage,
): readonly string[] {
  const { message } = ctx;
  const what = message.MsgType === "event" ? message.Event : message.MsgType;
  const near = nearMiss(ctx, routes);
  const zh = language === "zh";
  if (near !== undefined) {
    const who = near.registered.in(language);
    return zh
      ? [
          `没有处理函数匹配这条 ${what}；${who}差一点：只是大小写、空格、全半角或句号不同。`,
          "→ 字符串要完全相等；想宽松一些就用正则，例如 /^\\s*help\\s*$/i。",
        ]
      : [
          `No handler matched this ${what}. ${who} nearly did: only capitals, white space, width or a full stop differ.`,
          "→ A string must be equal; a RegExp can be lenient: /^\\s*help\\s*$/i.",
        ];
  }
  const other = otherWay(ctx, routes);
  if (other !== undefined) {
    const who = other.registered.in(language);
    return zh
      ? [
          `没有处理函数匹配这条 ${what}；${who}写的是同样的词，但它不听 ${what}。`,
          `→ 换成 hears(…)：打字、语音、菜单按钮都能听到。`,
        ]
      : [
          `No handler matched this ${what}. ${who} has the same words, but does not hear ${what}.`,
          "→ Use hears(…) there: it hears what is typed, spoken and tapped in the menu.",
        ];
  }
  const stray = strayRoutes().find((route) => wouldTake(route, ctx));
  if (stray !== undefined) {
    const who = stray.registered.in(language);
    return zh
      ? [
          `没有处理函数匹配这条 ${what}；${who}匹配，但它所在的 Router 没有挂到任何地方。`,
          "→ 把那个 Router 挂上：wx.use(router)。",
        ]
      : [
          `No handler matched this ${what}. ${who} does, but its Router is not mounted anywhere.`,
          "→ Mount that Router: wx.use(router).",
        ];
  }
  const fallback = routes.find(({ registered }) => registered.method === "fallback");
  if (!isAnswerable(message)) {
    const but = fallback?.registered.in(language);
    return zh
      ? [
          `没有处理函数接收 ${what}：这是微信的通知，用户并不等待回复${but === undefined ? "" : `，${but}也不接收它`}；需要处理就注册 onEvent(${JSON.stringify(what)}, …)。`,
        ]
      : [
          `No handler takes ${what}: it is a report, to which nobody waits for an answer${but === undefined ? "" : `, and which ${but} does not get`}. To hear of it, register onEvent(${JSON.stringify(what)}, …).`,
        ];
  }
  const list = routes
    .slice(0, 3)
    .map(({ registered }) => registered.in(language))
    .join(zh ? "、" : ", ");
  const kind = message.MsgType === "event" ? "onEvent" : "on";
  return zh
    ? [
        `没有处理函数匹配这条 ${what}。已注册的有：${list || "没有"}。`,
        `→ 注册 ${kind}(${JSON.stringify(what)}, …)，或者用 fallback(…) 兜底。`,
      ]
    : [
        `No handler matched this ${what}. Registered are: ${list || "none"}.`,
        `→ Register ${kind}(${JSON.stringify(what)}, …), or a fallback(…) for all that nobody else answers.`,
      ];
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

function fitsNearly(triggers: readonly (string | RegExp)[], text: string): boolean {
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
