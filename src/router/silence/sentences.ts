import { both, type OutputLanguage } from "../../language.js";

/** A sentence that says why, and one that says what to do. */
export type Reason = readonly string[];
/** The same in both languages. */
type Said = Readonly<Record<OutputLanguage, Reason>>;

const wholeError = both(
  '→ app.on("error") has the whole error; wx.catch(() => "…") answers the user all the same.',
  '→ 完整的错误在 app.on("error") 里；用 wx.catch(() => "…") 可以在出错时也给用户一句话。',
);

/**
 * What is said where a push got no reply, by why there was none. `who` is a registration as it is told in the
 * language that is picked: `sentences.emptyText(who)[language]`.
 */
export const sentences = {
  caught: (by: string, error: string): Said => ({
    en: [
      `A handler threw ${error}, and ${by} returned nothing.`,
      "→ Return from catch() what the user is to read.",
    ],
    zh: [
      `处理函数抛出了 ${error}，而${by}什么也没有返回。`,
      "→ 在 catch() 里 return 要回给用户的话。",
    ],
  }),
  catchThrew: (by: string, error: string): Said => ({
    en: [
      `${by} threw ${error} itself.`,
      '→ Have catch() throw nothing. app.on("error") has the whole error.',
    ],
    zh: [`${by}自己抛出了 ${error}。`, '→ catch() 里不要再抛错。完整的错误在 app.on("error") 里。'],
  }),
  threw: (who: string | undefined, error: string): Said => ({
    en: [`${who ?? "What makes the answer of a reply"} threw ${error}.`, wholeError.en],
    zh: [`${who ?? "回复发出前"}抛出了 ${error}。`, wholeError.zh],
  }),
  unfit: (who: string, error: string): Said => ({
    en: [`What ${who} returned could not be sent: ${error}.`, wholeError.en],
    zh: [`${who}返回的内容发不出去：${error}。`, wholeError.zh],
  }),
  noHandlers: (): Said => ({
    en: [
      "No handler is registered, so every push is acknowledged and no user gets an answer.",
      '→ Register one: wx.on("text", (ctx) => ctx.message.Content). If the handlers are on a Router of their own, mount it: wx.use(router).',
    ],
    zh: [
      "一个处理函数都没有注册，所以每条推送都只会回 success，用户什么也收不到。",
      '→ 注册一个：wx.on("text", (ctx) => ctx.message.Content)；如果处理函数写在另一个 Router 里，用 wx.use(router) 挂上来。',
    ],
  }),
  body: (who: string | undefined, where: string): Said => ({
    en: [
      `${who === undefined ? "" : `${who} ran and returned nothing; `}what was put in ${where} is lost: a reply is what the handler returns.`,
      `→ In place of ${where} = "…", write: return "…".`,
    ],
    zh: [
      `${who === undefined ? "" : `${who}执行了，没有返回值；`}写进 ${where} 的内容会丢失，回复由返回值决定。`,
      `→ 不要写 ${where} = "…"，改成 return "…"。`,
    ],
  }),
  noVerdict: (who: string): Said => ({
    en: [
      `The test of ${who} returned nothing, which counts as no.`,
      "→ Return true or false from it: see whether a return is missing within its braces.",
    ],
    zh: [
      `${who}的判断函数什么也没有返回，等于“不匹配”。`,
      "→ 判断函数要 return true 或 false：检查花括号里是不是少了 return。",
    ],
  }),
  nearMiss: (what: string, who: string): Said => ({
    en: [
      `No handler matched this ${what}. ${who} nearly did: only capitals, white space, width or a full stop differ.`,
      "→ A string must be equal; a RegExp can be lenient: /^\\s*help\\s*$/i.",
    ],
    zh: [
      `没有处理函数匹配这条 ${what}；${who}差一点：只是大小写、空格、全半角或句号不同。`,
      "→ 字符串要完全相等；想宽松一些就用正则，例如 /^\\s*help\\s*$/i。",
    ],
  }),
  heardOtherwise: (what: string, who: string): Said => ({
    en: [
      `No handler matched this ${what}. ${who} has the same words, but does not hear ${what}.`,
      "→ Use hears(…) there: it hears what is typed, spoken and tapped in the menu.",
    ],
    zh: [
      `没有处理函数匹配这条 ${what}；${who}写的是同样的词，但它不听 ${what}。`,
      "→ 换成 hears(…)：打字、语音、菜单按钮都能听到。",
    ],
  }),
  notMounted: (what: string, who: string): Said => ({
    en: [
      `No handler matched this ${what}. ${who} does, but its Router is not mounted anywhere.`,
      "→ Mount that Router: wx.use(router).",
    ],
    zh: [
      `没有处理函数匹配这条 ${what}；${who}匹配，但它所在的 Router 没有挂到任何地方。`,
      "→ 把那个 Router 挂上：wx.use(router)。",
    ],
  }),
  unheardReport: (what: string, fallback: string | undefined): Said => ({
    en: [
      `No handler takes ${what}: it is a report, to which nobody waits for an answer${fallback === undefined ? "" : `, and which ${fallback} does not get`}. To hear of it, register onEvent(${JSON.stringify(what)}, …).`,
    ],
    zh: [
      `没有处理函数接收 ${what}：这是微信的通知，用户并不等待回复${fallback === undefined ? "" : `，${fallback}也不接收它`}；需要处理就注册 onEvent(${JSON.stringify(what)}, …)。`,
    ],
  }),
  unmatched: (what: string, method: "on" | "onEvent", registered: readonly string[]): Said => ({
    en: [
      `No handler matched this ${what}. Registered are: ${registered.join(", ") || "none"}.`,
      `→ Register ${method}(${JSON.stringify(what)}, …), or a fallback(…) for all that nobody else answers.`,
    ],
    zh: [
      `没有处理函数匹配这条 ${what}。已注册的有：${registered.join("、") || "没有"}。`,
      `→ 注册 ${method}(${JSON.stringify(what)}, …)，或者用 fallback(…) 兜底。`,
    ],
  }),
  emptyText: (who: string): Said => ({
    en: [
      `${who} returned an empty text, which sends no message.`,
      "→ Return a text that is not empty; return nothing to leave the answer to those behind.",
    ],
    zh: [
      `${who}返回了空字符串，等于不回复。`,
      "→ 返回非空的文字；如果想让后面的处理函数来回答，就不要返回任何值。",
    ],
  }),
  none: (who: string): Said => ({
    en: [`${who} returned reply.none().`],
    zh: [`${who}返回了 reply.none()。`],
  }),
  emptyStream: (who: string): Said => ({
    en: [
      `${who} returned a stream that yielded no text.`,
      "→ See whether its source gives anything: yield at least one text that is not empty.",
    ],
    zh: [
      `${who}返回的流一个字也没有产生。`,
      "→ 看看数据源有没有给出内容：至少 yield 一段非空文字。",
    ],
  }),
  heldBack: (who: string): Said => ({
    en: [
      `${who} returned a reply, and a hook of wx.outgoing() held it back.`,
      "→ Return the reply from the hook, or what is to leave in its place.",
    ],
    zh: [
      `${who}返回了回复，但被 wx.outgoing() 的钩子拦下了。`,
      "→ 在钩子里 return 这条回复，或者 return 代替它发出的内容。",
    ],
  }),
  dropped: (who: string, method: string, at: string | undefined): Said => ({
    en: [
      `${who} ran, built ${method}${at === undefined ? "" : ` at ${at}`} and did not return it.`,
      `→ Write return before it: return ${method.replace("()", "(…)")}. If it is in a callback, await or return the promise.`,
    ],
    zh: [
      `${who}执行了，用 ${method}${at === undefined ? "" : `（${at}）`}做好了回复，但没有返回。`,
      `→ 在前面写上 return：return ${method.replace("()", "(…)")}；如果它在回调里，要 await 或 return 那个 Promise。`,
    ],
  }),
  sent: (who: string): Said => ({
    en: [`${who} returned nothing; ctx.send() sent a message instead.`],
    zh: [`${who}没有返回值，消息是用 ctx.send() 发出的。`],
  }),
  report: (who: string): Said => ({
    en: [`${who} took it; nobody waits for an answer to a report.`],
    zh: [`${who}收到了；这是微信的通知，不需要回复。`],
  }),
  wentOn: (who: string, [why = "", ...cure]: Reason): Said => ({
    en: [`${who} called next(), and nobody behind it answered. ${why}`.trimEnd(), ...cure],
    zh: [`${who}调用了 next()，但后面没有处理函数回答。${why}`, ...cure],
  }),
  stoppedAt: (who: string, number: number, count: number): Said => ({
    en: [
      `${who} has ${count} handlers, and number ${number} returned nothing without calling next(), so the rest never ran.`,
      "→ In that one, return next() to have the others answer.",
    ],
    zh: [
      `${who}有 ${count} 个处理函数，第 ${number} 个没有返回值，也没有调用 next()，后面的都没有执行。`,
      "→ 在那个函数里 return next()，让后面的来回答。",
    ],
  }),
  inTheWay: (who: string, other: string): Said => ({
    en: [
      `${who} took the push, returned nothing and did not call next(), so ${other}, which is registered for it too, never ran.`,
      "→ If it is not the one to answer, end it with: return next(). If it is, return the answer.",
    ],
    zh: [
      `${who}接走了这条推送，没有返回值，也没有调用 next()，所以同样匹配的${other}没有执行。`,
      "→ 如果不该由它回答，最后写 return next()；如果该它回答，就 return 要回复的内容。",
    ],
  }),
  noNext: (who: string): Said => ({
    en: [
      `${who} took the push, returned nothing and did not call next().`,
      "→ End it with: return next(), so that the handlers behind it get the push.",
    ],
    zh: [
      `${who}接走了这条推送，没有返回值，也没有调用 next()。`,
      "→ 最后写 return next()，后面的处理函数才能收到推送。",
    ],
  }),
  noReturn: (who: string): Said => ({
    en: [
      `${who} ran and returned nothing: there is no "return" in it.`,
      '→ Write return before the answer: return "…"; or leave out the braces: (ctx) => "…".',
    ],
    zh: [
      `${who}执行了，但没有返回值：函数里没有 return。`,
      '→ 在要回复的内容前写 return："return …"；或者去掉花括号：(ctx) => "…"。',
    ],
  }),
  nothing: (who: string): Said => ({
    en: [
      `${who} ran and returned nothing.`,
      "→ Return what the user is to read on every way through it, and await what an async handler returns; where silence is meant, return reply.none().",
    ],
    zh: [
      `${who}执行了，但没有返回值。`,
      "→ 检查函数的每条分支，都要 return 要回复的内容，异步结果要先 await；如果本来就不想回复，return reply.none()。",
    ],
  }),
  stillRunning: (what: string, who: string | undefined): Said => ({
    en: [
      `… ${what} → no reply yet`,
      `${who ?? "The handlers"} still ${who === undefined ? "run" : "runs"}, and WeChat no longer waits.`,
      "→ See what it waits for: every promise has to settle; give requests a limit, such as ctx.signal.",
    ],
    zh: [
      `… ${what} → 还没有回复`,
      `${who ?? "处理函数"}仍在执行，微信已经不等了。`,
      "→ 看看它在等什么：每个 Promise 都要有结果；外部请求用 ctx.signal 加上时限。",
    ],
  }),
};
