import type { Reply } from "../../src/message/reply.js";
import type { Answer } from "../../src/runs/deliveries/waiters.js";
import { Runs, type RunsOptions } from "../../src/runs/runs.js";
import type { RunState, Work } from "../../src/runs/work.js";
import { MemoryStore } from "../../src/store/memory.js";
import type { Store } from "../../src/store/store.js";
import { FakeClock } from "../support/fake-clock.js";

export const text = (content: string): Reply => ({ type: "text", content });

/** The content of a text answer, or the answer itself. */
export const said = (answer: Answer | "pending") =>
  typeof answer === "object" && answer.type === "text" ? answer.content : answer;

/** A push whose handlers the test ends itself, and what became of it. */
export class Push {
  readonly key: string;
  readonly runs: RunState[] = [];
  readonly late: (string | object)[] = [];
  placeholders = 0;
  placeholder: Reply | undefined = text("正在思考…");
  deliver: () => Promise<void> = async () => {};
  /** When it is the turn of its late reply. */
  turn: () => Promise<void> = async () => {};
  /** Runs the handlers, unless the test ends them itself. */
  start: Work["start"] | undefined;
  #finish: ((reply: Reply | undefined) => void)[] = [];
  #fail: ((error: Error) => void)[] = [];

  constructor(key = "wx1:alice:1") {
    this.key = key;
  }

  get work(): Work {
    return {
      key: this.key,
      to: { openid: "alice" },
      start: (run) => {
        this.runs.push(run);
        if (this.start !== undefined) return this.start(run);
        return new Promise((resolve, reject) => {
          this.#finish.push(resolve);
          this.#fail.push(reject);
        });
      },
      placeholder: async () => {
        this.placeholders += 1;
        return this.placeholder;
      },
      deliverLate: async (reply, _run, claim) => {
        await this.turn();
        if (!(await claim())) return;
        this.late.push(reply === "broken" ? reply : (said(reply) ?? "nothing"));
        await this.deliver();
      },
    };
  }

  /** Ends the handlers of the given run, the first by default. */
  finish(content?: string, run = 0): void {
    this.#finish[run]?.(content === undefined ? undefined : text(content));
  }

  fail(error: Error): void {
    this.#fail[0]?.(error);
  }
}

/** One delivery's attempts at a push, and how far each has got. */
export class Attempts {
  readonly #delivery: Runs;
  readonly answers: (Answer | "pending")[] = [];
  readonly connections: { aborted: boolean }[] = [];

  constructor(delivery: Runs) {
    this.#delivery = delivery;
  }

  arrive(push: Push): void {
    const index = this.answers.push("pending") - 1;
    const closed = { aborted: false };
    this.connections.push(closed);
    const arrived = this.#delivery.clock.now();
    void Promise.resolve(this.#delivery.answer(push.work, { arrived, closed })).then((answer) => {
      this.answers[index] = answer;
    });
  }

  /** What the attempts got: text, "abandoned", "pending", or undefined for "success". */
  get said() {
    return this.answers.map(said);
  }
}

/** A delivery on a fake clock. */
export function setUp(
  deadline: RunsOptions["deadline"] = {},
  more: { store?: Store; clock?: FakeClock } = {},
) {
  const clock = more.clock ?? new FakeClock();
  const warnings: string[] = [];
  const delivery = new Runs({
    store: more.store ?? new MemoryStore(),
    deadline,
    clock,
    warn: (message) => warnings.push(message),
  });
  return { clock, delivery, attempts: new Attempts(delivery), push: new Push(), warnings };
}
