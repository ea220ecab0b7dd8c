import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.js";
import type { Engine } from "./engine.js";
import type { Fleet, Place } from "./fleet.js";
import type { Figures } from "./judge.js";
import type { Fate, Push } from "./wechat.js";
import type { BotSettings, RedisPlace } from "./wire.js";

/** What a scenario can disturb, and for how long. */
interface Stage {
  readonly random: Random;
  readonly fleet: Fleet;
  readonly engine: Engine;
  /** How many milliseconds long pushes are sent. */
  readonly ms: number;
  /** Says that the store cannot be reached well for so many milliseconds, by all or by one process. */
  fault(ms: number, place?: Place): void;
}

/** Something that goes wrong, and what must hold all the same. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly engine?: RedisPlace["kind"];
  /** What its bots are told besides, by their place in the fleet. */
  readonly bots?: (place: number) => Partial<BotSettings>;
  /** Default: `load`. */
  readonly load?: (random: Random, pushes: number, ms: number) => Push[];
  readonly fate?: (random: Random, number: number) => Fate;
  /** Goes on while pushes are sent. */
  readonly disturb?: (stage: Stage) => Promise<void>;
  /** The most of each figure that is allowed. */
  readonly aims: Aims;
}

export type Aims = Partial<Record<keyof Figures, number>>;

/** A full round is 50 seconds long; a shorter one has fewer faults, not quicker ones. */
const round = 50_000;

/** Handlers are quick, mostly: so many percent of them take up to so many milliseconds more than those before. */
const durations = [
  { share: 72, from: 0, to: 300 },
  { share: 13, from: 300, to: 4_000 },
  { share: 7, from: 5_000, to: 9_000 },
  { share: 5, from: 9_000, to: 13_000 },
  { share: 3, from: 15_000, to: 20_000 },
];

/** Messages of many users, at random times. */
export function load(random: Random, pushes: number, ms: number): Push[] {
  const users = Math.ceil(pushes / 4);
  return Array.from({ length: pushes }, (_, index) => ({
    id: `p${index}`,
    user: `user-${random.below(users)}`,
    at: random.below(ms),
    takes: duration(random),
  })).sort((one, other) => one.at - other.at);
}

function duration(random: Random): number {
  let roll = random.below(100);
  for (const { share, from, to } of durations) {
    if (roll < share) return random.between(from, to);
    roll -= share;
  }
  return 0;
}

/** Ten messages of each user, one soon after the other. */
function chats(random: Random, pushes: number, ms: number): Push[] {
  const list: Push[] = [];
  for (let user = 0; list.length < pushes; user += 1) {
    let at = random.below(ms);
    for (let message = 0; message < 10; message += 1) {
      const [id, takes] = [`p${list.length}`, random.between(100, 800)];
      list.push({ id, user: `user-${user}`, at, takes });
      at += random.between(150, 400);
    }
  }
  return list.sort((one, other) => one.at - other.at);
}

/** No answer reaches its user twice, or somebody else. */
const nothingTwice: Aims = { mixedUp: 0, repliesTwice: 0 };
const nothingLost: Aims = { ...nothingTwice, lost: 0, open: 0 };
/** What a living process has is not begun anew elsewhere. */
const runOnce: Aims = { ranTwiceIdly: 0 };
/** Nobody notices, but those whose last delivery falls into it. */
const unharmed: Aims = { ...nothingLost, ...runOnce, ranTwice: 0, bannersIdly: 0 };
const noBanner: Aims = { ...unharmed, banners: 0 };

/** Does something so often in a full round, at random times of equal parts of the round. */
async function times(
  count: number,
  { random, ms }: Stage,
  act: (part: number) => Promise<void>,
): Promise<void> {
  const parts = Math.max(1, Math.round((count * ms) / round));
  const begun = performance.now();
  for (let part = 0; part < parts; part += 1) {
    const at = ((part + 0.1 + random.below(50) / 100) * ms) / parts;
    await sleep(Math.max(0, begun + at - performance.now()));
    await act(part);
  }
}

/** Leaves Redis standing. */
async function stall({ engine, fault }: Stage, ms: number): Promise<void> {
  fault(ms);
  engine.pause();
  await sleep(ms);
  engine.resume();
}

const inTurn = ({ fleet }: Stage, part: number): Place =>
  fleet.places[part % fleet.places.length] as Place;

/** Loses so many percent of the first deliveries, or of their answers. */
const losing =
  (percent: number, what: Fate = "lost") =>
  (random: Random, number: number): Fate =>
    number === 1 && random.chance(percent / 100) ? what : "arrives";

/** Leaves processes standing, one after the other. */
const stops = (count: number, most: number) => (stage: Stage) =>
  times(count, stage, (part) =>
    stage.fleet.stop(inTurn(stage, part), stage.random.between(5_000, most)),
  );

const kills = (count: number) => (stage: Stage) =>
  times(count, stage, (part) => stage.fleet.kill(inTurn(stage, part + 1)));
const deploys = (count: number) => (stage: Stage) =>
  times(count, stage, (part) => stage.fleet.replace(inTurn(stage, part + 2)));
const stalls = (count: number, least: number, most: number) => (stage: Stage) =>
  times(count, stage, () => stall(stage, stage.random.between(least, most)));

