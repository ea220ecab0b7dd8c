import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { skipWaits } from "./no-waits.js";
import { Random } from "./random.js";
import { slowness } from "./slowness.js";

/** Notes what a case does, for whoever has to mend what it breaks. */
export class Trace {
  input: unknown;
  /**
   * Milliseconds that koa-wx itself has taken: of processor time, if `isExact`, else by the clock, which
   * is asked in a hundredth of the time and never says less, but for what is done beside.
   */
  took = 0;
  readonly #isExact: boolean;

  constructor(isExact = false) {
    this.#isExact = isExact;
  }

  /** Runs the part of a case that is koa-wx's own, and measures it. */
  time<T>(work: () => T): T {
    const begun = this.#isExact ? process.cpuUsage() : process.hrtime();
    const note = () => {
      if (Array.isArray(begun)) {
        const [seconds, nanoseconds] = process.hrtime(begun as [number, number]);
        this.took += seconds * 1000 + nanoseconds / 1e6;
      } else {
        const { user, system } = process.cpuUsage(begun);
        this.took += (user + system) / 1000;
      }
    };
    let result: T | undefined;
    try {
      result = work();
      return result;
    } finally {
      if (result instanceof Promise) result.then(note, note);
      else note();
    }
  }
}

/** A part of koa-wx with cases made for it. */
export interface Target {
  readonly name: string;
  /** How many of a hundred cases are its own. */
  readonly share: number;
  /** Sets up what its cases have in common. */
  open(): Promise<Bench> | Bench;
}

/** Where the cases of one target run, one after the other. */
export interface Bench {
  /** Runs one case; throws when a promise is broken. */
  run(random: Random, trace: Trace): Promise<void> | void;
  close?(): Promise<void> | void;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  /** Where to begin: `--replay` runs a single case. */
  readonly from?: number;
  readonly targets: readonly Target[];
  /** The name of the only target whose cases are run. */
  readonly only?: string | undefined;
  readonly progress?: (done: number) => void;
  /** Told of each failure when it is found. */
  readonly failed?: (failure: Failure) => void;
  /** Aborts when it is enough, before all cases are run. */
  readonly signal?: AbortSignal;
}

/** A case that broke a promise. */
export interface Failure {
  readonly seed: number;
  readonly index: number;
  readonly target: string;
  readonly reason: string;
  readonly input: unknown;
}

export interface FuzzResult {
  readonly cases: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  /** The case that takes most processor time, in milliseconds, at its best of several tries. */
  readonly slowest: { readonly ms: number; readonly case: string };
  /** The longest stall of the event loop, in milliseconds, with all that others do on the machine. */
  readonly longestStall: number;
}

/** No case may hold the event loop for longer, in milliseconds of processor time of a usual machine. */
const mostTime = 50;
/** How often a case is tried before it counts as slow. */
const mostTries = 12;
/** A try that takes so long hangs, even on a machine that has ten other things to do. */
const hanging = 60_000;
const mostFailures = 25;

/** Which of a hundred cases is whose; mixed, so that all targets progress alike. */
function scheduleOf(targets: readonly Target[]): readonly Target[] {
  const slots = targets.flatMap((target) => Array<Target>(target.share).fill(target));
  const random = new Random(1, 1);
  for (let at = slots.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [slots[at], slots[other]] = [slots[other] as Target, slots[at] as Target];
  }
  return slots;
}

/** All that there is to know of a failure, and how to see it again. */
export function describeFailure(failure: Failure, most = Number.POSITIVE_INFINITY): string {
  const { seed, index, target, reason, input } = failure;
  const text = JSON.stringify(input) ?? "";
  return [
    `FAILED ${target}, seed ${seed}, case ${index}: ${reason}`,
    `input: ${text.slice(0, most)}${text.length > most ? "…" : ""}`,
    `replay: npm run fuzz -- --replay ${seed}:${index}`,
    `with all that came before: npm run fuzz -- --seed ${seed} --cases ${index + 1}`,
  ].join("\n");
}

function isSlow(took: number): boolean {
  return took > mostTime && took > mostTime * slowness();
}

