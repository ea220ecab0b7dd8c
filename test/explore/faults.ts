import type { Change } from "../support/bundle.js";

/** A fault that the protocol had once, as what is to be put in the place of what. */
export interface OldFault {
  readonly name: string;
  /** Whether it concerns answers that stream. */
  readonly ofStreams?: true;
  readonly changes: readonly Change[];
}

/** Faults that cost replies, or sent them twice, before the runs were as they are. */
export const oldFaults: readonly OldFault[] = [
  {
    name: "what is held is not put back after an outage",
    changes: [
      {
        file: "src/runs/agreement/shared.ts",
        from: "onReturn(() => this.#putBack())",
        to: "onReturn(async () => {})",
      },
    ],
  },
  {
    name: "a second of waiting is an outage, and alone everything is agreed to",
    changes: [
      { file: "src/store/fallback.ts", from: "patience: 3_300, rest", to: "patience: 1_000, rest" },
      {
        file: "src/runs/agreement/shared.ts",
        from: "this.#own = number > 1 ? { ...first, holder: undefined } : first;",
        to: "this.#own = first;",
      },
    ],
  },
  {
    name: "timers that were due while a process stood still come before what has arrived",
    changes: [
      {
        file: "test/explore/play.ts",
        from: "this.receive(() => time.at(time.now, () => this.receive(work)));",
        to: "if (!this.isDead) time.at(this.#stoppedUntil - 1, work);",
      },
    ],
  },
  {
    name: "deliveries are counted, not told apart by their age",
    changes: [
      {
        file: "src/runs/run.ts",
        from: "Math.max(this.attempt + 1, attempt.number ?? 1)",
        to: "this.attempt + 1",
      },
    ],
  },
  {
    name: "the placeholder waits for the store",
    changes: [
      {
        file: "src/runs/run.ts",
        from: "proposed, budget.ms / 18, () => undefined)",
        to: "proposed, 60_000, () => undefined)",
      },
    ],
  },
  {
    name: "only the process that promised a reply sends it",
    changes: [
      {
        file: "src/runs/agreement/orphans.ts",
        from: "if (isUncertain(this.#ground)) return;",
        to: "if (lease > 0) return;",
      },
    ],
  },
  {
    name: "a write that was held on its way undoes a later one",
    changes: [
      {
        file: "src/store/lease.ts",
        from: "const { done, held } = await store.exchange(key, text, wanted, ttl, more);",
        to: "await store.set(key, wanted, ttl ?? next.ttl);\n      const { done, held } = { done: true, held: more.takeOver as never };",
      },
    ],
  },
  {
    name: "an answer of the store that is none is taken for a run elsewhere",
    changes: [
      {
        file: "src/runs/agreement/shared.ts",
        from: "} catch {\n      this.#goOn(number);",
        to: "} catch {\n      this.#own ??= { ...begun(this.#lease.ticket, number, this.#ground), holder: undefined };",
      },
    ],
  },
  {
    name: "a delivery takes the reply without asking",
    changes: [
      {
        file: "src/runs/run.ts",
        from: "if (!this.#unsure.ask(this.attempt)) return;",
        to: "if (this.#deliveries.areLive) this.#deliveries.resolve(this.#outcome?.reply);\n    if (!this.#unsure.ask(this.attempt)) return;",
      },
    ],
  },
  {
    name: "a delivery's time ends while it is being given the beginning",
    ofStreams: true,
    changes: [{ file: "src/runs/run.ts", from: "this.#deliveries.hold();", to: "" }],
  },
  {
    name: "of what has begun, the whole is sent late",
    ofStreams: true,
    changes: [
      {
        file: "src/runs/agreement/record.ts",
        from: "const outcome = shown === undefined ? record.outcome : undefined;",
        to: "const { outcome } = record;",
      },
    ],
  },
];
