import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../fuzz/random.js";
import { startApi } from "./api.js";
import { startEngine } from "./engine.js";
import { Fleet } from "./fleet.js";
import { account, warmUp } from "./play.js";
import { CommandLog, sequentialTrips } from "./round-trips.js";
import { WeChat } from "./wechat.js";
import type { BotSettings, ChaosAccount } from "./wire.js";

/** Something that pushes cost, and the most that it should. */
export interface Cost {
  readonly title: string;
  readonly value: number;
  readonly unit: "" | "%";
  readonly aim?: number;
}

export interface CostOptions {
  readonly file: string;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

/** The way to Redis and back, in milliseconds: long enough that what leaves together is seen to. */
const roundTrip = 40;
/** In milliseconds, after an answer: what belongs to the push has left by then. */
const afterwards = 300;
const rounds = 21;

const safe: ChaosAccount = {
  ...account,
  encodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
};
const kinds: readonly {
  title: string;
  of: ChaosAccount;
  plugin?: BotSettings["plugin"];
  trips: number;
  commands: number;
}[] = [
  { title: "a plain text", of: account, trips: 1, commands: 3 },
  { title: "an encrypted text", of: safe, trips: 1, commands: 3 },
  { title: "a text with `session()`", of: account, plugin: "session", trips: 3, commands: 6 },
  { title: "a step of a dialogue", of: account, plugin: "flow", trips: 3, commands: 6 },
];

/** Counts on the wire what pushes cost. */
export async function costs(options: CostOptions): Promise<Cost[]> {
  const list: Cost[] = [];
  for (const { title, of, plugin, trips, commands } of kinds) {
    options.progress(`cost: ${title}`);
    const counted = await ofQuick(options, of, plugin);
    list.push(
      {
        title: `${title}: round trips before the answer`,
        value: counted.trips,
        unit: "",
        aim: trips,
      },
      { title: `${title}: commands`, value: counted.commands, unit: "", aim: commands },
    );
  }
  options.progress("cost: a handler of 8 s");
  list.push(...(await ofSlow(options)));
  options.progress("cost: 1,000 waiting pushes");
  list.push(...(await ofWaiting(options)));
  return list;
}

interface Laboratory {
  readonly fleet: Fleet;
  readonly log: CommandLog;
  /** Delivers a push, each delivery to the next process; resolves to whether it was answered. */
  push(id: string, takes: number): Promise<boolean>;
}

/** Has a fleet whose every command is seen do some work. */
async function inLaboratory<T>(
  { file, seed }: CostOptions,
  { processes, of, plugin }: Pick<BotSettings, "plugin"> & { processes: number; of: ChaosAccount },
  work: (lab: Laboratory) => Promise<T>,
): Promise<T> {
  const log = new CommandLog();
  await using engine = await startEngine("single");
  await using api = await startApi(of, () => {});
  const bot: BotSettings = { redis: engine.place, account: of, apiUrl: api.url, plugin };
  await using fleet = await Fleet.start({
    ...{ file, settings: Array<BotSettings>(processes).fill(bot), see: () => {} },
    ...{ random: new Random(seed, 1), tap: () => log.tap() },
  });
  await warmUp(fleet, of);
  for (const { proxy } of fleet.places) if (proxy !== undefined) proxy.delay = () => roundTrip / 2;
  const wechat = new WeChat({
    ...{ account: of, random: new Random(seed, 2), see: () => {} },
    connect: (_, number) => fleet.connect(fleet.places[(number - 1) % processes]),
  });
  const push = (id: string, takes: number) => wechat.push({ id, user: "alice", at: 0, takes });
  // Without await, all of it would be gone before the work begins.
  return await work({ fleet, log, push });
}

/** What most pushes need whose handlers answer at once. */
function ofQuick(
  options: CostOptions,
  of: ChaosAccount,
  plugin: BotSettings["plugin"],
): Promise<{ trips: number; commands: number }> {
  return inLaboratory(options, { processes: 1, of, plugin }, async ({ log, push }) => {
    const [trips, commands]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const mark = log.mark();
      if (!(await push(`quick-${round}`, 0))) throw unanswered();
      trips.push(sequentialTrips(log.since(mark), log.mark()));
      await sleep(afterwards);
      commands.push(log.since(mark).length);
      log.clear();
    }
    return { trips: median(trips), commands: median(commands) };
  });
}

/** What a push costs whose first delivery is left unanswered, and whose second, elsewhere, is not. */
function ofSlow(options: CostOptions): Promise<Cost[]> {
  const [processes, takes] = [3, 8_000];
  return inLaboratory(options, { processes, of: account }, async ({ log, push }) => {
    const begun = log.mark();
    await sleep(takes);
    const atRest = log.since(begun).length;
    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const mark = log.mark();
      if (!(await push(`slow-${round}`, takes))) throw unanswered();
      await sleep(afterwards);
      counts.push(log.since(mark).length - atRest);
    }
    const [value, perMinute] = [median(counts), (atRest * 60_000) / takes / processes];
    return [
      { title: "a handler of 8 s over three processes: commands", value, unit: "", aim: 15 },
      { title: "at rest: commands of a process in a minute", value: perMinute, unit: "" },
    ];
  });
}

/** How busy processes are with pushes that run in one and wait in another. */
async function ofWaiting(options: CostOptions): Promise<Cost[]> {
  const count = 1_000;
  const pushing: Promise<boolean>[] = [];
  const shares = await inLaboratory(
    options,
    { processes: 2, of: account },
    async ({ fleet, push }) => {
      const begun = performance.now();
      for (let index = 0; index < count; index += 1) {
        pushing.push(push(`waiting-${index}`, 20_000));
        if (index % 10 === 9) await sleep(8);
      }
      // By then every second delivery waits, and none is left unanswered before 9.5 s.
      await sleep(5_500);
      if (performance.now() - begun > 8_200) throw unanswered();
      const used = () => Promise.all(fleet.places.map((place) => fleet.state(place)));
      const [before, from] = [await used(), performance.now()];
      await sleep(Math.max(1_000, begun + 9_200 - performance.now()));
      const [after, ms] = [await used(), performance.now() - from];
      return after.map(({ cpu }, place) => (100 * (cpu - (before[place]?.cpu ?? 0))) / ms);
    },
  );
  await Promise.all(pushing);
  const [running = 0, waiting = 0] = shares;
  return [
    {
      title: "1,000 pushes that wait in a process: its share of a core",
      ...{ value: waiting, unit: "%", aim: 5 },
    },
    { title: "1,000 pushes that run in a process: its share of a core", value: running, unit: "%" },
  ];
}

/** What was not answered has cost nothing worth knowing. */
function unanswered(): Error {
  return new Error("A push whose cost was to be counted had no answer. Is the machine too busy?");
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
