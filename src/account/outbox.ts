import type { Ability } from "../api/abilities.js";
import type { Client } from "../api/client.js";
import { errorName, type ReplyEvent, replies } from "../diagnostics.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import {
  type FileReply,
  isFileReply,
  type Reply,
  type Result,
  toAnswer,
  toReply,
} from "../message/reply.js";
import { labelling, type Sender } from "../outgoing/customer-service.js";
import { type LatePolicy, LateReplies } from "../outgoing/late.js";
import type { StreamedAnswer } from "../outgoing/streamed-answer.js";
import { place } from "../places.js";
import type { Context, MessageOptions } from "../router/context.js";
import type { Stoppable } from "../router/stoppable.js";
import type { Orphan } from "../runs/agreement/orphans.js";
import type { Claim } from "../runs/work.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import type { Common } from "./common.js";
import { Departure, type Finish } from "./departure.js";
import { canCallWechat, type GivenOptions } from "./options.js";
import { type StreamingOptions, streamed } from "./streaming.js";
import { withMediaId } from "./with-media-id.js";

/** What a user reads whose answer was promised by a process that has died. */
const brokenOff = "抱歉，刚才的回答中断了，请再发一次。";

/** What leaves an account: the handlers' replies, in time or late, streams, and messages of its own. */
export class Outbox {
  /** Which way late replies go. */
  readonly late: LatePolicy<Context>;
  /** The same in a word, for those who watch. */
  readonly lateWay: ReplyEvent["way"];
  readonly #options: GivenOptions;
  readonly #common: Common;
  readonly #api: () => Client;
  readonly #sender: Sender | undefined;
  readonly #late: LateReplies<Context>;
  readonly #departure: Departure;
  readonly #streaming: StreamingOptions;

