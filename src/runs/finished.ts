import type { Reply } from "../message/reply.js";
import { Recent } from "../store/recent.js";
import type { Kept } from "./host.js";

/** How many finished pushes of one account are remembered, at least: a thousand a second for as long as WeChat retries. */
const most = 20_000;
/** Letters of a reply that is kept beside its push. */
const short = 128;
/** Stands for a longer reply, which is kept elsewhere. JSON does not begin with it. */
const long = "L";

/**
 * What further deliveries of finished pushes are answered with. That a push is finished is remembered by number,
 * however long the replies are; of many long replies the older ones are forgotten first, and then
 * the push is acknowledged without a message.
 */
export class Finished {
  readonly #answers: Recent;
  readonly #longReplies: Recent;
  /** Placeholders that are still being made, for as long as that takes. */
  readonly #pending = new Map<string, Promise<Reply | undefined>>();

  /** `accountOf` tells whose push a key is of, where there are several accounts: no one's fill another's table. */
  constructor(ttl: number, now: () => number, accountOf?: (key: string) => string) {
    this.#answers = new Recent(most, ttl, now, accountOf);
    this.#longReplies = new Recent(most, ttl, now, accountOf);
  }

  keep(key: string, answer: Kept): void {
    if (!(answer instanceof Promise)) {
      this.#keep(key, answer);
      return;
    }
    this.#pending.set(key, answer);
    void answer.then((reply) => {
      this.#pending.delete(key);
      this.#keep(key, reply);
    });
  }

  get(key: string, now?: number): { readonly answer: Kept } | undefined {
    const pending = this.#pending.size === 0 ? undefined : this.#pending.get(key);
    if (pending !== undefined) return { answer: pending };
    const text = this.#answers.get(key, now);
    if (text === undefined) return undefined;
    return { answer: decode(text === long ? (this.#longReplies.get(key, now) ?? "") : text) };
  }

  #keep(key: string, reply: Reply | undefined): void {
    const text = encode(reply);
    const isShort = text.length <= short;
    if (!isShort) this.#longReplies.set(key, text);
    this.#answers.set(key, isShort ? text : long);
  }
}

/** Text replies, of which there are most, stand for themselves behind a letter that JSON cannot begin with. */
function encode(reply: Reply | undefined): string {
  if (reply === undefined) return "";
  return reply.type === "text" ? `T${reply.content}` : JSON.stringify(reply);
}

function decode(text: string): Reply | undefined {
  if (text === "") return undefined;
  return text.startsWith("T") ? { type: "text", content: text.slice(1) } : JSON.parse(text);
}
