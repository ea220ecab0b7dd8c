import type { Reply } from "../message/reply.js";
import { Recent } from "../store/recent.js";
import type { Kept } from "./run.js";

/** What further deliveries of finished pushes are answered with. */
export class Finished {
  readonly #recent: Recent;
  /** Placeholders that are still being made, for as long as that takes. */
  readonly #pending = new Map<string, Promise<Reply | undefined>>();

  constructor(max: number, ttl: number, now: () => number) {
    this.#recent = new Recent(max, ttl, now);
  }

  keep(key: string, answer: Kept): void {
    if (!(answer instanceof Promise)) {
      this.#recent.set(key, encode(answer));
      return;
    }
    this.#pending.set(key, answer);
    void answer.then((reply) => {
      this.#pending.delete(key);
      this.#recent.set(key, encode(reply));
    });
  }

  get(key: string): { readonly answer: Kept } | undefined {
    const pending = this.#pending.get(key);
    if (pending !== undefined) return { answer: pending };
    const text = this.#recent.get(key);
    return text === undefined ? undefined : { answer: decode(text) };
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