  /** `api` gives the account's client, or throws a ConfigError where there is none. */
  constructor(options: GivenOptions, common: Common, prefix: string, api: () => Client) {
    const { appId, deadline = {} } = options;
    this.#options = options;
    this.#common = common;
    this.#api = api;
    this.#sender =
      appId !== undefined && canCallWechat(options)
        ? {
            prepare: async () => api().prepare(),
            send: (message) => api().customerService.send(message),
            typing: (openid, on) => api().customerService.typing(openid, on),
          }
        : undefined;
    const late: LatePolicy<Context> =
      deadline.late ?? (this.#sender === undefined ? "drop" : "send");
    this.#late = new LateReplies({
      store: common.placed,
      prefix,
      late,
      collect: deadline.collect,
      used: common.store.shared || prefix !== "",
      sender: this.#sender && labelling(this.#sender, options.aiGenerated === true),
      outlook: common.hooks,
      lease: deadline.lease,
      clock: common.clock,
      onError: (error) => common.report(error, undefined),
    });
    const { hooks, router } = common;
    const { overflow = "error" } = options;
    this.#departure = new Departure({ hooks, late: this.#late, router, overflow });
    this.#streaming = {
      hooks,
      late: this.#late,
      router,
      sender: this.#sender,
      // Whoever cannot be sent the rest can fetch it.
      way: deadline.late ?? (this.#sender === undefined ? "collect" : "send"),
      patience: { delivery: deadline.ms ?? 4_500, ahead: () => common.ahead() },
      maySend: () => this.can("customer-service"),
      report: common.report,
      clock: common.clock,
    };
    this.late = late;
    this.lateWay = typeof late === "function" ? "custom" : late;
  }

  /** Sends a customer-service message; what a handler sends has its `ctx`. */
  async send(
    openid: string,
    reply: Reply | FileReply | string,
    { aiGenerated = this.#options.aiGenerated === true }: MessageOptions = {},
    ctx?: Context,
  ): Promise<void> {
    const whole = await this.finish(reply, "ctx.send()");
    if (whole === undefined) return;
    await this.#late.send(openid, whole, labelling(this.#mustSend(), aiGenerated), ctx);
  }

  async can(ability: Ability): Promise<boolean> {
    return this.#sender !== undefined && this.#api().can(ability);
  }

  async typing(openid: string, on: boolean): Promise<void> {
    await this.#mustSend().typing(openid, on);
  }

  /** Resolves when nothing is on its way any more that was to follow a passive reply. */
  idle(): Promise<void> {
    return this.#late.idle();
  }

  /** Where in the store stands what a text of the user may fetch, if other processes put it there. */
  waitingKey({ MsgType, FromUserName }: AnyMessage): string | undefined {
    return MsgType === "text" ? this.#late.waitingKey(FromUserName) : undefined;
  }

  /** Has the handlers answer, or what the user's text fetches, if something waits for it. */
  respond(
    ctx: Context,
    finish: Finish,
    known: { readonly value: string | undefined } | undefined,
    failed?: (error: unknown) => void,
  ): MaybePromise<Reply | Stoppable | undefined> {
    const { message } = ctx;
    const waiting =
      message.MsgType === "text" ? this.#late.take(ctx.openid, message.Content, known) : undefined;
    const { router } = this.#common;
    const departure = this.#departure;
    const respond = () => departure.leave(router.respond(ctx, finish, failed), ctx, finish, failed);
    if (waiting === undefined) return respond();
    return waiting.then((taken) =>
      taken === undefined ? respond() : departure.page(taken, ctx, finish, failed),
    );
  }

  /** Delivers an answer that streams; `name` is that of its push. */
  stream(
    source: Stoppable,
    ctx: Context,
    named: { readonly name: string; readonly finish: Finish },
  ): StreamedAnswer<Context> {
    return streamed(source, ctx, named, this.#streaming);
  }

  /** What the last delivery is answered with when the handlers are not done. */
  async placeholder(ctx: Context, finish: (result: Result) => MaybePromise<Reply | undefined>) {
    const { ahead, delivery } = this.#streaming.patience;
    const make = async () => finish(await this.#options.deadline?.onTimeout?.(ctx));
    return this.#departure.placeholder(make, ctx, ahead() || delivery);
  }

  /** Delivers a late reply, if `claim` says yes when it is its turn. */
  async deliverLate(
    reply: Reply | "broken",
    name: string,
    ctx: Context,
    claim: Claim,
  ): Promise<void> {
    const begun = performance.now();
    const type = reply === "broken" ? "text" : reply.type;
    let isClaimed = true;
    const mayLeave = async () => {
      isClaimed = await claim();
      return isClaimed;
    };
    const tell = (outcome: ReplyEvent["outcome"], error?: string) => {
      if (!replies.watched || !isClaimed) return;
      const way = this.lateWay;
      const duration = performance.now() - begun;
      replies.publish({ appId: this.#options.appId, type, way, outcome, error, duration });
    };
    try {
      if (reply === "broken") await this.#breakOff(ctx.openid, name, mayLeave);
      else {
        const { openid, message } = ctx;
        const { reply: whole, looked } = this.#departure.late(reply, ctx);
        await this.#late.deliver(whole, { openid, message, ctx, claim: mayLeave }, looked);
      }
      tell("sent");
    } catch (error) {
      tell("failed", errorName(error));
      // The user can be told nothing any more; wx.catch hears of it all the same.
      await this.#common.router.rescue(error, ctx);
    }
  }

  /** Delivers what a process promised that has died since, or says that the answer broke off. */
  async deliverOrphan({ key, to, outcome }: Orphan, claim: Claim): Promise<void> {
    // A function of the user's wants the context of its push, which is gone.
    const isTheirs = typeof this.#options.deadline?.late === "function";
    try {
      if (outcome?.reply === undefined || isTheirs) await this.#breakOff(to.openid, key, claim);
      else await this.#late.deliverTo(to.openid, outcome.reply, claim);
    } catch (error) {
      this.#common.report(error, undefined);
    }
  }

  /** Checks what a handler returned, and uploads a file in it: nothing else ever sees one. */
  finish(result: Result, name: string): MaybePromise<Reply | undefined> {
    const answer = toAnswer(result, name);
    return answer !== undefined && isFileReply(answer) ? withMediaId(answer, this.#api()) : answer;
  }

  async #breakOff(openid: string, name: string, claim: Claim): Promise<void> {
    const { onBroken = brokenOff } = this.#options.deadline ?? {};
    const word = toReply(onBroken, "deadline.onBroken");
    if (word !== undefined) await this.#late.breakOff(openid, name, word, claim);
  }

  #mustSend(): Sender {
    if (this.#sender !== undefined) return this.#sender;
    throw new ConfigError(
      `ctx.send() and ctx.typing() need "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}.`,
    );
  }
}