export const scenarios: readonly Scenario[] = [
  { name: "calm", title: "nothing fails", aims: noBanner },
  {
    name: "standstill",
    title: "one standstill of Redis of 1.5 s",
    disturb: stalls(1, 1_500, 1_500),
    aims: unharmed,
  },
  {
    name: "scripts",
    title: "Redis held up 11 × 0.5–3 s",
    disturb: stalls(11, 500, 3_000),
    aims: unharmed,
  },
  {
    name: "segments",
    title: "one TCP segment in 1,000 late by 0.2–1.6 s",
    async disturb({ fleet, random, fault }) {
      for (const place of fleet.places) {
        if (place.proxy === undefined) continue;
        place.proxy.delay = () => {
          if (!random.chance(1 / 1_000)) return 0;
          const late = random.between(200, 1_600);
          fault(late, place);
          return late;
        };
      }
    },
    aims: unharmed,
  },
  {
    name: "latency",
    title: "latency of 0–3 s on one process at a time",
    async disturb(stage) {
      await times(12, stage, async (part) => {
        const place = inTurn(stage, part);
        const { random } = stage;
        const [late, ms] = [random.between(0, 3_000), random.between(2_000, 4_000)];
        if (place.proxy === undefined) return;
        stage.fault(ms + late, place);
        place.proxy.delay = (direction) => (direction === "back" ? late : 0);
        await sleep(ms);
        place.proxy.delay = () => 0;
      });
    },
    aims: unharmed,
  },
  {
    name: "stop",
    title: "SIGSTOP of one process for 5–12 s, 4 times",
    disturb: stops(4, 12_000),
    aims: { ...nothingLost, ...runOnce, bannersIdly: 0 },
  },
  {
    name: "kill",
    title: "SIGKILL of one of four, 8 times",
    disturb: kills(8),
    aims: { ...nothingTwice, ...runOnce, lostOwed: 0, bannersIdly: 0 },
  },
  {
    name: "term",
    title: "SIGTERM with the default `wx.close()`, 8 times",
    disturb: deploys(8),
    aims: { ...nothingLost, bannersIdly: 0 },
  },
  {
    name: "hurry",
    title: "SIGTERM with `wx.close({ timeout: 500 })`, 8 times",
    bots: () => ({ closeIn: 500 }),
    disturb: deploys(8),
    aims: { ...nothingLost, banners: 0 },
  },
  {
    name: "lost",
    title: "15 % of first deliveries lost on the way",
    fate: losing(15),
    aims: noBanner,
  },
  {
    name: "skew",
    title: "… with clocks four minutes apart",
    bots: (place) => ({ skew: [-120_000, 120_000, -60_000, 110_000][place % 4] }),
    fate: losing(15),
    aims: noBanner,
  },
  {
    name: "answers",
    title: "15 % of first answers lost on the way back",
    fate: losing(15, "answer lost"),
    aims: noBanner,
  },
  {
    name: "rtt",
    title: "RTT 300 ms to Redis",
    async disturb({ fleet }) {
      for (const { proxy } of fleet.places) if (proxy !== undefined) proxy.delay = () => 150;
    },
    aims: noBanner,
  },
  {
    name: "order",
    title: "one user's messages over several processes",
    bots: () => ({ plugin: "session" }),
    load: chats,
    aims: { ...noBanner, inverted: 0, repliesInverted: 0 },
  },
  {
    name: "gone",
    title: "no way to Redis for 20 s",
    disturb: (stage) =>
      times(1, stage, async () => {
        for (const { proxy } of stage.fleet.places) {
          if (proxy === undefined) continue;
          proxy.refuses = true;
          proxy.cut();
        }
        await sleep(20_000);
        for (const { proxy } of stage.fleet.places) if (proxy !== undefined) proxy.refuses = false;
      }),
    aims: noBanner,
  },
  {
    // Whoever has the store cannot know what a process does that has not, so that runs may be two.
    name: "silent",
    title: "the connections to Redis die without a word, 4 times",
    bots: () => ({ socketTimeout: 5_000 }),
    disturb: (stage) => times(4, stage, async (part) => inTurn(stage, part).proxy?.lose()),
    aims: { ...nothingLost, banners: 0, bannersIdly: 0 },
  },
  {
    name: "empty",
    title: "Redis killed and restarted empty",
    disturb: (stage) => times(1, stage, () => stage.engine.fail()),
    aims: noBanner,
  },
  {
    name: "sentinel",
    title: "failover by Sentinel",
    engine: "sentinel",
    disturb: (stage) => times(1, stage, () => stage.engine.fail()),
    aims: { ...nothingLost, ...runOnce, banners: 0, bannersIdly: 0 },
  },
  {
    name: "cluster",
    title: "cluster of three, one primary killed and replaced",
    engine: "cluster",
    disturb: (stage) => times(1, stage, () => stage.engine.fail()),
    aims: { ...nothingLost, ...runOnce, banners: 0, bannersIdly: 0 },
  },
  {
    name: "all",
    title: "standstills, SIGSTOP, SIGKILL, SIGTERM and lost deliveries at once",
    fate: losing(10),
    async disturb(stage) {
      const faults = [stalls(4, 500, 2_500), stops(2, 8_000), kills(4), deploys(2)];
      await Promise.all(faults.map((fault) => fault(stage)));
    },
    aims: { ...nothingTwice, ...runOnce, lostOwed: 0, bannersIdly: 0 },
  },
];

/** One of them. Throws for a name that there is not. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario "${name}".`);
  return found;
}
