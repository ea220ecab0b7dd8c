import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../fuzz/random.js";
import { startApi } from "./api.js";
import { startEngine } from "./engine.js";
import { Fleet } from "./fleet.js";
import { type Figures, judge, type Seen } from "./judge.js";
import { type Aims, load, type Scenario } from "./scenarios.js";
import { WeChat } from "./wechat.js";
import { type BotSettings, type ChaosAccount, now } from "./wire.js";

export interface PlayOptions {
  /** The file that each process of the bot runs: see `bundle`. */
  readonly file: string;
  readonly seed: number;
  readonly pushes: number;
  /** How long pushes are sent. */
  readonly seconds: number;
  /** Default: 4. */
  readonly processes?: number;
  /** The most milliseconds that a handler takes. Default: 20,000. */
  readonly longest?: number;
  readonly progress?: (line: string) => void;
}

/** What came of a scenario. */
export interface Played {
  readonly name: string;
  readonly title: string;
  readonly pushes: number;
  readonly aims: Aims;
  readonly figures: Figures;
  /** What nobody has caught in a bot. */
  readonly failures: readonly string[];
  /** What bots told, and how often. */
  readonly remarks: ReadonlyMap<string, number>;
  /** For how many milliseconds the driver itself stood still at most: figures are worth less then. */
  readonly held: number;
  /** … and the processes of the bot that were left at the end. */
  readonly botsHeld: number;
}

export const account: ChaosAccount = {
  token: "CHAOStoken0123456789",
  appId: "wxc4a0500000000001",
  appSecret: "chaos-secret",
};

/** Nothing more is expected when all is answered and so many milliseconds were quiet, … */
const quiet = 5_000;
/** … or, with something unanswered, so many: longer than any handler takes, and than a late reply waits. */
const hopeless = 35_000;

/** Plays one scenario from its beginning to the moment at which nothing more can come. */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const { file, seed, pushes, seconds, processes = 4, longest = 20_000 } = options;
  const { progress = () => {} } = options;
  const random = (purpose: number) => new Random(seed, purpose);
  const { name, title, aims } = scenario;
  const watch = new Watch();
  const see = (seen: Seen) => watch.see(seen);

  await using engine = await startEngine(scenario.engine ?? "single");
  await using api = await startApi(account, (user, text) =>
    see({ what: "sent", user, text, at: now() }),
  );
  const settings = Array.from({ length: processes }, (_, place): BotSettings => {
    return { redis: engine.place, account, apiUrl: api.url, ...scenario.bots?.(place) };
  });
  await using fleet = await Fleet.start({ ...{ file, settings, see }, random: random(1) });
  await warmUp(fleet);
  const statesOf = () => Promise.all(fleet.places.map((place) => fleet.state(place)));
  await statesOf();
  watch.clear();
  progress(`${name}: the fleet is up`);

  const fates = random(2);
  const { fate } = scenario;
  const wechat = new WeChat({
    ...{ account, see, random: random(3) },
    connect: () => fleet.connect(),
    ...(fate === undefined ? {} : { fate: (number) => fate(fates, number) }),
  });
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const ms = seconds * 1_000;
  const begun = performance.now();
  const disturbing = scenario.disturb?.({
    ...{ random: random(4), fleet, engine, ms },
    fault: (ms, place) => {
      const process = place === undefined ? {} : { process: place.bot.process };
      see({ what: "fault", at: now(), until: now() + ms, ...process });
    },
  });
  // It is waited for below.
  disturbing?.catch(() => {});
  const delivering: Promise<boolean>[] = [];
  for (const push of (scenario.load ?? load)(random(5), pushes, ms)) {
    const wait = begun + push.at - performance.now();
    if (wait > 0) await sleep(wait);
    delivering.push(wechat.push({ ...push, takes: Math.min(push.takes, longest) }));
  }
  progress(`${name}: all pushes are sent`);
  await Promise.all(delivering);
  await disturbing;
  progress(`${name}: all deliveries are over`);
  await watch.settled();
  progress(`${name}: nothing more is to be expected`);
  lag.disable();
  const { failures, remarks } = fleet;
  const botsHeld = Math.round(Math.max(...(await statesOf()).map(({ held }) => held)));
  return {
    ...{ name, title, aims, pushes: delivering.length, failures, remarks },
    figures: watch.figures(botsHeld),
    held: Math.round(lag.max / 1e6),
    botsHeld,
  };
}

/** Has every process answer a few pushes, so that what is first done once is done. */
export async function warmUp(fleet: Fleet, of = account): Promise<void> {
  const { places } = fleet;
  const wechat = new WeChat({
    ...{ account: of, random: new Random(0, 0), see: () => {} },
    connect: ({ takes }) => fleet.connect(places[takes]),
  });
  for (let round = 0; round < 3; round += 1) {
    const answered = await Promise.all(
      places.map((_, place) => {
        const id = `warm-up-${round}-${place}`;
        return wechat.push({ id, user: id, at: 0, takes: place });
      }),
    );
    if (answered.includes(false)) throw new Error("A bot of chaos does not answer at all.");
  }
}

/** Keeps what is seen, and knows when nothing more is to be expected. */
class Watch {
  #seen: Seen[] = [];
  #last = performance.now();
  /** The pushes whose handlers are at work, with their processes. */
  readonly #atWork = new Map<string, number>();

  see(seen: Seen): void {
    this.#seen.push(seen);
    this.#last = performance.now();
    if (seen.what === "started") this.#atWork.set(`${seen.push} ${seen.process}`, seen.process);
    if (seen.what === "ended") this.#atWork.delete(`${seen.push} ${seen.process}`);
    if (seen.what !== "died") return;
    for (const [run, process] of this.#atWork) {
      if (process === seen.process) this.#atWork.delete(run);
    }
  }

  figures(held?: number): Figures {
    return judge(this.#seen, held);
  }

  clear(): void {
    this.#seen = [];
  }

  async settled(): Promise<void> {
    for (;;) {
      await sleep(500);
      const silence = performance.now() - this.#last;
      if (silence > hopeless) return;
      if (silence < quiet || this.#atWork.size > 0) continue;
      const { lost, open } = this.figures();
      if (lost + open === 0) return;
    }
  }
}
