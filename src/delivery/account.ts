import type { Context as KoaContext } from "koa";
import { ReplyError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { type Reply, type Result, textLimit, toReply } from "../message/reply.js";
import { Context, type Run } from "../router/context.js";
import type { Router } from "../router/router.js";
import { MemoryStore } from "../store/memory.js";
import { scoped } from "../store/store.js";
import { Envelope } from "../wire/envelope.js";
import type { XmlElement } from "../wire/xml.js";
import { Delivery } from "./delivery.js";
import { runKey } from "./key.js";
import { checkOptions, type WechatOptions } from "./options.js";
import { ReplayGuard } from "./replay.js";
import type { Work } from "./run.js";
import { fits, truncate } from "./text.js";

/** Where errors go that `wx.catch` has not taken. */
export type Report = (error: unknown, koa: KoaContext | undefined) => void;

/** What is kept for one account between its pushes. */
export class Account {
  readonly options: WechatOptions;
  readonly now: () => number;
  readonly envelope: Envelope;
  readonly replay: ReplayGuard;
  readonly delivery: Delivery;
  readonly report: Report;
  readonly #router: Router;

  constructor(options: WechatOptions, router: Router, report: Report) {
    checkOptions(options);
    const { deadline = {}, maxAge = 300, store = new MemoryStore() } = options;
    this.options = options;
    this.now = options.now ?? Date.now;
    this.envelope = new Envelope(options);
    // A signature is fresh from maxAge before its own time to maxAge after it.
    this.replay = new ReplayGuard(scoped(store, options.appId ?? "account"), maxAge * 2_000);
    this.delivery = new Delivery({
      store,
      deadline: { ...deadline, late: deadline.late ?? "drop" },
    });
    this.report = report;
    this.#router = router;
  }

  /** The work that a push means: to be started once, however often the push is delivered. */
  work(message: AnyMessage, raw: XmlElement, koa: KoaContext | undefined): Work {
    const { deadline: { onTimeout, late = "drop" } = {}, dedupeKey = runKey } = this.options;
    const name = message.MsgType === "event" ? message.Event : message.MsgType;
    // Made by whichever comes first: where another process has the handlers, only onTimeout needs it.
    let ctx: Context | undefined;
    const contextOf = (run: Run) => {
      ctx ??= new Context(message, raw, run, koa);
      return ctx;
    };
    const finish = (result: Result) => this.#fit(toReply(result, name), ctx?.late === true);
    const orReport = async (answer: () => Promise<Reply | undefined>) => {
      try {
        return await answer();
      } catch (error) {
        this.report(error, koa);
        return undefined;
      }
    };
    return {
      key: dedupeKey(message, this.options.appId ?? message.ToUserName),
      start: (run) => orReport(() => this.#router.respond(contextOf(run), finish)),
      placeholder: (run) => orReport(async () => finish(await onTimeout?.(contextOf(run)))),
      deliverLate: async (reply, run) => {
        if (late !== "drop") await orReport(async () => void (await late(reply, contextOf(run))));
        else {
          process.emitWarning(
            `The handler for "${name}" took longer than WeChat waits, and its reply was dropped. Answer faster, or set deadline.late to a function that delivers it.`,
            { code: "WX_LATE" },
          );
        }
      },
    };
  }

  /** Keeps a text within what WeChat accepts. One that is late anyway need not fit in one message. */
  #fit(reply: Reply | undefined, late: boolean): Reply | undefined {
    if (reply?.type !== "text" || late || fits(reply.content)) return reply;
    if (this.options.overflow === "truncate") {
      return { type: "text", content: truncate(reply.content) };
    }
    throw new ReplyError(
      `The text reply has ${Buffer.byteLength(reply.content)} bytes; WeChat accepts ${textLimit} (about 680 Chinese characters) and shows an error otherwise. Shorten it, or set overflow: "truncate".`,
      "WX_REPLY_TOO_LONG",
    );
  }
}
