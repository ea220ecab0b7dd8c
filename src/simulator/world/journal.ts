import type { Content } from "./chat.js";

/** One attempt to deliver a push. */
export interface Attempt {
  /** 1, 2, 3… */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The address with its query; the signature proves nothing to anybody but the bot. */
  readonly url: string;
  /** The body as it was sent. */
  readonly body: string;
  /** How long it took, in milliseconds. */
  readonly duration: number;
  readonly status?: number;
  readonly contentType?: string;
  /** The body that came back, as it came. */
  readonly answer?: string;
  /** What it says, decrypted. */
  readonly answerXml?: string;
  /** What a bot under koa-wx says became of it, with `debug`: who took it, and why there was no reply. */
  readonly explained?: readonly string[];
  /** Why there was no answer: the five seconds passed, or the connection failed. */
  readonly failure?: string;
  /** The same in Chinese. */
  readonly failureZh?: string;
}

/** One push with all its attempts. */
export interface PushRecord {
  readonly kind: "push";
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly openid: string;
  /** The message in clear text. */
  readonly xml: string;
  readonly attempts: readonly Attempt[];
  /** `"pending"` until WeChat has made up its mind. */
  readonly outcome: "pending" | "reply" | "acknowledged" | "fault";
  /** The number of the attempt whose answer counted. */
  readonly winner?: number;
  /** What the user is shown. */
  readonly reply?: Content;
  /** Why WeChat did not accept the answer, and what to do. */
  readonly reason?: string;
  /** The same in Chinese. */
  readonly reasonZh?: string;
}

/** One call of api.weixin.qq.com. */
export interface CallRecord {
  readonly kind: "call";
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The query without its token and secret. */
  readonly query: Readonly<Record<string, string>>;
  /** The body: JSON as text, or a description of a file. */
  readonly body: string;
  readonly status: number;
  /** The answer: JSON as text, or a description of a file. */
  readonly answer: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** What happened: a push with its attempts, or a call. */
export type JournalRecord = PushRecord | CallRecord;

/** How many records are kept; older ones are forgotten. */
const kept = 500;

/** What went over the wire, for the inspector. */
export class Journal {
  readonly #records: JournalRecord[] = [];
  #last = 0;

  /** The next free id. */
  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Adds a record, or puts it in the place of the one with its id. */
  put(record: JournalRecord): void {
    const at = this.#records.findIndex(({ id }) => id === record.id);
    if (at >= 0) this.#records[at] = record;
    else this.#records.push(record);
    if (this.#records.length > kept) this.#records.shift();
  }

  /** Takes records of an earlier run, before there are any. */
  restore(records: readonly JournalRecord[]): void {
    for (const record of records) {
      // What was under way then is over.
      const isOpen = record.kind === "push" && record.outcome === "pending";
      this.put(isOpen ? { ...record, outcome: "fault" } : record);
      this.#last = Math.max(this.#last, record.id);
    }
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }
}
