import { WechatError } from "../errors.js";
import type { Reply } from "../message/reply.js";
import { place } from "../places.js";
import { errcodeOf, type Sender, toCustomerMessage } from "./customer-service.js";
import { cut } from "./cut.js";
import type { OutgoingWay, Outlook } from "./hooks.js";
import { fits, fitText } from "./text.js";

/**
 * How far a text has been looked at, before it leaves in parts: its source has been mapped, and each part
 * is still to be passed, or it has been passed as a whole.
 */
export type Looked = "source" | "whole" | undefined;

/** Whom messages are for. `C` is the context that handlers get. */
export interface Recipient<C> {
  readonly openid: string;
  /** Not known for what a process that died has left. */
  readonly ctx: C | undefined;
}

/** What could not be sent of a reply; `more` of what the user has begun to read. */
export interface Unsent {
  readonly reply: Reply;
  readonly looked: Looked;
  readonly more: boolean;
}

/** Refusals after which the same reply can still reach the user as a passive one. */
const refusals: Readonly<Record<number, string>> = {
  40001: "the access token is not accepted",
  40014: "the access token is not accepted",
  40164: `this machine's address is not in the list of ${place("whitelist")}`,
  42001: "the access token is not accepted",
  43004: "the user does not follow the account",
  45009: "the day's quota of API calls is used up",
  45011: "too many API calls in this minute",
  45015: "the user has been silent for too long (48 hours after a message, one minute after a tap)",
  45047: "too many messages since the user's last one (5 after a message, 3 after a tap)",
  48001: "the account has no permission for 客服消息, which only verified accounts have",
  48002: "the user has switched messages off",
  48004: "the API is banned for this account",
  50002: "the account is restricted",
};
/** Stands for the refusal of a message that never left, for want of a token. */
const noToken = 0;

/** WeChat says that the user does not follow the account. */
export const notFollowing = 43004;

/** Sends replies as customer-service messages, as many as they take, each of them looked at before it leaves. */
export class CustomerMessages<C> {
  readonly #sender: Sender | undefined;
  readonly #outlook: Outlook<C>;
  readonly #warn: (message: string) => void;

  constructor(
    sender: Sender | undefined,
    outlook: Outlook<C>,
    /** Takes what the developer should know. */
    warn: (message: string) => void,
  ) {
    this.#sender = sender;
    this.#outlook = outlook;
    this.#warn = warn;
  }

  /**
   * Sends a reply in at most `quota` messages; of a long text, the last one is made by `split`. Resolves to
   * what is left when WeChat refuses, or when there is more. Rejects when a message is lost, or a hook fails.
   */
  async send(
    reply: Reply,
    to: Recipient<C> & { readonly way: OutgoingWay },
    quota: number,
    split: (text: string) => [page: string, rest: string],
    before: Looked = undefined,
  ): Promise<Unsent | undefined> {
    let [rest, looked]: [Reply | undefined, Looked] = await this.prepare(reply, to, before);
    for (let left = quota; rest !== undefined; ) {
      const [part, more]: [Reply, Reply?] = partOf(rest, left === 1 ? split : undefined);
      const passed = await this.pass(part, to, looked);
      if (passed !== undefined) {
        if ((await this.sendOne(passed, to.openid)) !== undefined) {
          return { reply: rest, looked, more: false };
        }
        left -= 1;
      }
      if (more !== undefined && left === 0) return { reply: more, looked, more: true };
      rest = more;
    }
    return undefined;
  }

  /** A reply as it is to be cut, if it is. */
  async prepare(
    reply: Reply,
    info: Recipient<C> & { readonly way: OutgoingWay },
    looked: Looked,
  ): Promise<[Reply, Looked]> {
    if (looked !== undefined || reply.type !== "text" || fits(reply.content)) {
      return [reply, looked];
    }
    const content = await this.#outlook.prepare(reply.content, info);
    return [{ type: "text", content }, "source"];
  }

  /** What leaves instead of a message; `undefined` if nothing does. */
  async pass(
    part: Reply,
    { way, openid, ctx }: Recipient<C> & { readonly way: OutgoingWay },
    looked: Looked,
  ): Promise<Reply | undefined> {
    if (looked === "whole") return part;
    return this.#outlook.pass(part, { way, openid, ctx }, looked === "source");
  }

  /**
   * Sends one message; resolves to the errcode with which WeChat refused it, or to `undefined` if it took it.
   * What never left is refused as well. Rejects when it is lost.
   */
  async sendOne(passed: Reply, openid: string): Promise<number | undefined> {
    const sender = this.#sender;
    if (sender === undefined) {
      throw new WechatError(
        "WX_LATE",
        `A late reply could not be sent: deadline.late is "send", but there is no "appSecret". Add it (${place("appSecret")}), or set deadline.late to "collect".`,
      );
    }
    try {
      await sender.prepare?.();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#warn(
        `A late reply could not be sent for want of an access token, and waits for the user's next message instead. ${said}`,
      );
      return noToken;
    }
    try {
      for (const message of messagesOf(passed)) {
        await sender.send(toCustomerMessage(message, openid));
      }
      return undefined;
    } catch (error) {
      const errcode = errcodeOf(error) ?? 0;
      const reason = refusals[errcode];
      if (reason === undefined) throw error;
      this.#warn(
        `WeChat refused a customer-service message (客服消息): ${errcode}, ${reason}. The reply waits for the user's next message instead.`,
      );
      return errcode;
    }
  }
}

/** A hook may have made a text longer than a message. */
function messagesOf(reply: Reply): readonly Reply[] {
  if (reply.type !== "text") return [reply];
  return fitText(reply.content, undefined, "split").map((content) => ({ type: "text", content }));
}

/** The next message of a reply, and what remains. */
function partOf(
  reply: Reply,
  split: ((text: string) => [page: string, rest: string]) | undefined,
): [Reply, Reply?] {
  if (reply.type !== "text" || fits(reply.content)) return [reply];
  // Without blank ends no part can be blank, which WeChat refuses.
  const content = reply.content.trim();
  if (fits(content)) return [{ type: "text", content }];
  const end = split === undefined ? cut(content) : 0;
  const [page, rest] = split?.(content) ?? [content.slice(0, end), content.slice(end).trimStart()];
  return [
    { type: "text", content: page },
    { type: "text", content: rest },
  ];
}
