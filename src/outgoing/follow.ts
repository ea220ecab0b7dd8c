import type { Reply } from "../message/reply.js";
import type { Clock } from "../time/clock.js";
import type { GrowingText } from "./growing-text.js";

/** A text that is delivered while it is being written. */
export interface Following {
  readonly text: GrowingText;
  /** Asked before anything leaves: whether it still may. */
  claim(): Promise<boolean>;
  /** What leaves instead of a part; `undefined` if nothing does. Ends the text where a hook fails. */
  pass(part: Reply): Promise<Reply | undefined>;
  /** A part was sent, and more follow. */
  sent?(): void;
  readonly clock: Clock;
}

/** What became of a text: all of it has left, some of it is there that may not be sent, or nobody wants it any more. */
export type Followed = "done" | "left" | "lost";

/**
 * Sends a text in as few messages as there may be of it, each as soon as it is full; the last one waits for the end, and
 * holds all that fits.
 */
export async function sendParts(
  { text, claim, pass, sent }: Following,
  quota: number,
  /** Sends one; resolves to whether WeChat took it. */
  send: (reply: Reply) => Promise<boolean>,
  /** For the last one: what of a long text is sent, and what is left. */
  split: (content: string) => [page: string, rest: string],
): Promise<Followed> {
  for (let left = quota; left > 0; ) {
    const isLast = left === 1;
    while (!text.isOver && (isLast || text.message() === 0)) await text.change();
    const length = text.message();
    const isPage = isLast && text.text.slice(length).trim() !== "";
    const [page, rest] = isPage
      ? split(text.text.trimStart())
      : [text.text.slice(0, length).trim(), ""];
    if (page !== "") {
      if (!(await claim())) return "lost";
      const passed = await pass({ type: "text", content: page });
      if (passed !== undefined) {
        if (!(await send(passed))) return "left";
        left -= 1;
        if (!text.isOver) sent?.();
      }
    }
    text.take(isPage ? text.text.length - rest.length : length);
    if (text.isOver && text.text.trim() === "") return "done";
  }
  return "left";
}

/** Puts a text, sentence by sentence, where the user's 继续 finds it. */
export async function keepParts(
  { text, claim, clock }: Omit<Following, "pass">,
  pause: number,
  write: (content: string, isOver: boolean) => Promise<void>,
): Promise<Followed> {
  for (let isFirst = true; ; isFirst = false) {
    const length = text.isOver ? text.text.length : text.sentences();
    const { isOver } = text;
    if (isFirst || isOver || length > 0) {
      if (!(await claim())) return "lost";
      await write(text.text.slice(0, length), isOver);
      text.take(length);
    }
    if (isOver) return "done";
    // Not at every word: each time the store is asked.
    const until = clock.now() + pause;
    while (!text.isOver && clock.now() < until) await text.change(until - clock.now());
  }
}
