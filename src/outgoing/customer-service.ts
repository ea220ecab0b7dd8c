import { ReplyError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Reply } from "../message/reply.js";
import { type Clock, systemClock } from "../time/clock.js";
import { fitText } from "./text.js";

/** A customer-service message (客服消息) as WeChat takes it. Source: 「发送客服消息」. */
export type CustomerMessage = {
  readonly touser: string;
  /** 1 shows the line 「内容由第三方AI生成」 below it. */
  readonly aimsgcontext?: { readonly is_ai_msg: 0 | 1 };
} & (
  | { readonly msgtype: "text"; readonly text: { readonly content: string } }
  | { readonly msgtype: "image"; readonly image: { readonly media_id: string } }
  | { readonly msgtype: "voice"; readonly voice: { readonly media_id: string } }
  | {
      readonly msgtype: "video";
      readonly video: {
        readonly media_id: string;
        readonly title?: string;
        readonly description?: string;
      };
    }
  | {
      readonly msgtype: "music";
      readonly music: {
        readonly title?: string;
        readonly description?: string;
        readonly musicurl?: string;
        readonly hqmusicurl?: string;
        readonly thumb_media_id: string;
      };
    }
  | {
      readonly msgtype: "news";
      readonly news: {
        readonly articles: readonly [
          {
            readonly title: string;
            readonly description?: string;
            readonly url?: string;
            readonly picurl?: string;
          },
        ];
      };
    }
);

/** The two calls that late replies need. */
export interface Sender {
  /**
   * Gets ready for a call, as by an access token. Rejects when that fails: then nothing was sent, whatever
   * the reason.
   */
  prepare?(): Promise<unknown>;
  /** POST /cgi-bin/message/custom/send. Rejects with an error that has a numeric `errcode`. */
  send(message: CustomerMessage): Promise<unknown>;
  /** POST /cgi-bin/message/custom/typing: "对方正在输入" on or off. */
  typing(openid: string, on: boolean): Promise<unknown>;
}

/** The sender that labels each message as made by an AI (内容由第三方AI生成), or does not. */
export function labelling(sender: Sender, aiGenerated: boolean): Sender {
  if (!aiGenerated) return sender;
  return {
    ...sender,
    send: (message) => sender.send({ ...message, aimsgcontext: { is_ai_msg: 1 } }),
  };
}

/** How many customer-service messages may follow what a user did. */
export interface Quota {
  /** After a message of the user. Default: 5. */
  readonly message?: number;
  /** After a menu click, a follow or a scan. Default: 3. */
  readonly event?: number;
}

/** How many customer-service messages may follow this push. Source: 「发送客服消息」, on 下发条数. */
export function quotaOf(
  message: Pick<AnyMessage, "MsgType">,
  { message: said = 5, event = 3 }: Quota = {},
): number {
  return message.MsgType === "event" ? event : said;
}

/**
 * A reply as a customer-service message. Throws a ReplyError for what can only be a passive reply:
 * `reply.transfer()`, `reply.raw()`, and several articles at once.
 */
export function toCustomerMessage(reply: Reply, openid: string): CustomerMessage {
  const touser = openid;
  switch (reply.type) {
    case "text":
      return { touser, msgtype: "text", text: { content: reply.content } };
    case "image":
      return { touser, msgtype: "image", image: { media_id: reply.mediaId } };
    case "voice":
      return { touser, msgtype: "voice", voice: { media_id: reply.mediaId } };
    case "video": {
      const { mediaId: media_id, title, description } = reply;
      return { touser, msgtype: "video", video: given({ media_id, title, description }) };
    }
    case "music": {
      const { title, description, url: musicurl, hqUrl: hqmusicurl, thumbMediaId } = reply;
      const thumb_media_id = thumbMediaId;
      const music = given({ title, description, musicurl, hqmusicurl, thumb_media_id });
      return { touser, msgtype: "music", music };
    }
    case "news": {
      const [article, ...more] = reply.articles;
      if (article === undefined || more.length > 0) {
        throw new ReplyError(
          `A news reply with ${reply.articles.length} articles cannot be sent later: a customer-service message (客服消息) holds exactly one. Send one, or several messages with ctx.send().`,
        );
      }
      const { title, description, url, picUrl: picurl } = article;
      return {
        touser,
        msgtype: "news",
        news: { articles: [given({ title, description, url, picurl })] },
      };
    }
    default:
      throw new ReplyError(
        `A reply of the type "${reply.type}" cannot be sent as a customer-service message (客服消息); it works only as a passive reply. Return it within WeChat's five seconds.`,
      );
  }
}

/**
 * Sends a reply to a user as customer-service messages, one after the other: a text of more than
 * 2,048 bytes takes several. Rejects with WeChat's refusal. This is `ctx.send()`.
 */
export async function sendReply(sender: Sender, openid: string, reply: Reply | string) {
  const whole: Reply = typeof reply === "string" ? { type: "text", content: reply } : reply;
  if (whole.type === "none" || (whole.type === "text" && whole.content === "")) return;
  const parts: Reply[] =
    whole.type === "text"
      ? fitText(whole.content, undefined, "split").map((content) => ({ type: "text", content }))
      : [whole];
  for (const part of parts) await sender.send(toCustomerMessage(part, openid));
}

/** 对方正在输入 on the user's phone: a function that ends it. */
export interface Typing {
  (): void;
  /** Shows it once more: a message has taken its place. */
  again(): void;
}

/** The phone stops showing 对方正在输入 by itself after a while. */
const typingFades = 10_000;

/**
 * Shows 对方正在输入 until the returned function is called or `signal` aborts. Failures are ignored:
 * the reply matters, and many accounts may not do this. This is `ctx.typing()`.
 */
export function startTyping(
  sender: Sender,
  openid: string,
  { signal, clock = systemClock }: { readonly signal?: AbortSignal; readonly clock?: Clock } = {},
): Typing {
  let timer: unknown;
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    quietly(() => sender.typing(openid, false));
  };
  const show = () => {
    void quietly(() => sender.typing(openid, true)).then((shown) => {
      if (stopped) return;
      // An account that may not do it will not be allowed to in ten seconds either.
      if (!shown) stopped = true;
      else timer = clock.setTimeout(show, typingFades);
    });
  };
  const again = () => {
    if (stopped) return;
    clock.clearTimeout(timer);
    show();
  };
  const typing = Object.assign(stop, { again });
  if (signal?.aborted) {
    stopped = true;
    return typing;
  }
  signal?.addEventListener("abort", stop, { once: true });
  show();
  return typing;
}

/** 45081 means that the phone shows it already. */
async function quietly(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    return errcodeOf(error) === 45081;
  }
}

/** The number with which WeChat refused a call, if it did. */
export function errcodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

type Given<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The same without the fields that are undefined. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<T>;
}
