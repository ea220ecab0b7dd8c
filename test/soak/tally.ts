import type { ChatEntry } from "../../src/simulator/world/chat.js";
import type { PushRecord } from "../../src/simulator/world/journal.js";

/** What became of one push, as its user saw it. */
interface Entry {
  readonly at: number;
  /** Whether a reply is due. */
  readonly isAsked: boolean;
  /** Milliseconds that its handler takes. */
  readonly takes: number;
  passive: number;
  late: number;
  record: PushRecord | undefined;
}

/** A push that got no reply, or more than one, or one that nobody asked for. */
export interface Wrong {
  readonly id: string;
  readonly takes: number;
  readonly passive: number;
  readonly late: number;
  readonly outcome: string;
  /** How each delivery ended, and after how many milliseconds. */
  readonly attempts: readonly string[];
}

/** Counts, as the simulated WeChat sees them, the replies to every push. */
export class Tally {
  readonly #open = new Map<string, Entry>();
  readonly #settling: number;
  readonly lost: Wrong[] = [];
  readonly double: Wrong[] = [];
  judged = 0;
  passive = 0;
  late = 0;
  silent = 0;
  /** Deliveries beyond the first of a push. */
  retries = 0;

  /** `settling`: how long after a push its replies are counted, in milliseconds. */
  constructor(settling: number) {
    this.#settling = settling;
  }

  /** How many pushes are not judged yet. */
  get open(): number {
    return this.#open.size;
  }

  sent(id: string, { isAsked, takes }: Pick<Entry, "isAsked" | "takes">): void {
    const entry = { at: performance.now(), isAsked, takes, passive: 0, late: 0, record: undefined };
    this.#open.set(id, entry);
  }

  /** Notes a line of somebody's chat: a reply says which push it answers. */
  note({ from, by, content }: ChatEntry): void {
    if (from !== "account" || content.type !== "text") return;
    const id = /^re:(.+)$/.exec(content.content)?.[1];
    const entry = id === undefined ? undefined : this.#open.get(id);
    if (entry === undefined) return;
    if (by === "reply") entry.passive += 1;
    else entry.late += 1;
  }

  delivered(id: string, record: PushRecord | undefined): void {
    const entry = this.#open.get(id);
    if (entry !== undefined) entry.record = record;
    this.retries += (record?.attempts.length ?? 1) - 1;
  }

  /** Judges the pushes whose time is over; with `all`, every one. */
  judge(all = false): void {
    const before = performance.now() - this.#settling;
    for (const [id, entry] of this.#open) {
      if (!all && entry.at > before) break;
      this.#open.delete(id);
      this.#count(id, entry);
    }
  }

  #count(id: string, { isAsked, takes, passive, late, record }: Entry): void {
    this.judged += 1;
    const due = isAsked ? 1 : 0;
    if (!isAsked) this.silent += 1;
    else if (passive > 0) this.passive += 1;
    else if (late > 0) this.late += 1;
    if (passive + late === due && record !== undefined) return;
    const attempts = (record?.attempts ?? []).map(
      ({ at, duration, failure, status }) =>
        `${new Date(at).toISOString().slice(11, 23)} ${failure ?? status} after ${duration} ms`,
    );
    const outcome = record?.outcome ?? "pending";
    const wrong: Wrong = { id, takes, passive, late, outcome, attempts };
    (passive + late > due ? this.double : this.lost).push(wrong);
  }
}
