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
  /** `undefined` when it could not be measured. */
  readonly value: number | undefined;
  readonly unit?: "%";
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
  const { progress } = options;
  const measured = async <T>(title: string, work: () => Promise<T>): Promise<Partial<T>> => {
    progress(`cost: ${title}`);
    try {
      return await work();
    } catch (error) {
      progress(`cost: ${title}: ${error}`);
      return {};
    }
  };
  const list: Cost[] = [];
  for (const { title, of, plugin, ...most } of kinds) {
    const { trips, commands } = await measured(title, () => ofQuick(options, of, plugin));
    list.push(
      ...[{ title: `${title}: round trips before the answer`, value: trips, aim: most.trips }],
      ...[{ title: `${title}: commands`, value: commands, aim: most.commands }],
    );
  }
  const slow = "a handler of 8 s over three processes";
  const { commands, atRest } = await measured(slow, () => ofSlow(options));
  const many = "1,000 pushes";
  const { waiting, running } = await measured(many, () => ofWaiting(options));
  list.push(
    ...[{ title: `${slow}: commands`, value: commands, aim: 15 }],
    ...[{ title: "at rest: commands of a process in a minute", value: atRest }],
    {
      title: `${many} that wait in a process: its share of a core`,
      value: waiting,
      unit: "%",
      aim: 5,
    },
    { title: `${many} that run in a process: its share of a core`, value: running, unit: "%" },
  );
  return list;
}

interface Laboratory {
  readonly fleet: Fleet;
  readonly log: CommandLog;
  /** Delivers a push, each delivery to the next process; resolves to whether it was answered. */
  push(id: string, takes: number, user?: string): Promise<boolean>;
}

interface LaboratoryOptions extends Pick<BotSettings, "plugin"> {
  readonly processes: number;
  readonly of: ChaosAccount;
  /** Whether every command is seen, and is as long on its way as it takes for that. */
  readonly isSeen: boolean;
}

/** Has a fleet do some work. */
async function inLaboratory<T>(
  { file, seed }: CostOptions,
  { processes, of, plugin, isSeen }: LaboratoryOptions,
  work: (lab: Laboratory) => Promise<T>,
): Promise<T> {
  const log = new CommandLog();
  await using engine = await startEngine("single");
  await using api = await startApi(of, () => {});
  const bot: BotSettings = { redis: engine.place, account: of, apiUrl: api.url, plugin };
  await using fleet = await Fleet.start({
    ...{ file, settings: Array<BotSettings>(processes).fill(bot), see: () => {} },
    ...{ random: new Random(seed, 1), tap: isSeen ? () => log.tap() : undefined },
  });
  await warmUp(fleet, of);
  for (const { proxy } of fleet.places) {
    if (proxy !== undefined && isSeen) proxy.delay = () => roundTrip / 2;
  }
  const wechat = new WeChat({
    ...{ account: of, random: new Random(seed, 2), see: () => {} },
    connect: (_, number) => fleet.connect(fleet.places[(number - 1) % processes]),
  });
  const push = (id: string, takes: number, user = "alice") =>
    wechat.push({ id, user, at: 0, takes });
  // Without await, all of it would be gone before the work begins.
  return await work({ fleet, log, push });
}

/** What most pushes need whose handlers answer at once. */
function ofQuick(
  options: CostOptions,
  of: ChaosAccount,
  plugin: BotSettings["plugin"],
): Promise<{ trips: number; commands: number }> {
  return inLaboratory(
    options,
    { processes: 1, of, plugin, isSeen: true },
    async ({ log, push }) => {
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
    },
  );
}

/** What a push costs whose first delivery is left unanswered, and whose second, elsewhere, is not. */
function ofSlow(options: CostOptions): Promise<{ commands: number; atRest: number }> {
  const [processes, takes] = [3, 8_000];
  return inLaboratory(options, { processes, of: account, isSeen: true }, async ({ log, push }) => {
    const begun = log.mark();
    await sleep(takes);
    const others = log.since(begun).length;
    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const mark = log.mark();
      if (!(await push(`slow-${round}`, takes))) throw unanswered();
      await sleep(afterwards);
      counts.push(log.since(mark).length - others);
    }
    return { commands: median(counts), atRest: (others * 60_000) / takes / processes };
  });
}

/** How busy processes are with pushes that run in one and wait in another, in percent of a core. */
async function ofWaiting(options: CostOptions): Promise<{ waiting: number; running: number }> {
  const pushing: Promise<boolean>[] = [];
  const lab = { processes: 2, of: account, isSeen: false };
  const shares = await inLaboratory(options, lab, async ({ fleet, push }) => {
    const pushAll = async (id: string, takes: number) => {
      for (let index = 0; index < 1_000; index += 1) {
        pushing.push(push(`${id}-${index}`, takes, `user-${index}`));
        if (index % 20 === 19) await sleep(1);
      }
    };
    // A process that has just begun is several times as slow.
    await pushAll("warm", 5_200);
    await Promise.all(pushing);
    const begun = performance.now();
    await pushAll("waiting", 20_000);
    // By then every second delivery has come and waits, and none is left unanswered before 9.5 s.
    await sleep(begun + 6_300 - performance.now());
    if (performance.now() - begun > 6_500) throw new Error("The machine is too busy.");
    const used = () => Promise.all(fleet.places.map((place) => fleet.state(place)));
    const [before, from] = [await used(), performance.now()];
    // As long as those who wait let pass between two looks: each looks once.
    await sleep(from + 3_000 - performance.now());
    const [after, ms] = [await used(), performance.now() - from];
    return after.map(({ cpu }, place) => (100 * (cpu - (before[place]?.cpu ?? 0))) / ms);
  });
  await Promise.all(pushing);
  const [running, waiting] = shares as [number, number];
  return { running, waiting };
}

/** What was not answered has cost nothing worth knowing. */
function unanswered(): Error {
  return new Error("A push whose cost was to be counted had no answer.");
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
