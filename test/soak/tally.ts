import type { ChatEntry } from "../../src/simulator/world/chat.js";
import type { PushRecord } from "../../src/simulator/world/journal.js";

/** What became of one push, as its user saw it. */
interface Entry {
  readonly at: number;
  /** Whether a reply is due. */
  readonly isAsked: boolean;
  /** Milliseconds that its handler takes. */
  readonly takes: number;
  /** Whether its answer is written piece by piece, so that its end may come apart from its beginning. */
  readonly isStream: boolean;
  passive: number;
  late: number;
  ends: number;
  record: PushRecord | undefined;
}

/** A push that got no reply, or more than one, or one that nobody asked for. */
export interface Wrong {
  readonly id: string;
  readonly takes: number;
  readonly passive: number;
  readonly late: number;
  readonly ends: number;
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

  sent(
    id: string,
    { isAsked, takes, isStream = false }: Pick<Entry, "isAsked" | "takes"> & { isStream?: boolean },
  ): void {
    const counts = { passive: 0, late: 0, ends: 0, record: undefined };
    this.#open.set(id, { at: performance.now(), isAsked, takes, isStream, ...counts });
  }

  /** Notes a line of somebody's chat: a reply says which push it answers. */
  note({ from, by, content }: ChatEntry): void {
    if (from !== "account") return;
    const said = content.type === "text" ? content.content : titleOf(content);
    const begun = this.#open.get(/^re:(\d+)/.exec(said)?.[1] ?? "");
    if (begun !== undefined && by === "reply") begun.passive += 1;
    else if (begun !== undefined) begun.late += 1;
    const ended = this.#open.get(/end:(\d+)$/.exec(said)?.[1] ?? "");
    if (ended !== undefined) ended.ends += 1;
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

  #count(id: string, { isAsked, takes, isStream, passive, late, ends, record }: Entry): void {
    this.judged += 1;
    const due = isAsked ? 1 : 0;
    const isEnded = ends === (isStream ? 1 : 0);
    if (!isAsked) this.silent += 1;
    else if (passive > 0) this.passive += 1;
    else if (late > 0) this.late += 1;
    if (passive + late === due && isEnded && record !== undefined) return;
    const attempts = (record?.attempts ?? []).map(
      ({ at, duration, failure, status }) =>
        `${new Date(at).toISOString().slice(11, 23)} ${failure ?? status} after ${duration} ms`,
    );
    const outcome = record?.outcome ?? "pending";
    const wrong: Wrong = { id, takes, passive, late, ends, outcome, attempts };
    (passive + late > due || ends > 1 ? this.double : this.lost).push(wrong);
  }
}

/** What says of a film whose answer it is. */
function titleOf(content: ChatEntry["content"]): string {
  return (content.type === "video" ? content.title : undefined) ?? "";
}