/** Runs cases one after the other. The same seed and index make the same case, whatever ran before. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, cases, from = 0, targets, only, progress, failed, signal } = options;
  const schedule = scheduleOf(targets);
  if (only !== undefined && !targets.some(({ name }) => name === only)) {
    throw new Error(`There is no target "${only}": ${targets.map(({ name }) => name).join(", ")}.`);
  }
  const benches = new Map<Target, Bench>();
  const counts: Record<string, number> = {};
  const failures: Failure[] = [];
  const reasons = new Set<string>();
  let trace = new Trace();
  let [index, target, slowest] = [from, schedule[0] as Target, { ms: 0, case: "none" }];

  const fail = (error: unknown) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // One failure of a kind is enough to read.
    const kind = `${target.name} ${reason.replace(/\d+/g, "0").slice(0, 160)}`;
    if (reasons.has(kind) || failures.length >= mostFailures) return;
    reasons.add(kind);
    const failure = { seed, index, target: target.name, reason, input: trace.input };
    failures.push(failure);
    failed?.(failure);
  };
  const unhandled = (error: unknown) => fail(error);
  const printed = console.error;
  const dog = watchdog(seed);
  const waitAgain = skipWaits();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  process.on("unhandledRejection", unhandled);
  process.on("uncaughtException", unhandled);
  process.on("warning", unhandled);
  // koa-wx and Koa report there what nobody has caught.
  console.error = (...parts: unknown[]) => {
    const error = parts.find((part) => part instanceof Error);
    fail(error ?? new Error(`printed: ${parts.join(" ")}`));
  };

  const once = async (bench: Bench, isExact = false) => {
    trace = new Trace(isExact);
    dog.begin(index);
    try {
      await bench.run(new Random(seed, index), trace);
    } catch (error) {
      fail(error);
    }
    return trace.took;
  };

  const measured = async (bench: Bench) => {
    let took = await once(bench);
    // A collection of garbage strikes once, and code that is new is slow until it is compiled, for which
    // a busy machine takes its time.
    for (let tries = 1; took > mostTime / 3; tries++) {
      if (tries >= (took > mostTime ? mostTries : 4)) break;
      if (took > mostTime) await new Promise((resolve) => setTimeout(resolve, 20));
      took = Math.min(took, await once(bench, true));
    }
    return took;
  };
  const slow: { readonly index: number; readonly target: Target; readonly bench: Bench }[] = [];

  try {
    delay.enable();
    let slice = performance.now();
    for (let done = 0; done < cases && failures.length + slow.length < mostFailures; index++) {
      target = schedule[index % schedule.length] as Target;
      if (only !== undefined && target.name !== only) continue;
      let bench = benches.get(target);
      if (bench === undefined) {
        bench = await target.open();
        benches.set(target, bench);
      }
      const took = await measured(bench);
      if (isSlow(took)) slow.push({ index, target, bench });
      else if (took > slowest.ms) slowest = { ms: took, case: `${seed}:${index}` };
      if (Object.keys(Object.prototype).length > 0) fail(new Error("Object.prototype was changed"));
      counts[target.name] = (counts[target.name] ?? 0) + 1;
      done += 1;
      if (performance.now() - slice < 10) continue;
      await new Promise((resolve) => setImmediate(resolve));
      slice = performance.now();
      progress?.(done);
      if (signal?.aborted) break;
    }
    // What else runs on the machine comes and goes; a slow case is slow every time.
    for (const doubted of slow) {
      ({ index, target } = doubted);
      const took = await measured(doubted.bench);
      slowest = { ms: took, case: `${seed}:${index}` };
      if (isSlow(took)) fail(new Error(`a stall: the case takes ${Math.round(took)} ms`));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    delay.disable();
    await dog.end();
    waitAgain();
    for (const bench of benches.values()) await bench.close?.();
    process.off("unhandledRejection", unhandled);
    process.off("uncaughtException", unhandled);
    process.off("warning", unhandled);
    console.error = printed;
  }
  return { cases: counts, failures, slowest, longestStall: delay.max / 1e6 };
}

/** Ends the process when a case never comes to its end, and says which one it was. */
function watchdog(seed: number): { begin(index: number): void; end(): Promise<unknown> } {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { workerData: { shared, seed, ms } } = require("node:worker_threads");
     let [last, since] = [-1, Date.now()];
     setInterval(() => {
       if (shared[1] !== last) [last, since] = [shared[1], Date.now()];
       else if (Date.now() - since > ms) {
         require("node:fs").writeSync(2, "The case " + seed + ":" + shared[0] + " hangs.\\n");
         process.kill(process.pid, "SIGKILL");
       }
     }, 500).unref();
     require("node:worker_threads").parentPort.on("message", () => process.exit());`,
    { eval: true, workerData: { shared, seed, ms: hanging } },
  );
  worker.unref();
  return {
    begin(index) {
      shared[0] = index;
      shared[1] = (shared[1] as number) + 1;
    },
    end: () => worker.terminate(),
  };
}
