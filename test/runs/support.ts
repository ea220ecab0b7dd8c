import type { Reply } from "../../src/message/reply.js";
import type { Answer } from "../../src/runs/deliveries/waiters.js";
import { Runs, type RunsOptions } from "../../src/runs/runs.js";
import type { RunState, Work } from "../../src/runs/work.js";
import { MemoryStore } from "../../src/store/memory.js";
import type { Store } from "../../src/store/store.js";
import type { Clock } from "../../src/time/clock.js";

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<Timer>();

  now = () => this.#now;

  setTimeout(work: () => void, ms: number): unknown {
    const timer = { at: this.#now + Math.max(0, ms), work };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, and everything happen that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
      await settled();
    }
    this.#now = until;
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A store that several processes see, on a test's clock. */
export class SharedMemory implements Store {
  readonly shared = true;
  readonly operations: string[] = [];
  /** What every operation does instead, while the store is "down". */
  broken: (() => Promise<never>) | undefined;
  readonly #inner: Store;
  readonly #listening = new Set<() => void>();

  /** With `inner`, another process's connection to the same store. */
  constructor(clock: Clock, inner: Store = new MemoryStore({ now: () => clock.now() })) {
    this.#inner = inner;
  }

  get: Store["get"] = (...given) => this.#do("get", () => this.#inner.get(...given));
  set: Store["set"] = (...given) => this.#do("set", () => this.#inner.set(...given));
  delete: Store["delete"] = (...given) => this.#do("delete", () => this.#inner.delete(...given));
  claim: Store["claim"] = (...given) => this.#do("claim", () => this.#inner.claim(...given));
  replace: Store["replace"] = (...given) =>
    this.#do("replace", () => this.#inner.replace(...given));
  compareAndDelete: Store["compareAndDelete"] = (...given) =>
    this.#do("compareAndDelete", () => this.#inner.compareAndDelete(...given));
  enter: Store["enter"] = (...given) => this.#do("enter", () => this.#inner.enter(...given));
  exchange: Store["exchange"] = (...given) =>
    this.#do("exchange", () => this.#inner.exchange(...given));
  schedule: Store["schedule"] = (...given) =>
    this.#do("schedule", () => this.#inner.schedule(...given));
  due: Store["due"] = (...given) => this.#do("due", () => this.#inner.due(...given));

  listen: Store["listen"] = async (channel, listener) => {
    const stop = await this.#inner.listen(channel, (key, value) => {
      if (this.broken === undefined) listener(key, value);
    });
    this.#listening.add(stop);
    return stop;
  };

  /** The process is gone, and with it its connection. */
  die(): void {
    this.broken = () => new Promise(() => {});
    for (const stop of this.#listening) stop();
  }

  #do<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.operations.push(name);
    return this.broken === undefined ? work() : this.broken();
  }
}

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
        return new Promise((resolve, reject) => {
          this.#finish.push(resolve);
          this.#fail.push(reject);
        });
      },
      placeholder: async () => {
        this.placeholders += 1;
        return this.placeholder;
      },
      deliverLate: async (reply) => {
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

/** Fails the file's tests on a rejection that nobody handles. */
export function failOnUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  before(() => void process.on("unhandledRejection", note));
  after(async () => {
    await settled();
    process.off("unhandledRejection", note);
    if (unhandled.length > 0) throw new Error("unhandled rejections", { cause: unhandled });
  });
}
