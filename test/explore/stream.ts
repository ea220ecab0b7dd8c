import type { RunState, Writing } from "../../src/runs/work.js";

/** Sentences of one answer: of those of a run, from the one number up to, but not including, the other. */
export interface Sentences {
  readonly run: number;
  readonly from: number;
  readonly to: number;
}

/** How many sentences one message holds. */
const fits = 6;
const afterPassive = 1_000;
/** How many there must be before more of them are sent, while others follow. */
const worthwhile = 3;

const said = ({ run, from, to }: Sentences) => `sentences of run ${run}: ${from}-${to}`;

/** What a message says of an answer; `undefined` for one that is no part of any. */
export function heard(text: string): Sentences | undefined {
  const [, ...numbers] = /^sentences of run (\d+): (\d+)-(\d+)$/.exec(text) ?? [];
  if (numbers.length === 0) return undefined;
  const [run = 0, from = 0, to = 0] = numbers.map(Number);
  return { run, from, to };
}

/** What an answer is written with. */
export interface Pen {
  /** How many sentences it has, and how long it takes to write one, in milliseconds. */
  readonly sentences: number;
  readonly pace: number;
  readonly run: number;
  readonly state: Pick<RunState, "isAborted" | "finished">;
  /** Resolves in so many milliseconds, unless the process dies. */
  sleep(ms: number): Promise<void>;
  send(text: string): void;
}

/** An answer of numbered sentences, written one after the other. */
export class NumberedAnswer implements Writing {
  readonly ready: Promise<{ type: "text"; content: string } | undefined | "long">;
  readonly #pen: Pen;
  #written = 0;
  /** How many a delivery shows, from the first time on that there are any. */
  #begun = 0;
  #next = Promise.resolve();
  #isExpired = false;
  #isWanted = true;
  /** Whether it went on when its run was over. */
  isUnwanted = false;

  constructor(pen: Pen) {
    this.#pen = pen;
    void this.#write();
    this.ready = this.#watch();
  }

  async beginning() {
    this.#begun ||= Math.min(this.#written, fits);
    if (this.#begun === 0) return undefined;
    const reply = this.#message(0, this.#begun);
    return this.isOver || this.#written > fits ? { reply, full: true as const } : { reply };
  }

  async follow(
    isBegun: (how: "asked" | "decided") => Promise<boolean>,
    claim: () => Promise<boolean>,
  ): Promise<void> {
    const { state, send, sleep } = this.#pen;
    // What is sent at once would overtake a passive answer.
    if (await isBegun("asked")) await sleep(afterPassive);
    for (let sent = (await isBegun("decided")) ? this.#begun : 0; ; ) {
      while (!this.isOver && this.#written < sent + worthwhile) await this.#next;
      const to = Math.min(this.#written, sent + fits);
      if (to === sent || state.isAborted || !(await claim()) || state.isAborted) return;
      send(this.#message(sent, to).content);
      sent = to;
    }
  }

  expire(): void {
    this.#isExpired = true;
  }

  get isOver(): boolean {
    const { state, sentences } = this.#pen;
    return this.#isExpired || state.isAborted || this.#written === sentences;
  }

  #message(from: number, to: number) {
    return { type: "text" as const, content: said({ run: this.#pen.run, from, to }) };
  }

  async #write(): Promise<void> {
    const { pace, sleep, state } = this.#pen;
    void state.finished().then(() => {
      this.#isWanted = false;
    });
    while (!this.isOver) {
      this.#next = sleep(pace);
      await this.#next;
      if (!this.isOver) this.#written += 1;
      this.isUnwanted ||= !this.#isWanted && !this.isOver;
    }
  }

  /** Waits until it is over, or longer than a message. */
  async #watch() {
    while (!this.isOver && this.#written <= fits) await this.#next;
    if (this.#written > fits) return "long" as const;
    return this.#pen.state.isAborted ? undefined : this.#message(0, this.#written);
  }
}
