import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import Koa from "koa";
import { simulatedApi } from "../../src/simulator/api/api.js";
import { Cloud } from "../../src/simulator/cloud.js";
import { listen, shut } from "../../src/simulator/listen.js";
import type { Act } from "../../src/simulator/pushes/acts.js";
import { bundle } from "../support/bundle.js";
import { startRedisSentinel } from "../support/redis-fleet.js";
import { startBalancer } from "./balancer.js";
import type { BotSettings, BotUsage } from "./bot.js";
import { type Flatness, flatness, type Peaks, peaksOf, type Sample } from "./heap.js";
import { Tally, type Wrong } from "./tally.js";

export interface SoakOptions {
  readonly minutes: number;
  /** The share of the measured capacity at which pushes are sent. */
  readonly load: number;
  /** Pushes per second, instead of a share of the capacity. */
  readonly rate?: number | undefined;
  /** How many times faster than WeChat's the time runs: patience, deadline and slow handlers. Default: 1. */
  readonly speed?: number;
  /** How many processes the bot has. Default: 2. */
  readonly processes?: number;
  /** Milliseconds between two disturbances of Redis. Default: 150,000. */
  readonly disturbance?: number;
  readonly progress?: (line: string) => void;
}

export interface SoakResult {
  /** Pushes per second. */
  readonly capacity: number | undefined;
  readonly rate: number;
  readonly seconds: number;
  readonly pushes: number;
  readonly passive: number;
  readonly late: number;
  readonly silent: number;
  readonly retries: number;
  readonly lostConnections: number;
  readonly redisRestarts: number;
  readonly redisPauses: number;
  readonly redisFailovers: number;
  readonly handlerRuns: number;
  readonly lost: readonly Wrong[];
  readonly double: readonly Wrong[];
  readonly failures: readonly string[];
  readonly warnings: Readonly<Record<string, number>>;
  readonly heaps: readonly Flatness[];
  readonly redis: Peaks;
  readonly samples: readonly (readonly Sample[])[];
  readonly isRight: boolean;
}

const account = {
  token: "SOAKtoken",
  appId: "wxsoak0000000001",
  appSecret: "soak-secret",
  encodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
};
const users = 400;
/** The longest that anything of a push takes, in milliseconds of WeChat's time. */
const longest = 45_000;
/**
 * How long before and after Redis is disturbed a user's pushes stick to one process: as long as one
 * may be under way. Without the store, processes know nothing of each other: see docs/reliability.md.
 */
const calm = 30_000;
/** By then a primary that was killed to come back empty is back, so that no replica takes its place. */
const downAfter = 9_000;

/** Slow handlers: of a hundred pushes, how many take how many milliseconds. */
const slow = [
  [3, 3_000],
  [2, 8_000],
  [1, 25_000],
] as const;

/** Sends pushes for a while, disturbs what there is to disturb, and counts every reply. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { minutes, load, speed = 1, processes = 2, disturbance = 150_000 } = options;
  const { progress = () => {} } = options;
  const patience = 5_000 / speed;
  const redis = await startRedisSentinel(downAfter);
  const place = { name: redis.name, sentinels: [{ host: "127.0.0.1", port: redis.port }] };
  const probe = new Redis({ ...place, retryStrategy: () => 500, maxRetriesPerRequest: 0 });
  probe.on("error", () => {});
  const api = createServer();
  const apiUrl = await listen(api);
  const settings: BotSettings = { redis: place, options: account, apiUrl, speed };
  const bots = await Promise.all(Array.from({ length: processes }, () => startBot(settings)));
  const balancer = await startBalancer({ ports: bots.map(({ port }) => port), lost: 2, patience });
  const cloud = new Cloud({ account, target: balancer.url, patience });
  const { world } = cloud;
  world.url = apiUrl;
  const app = new Koa();
  const failures: string[] = [];
  app.on("error", (error) => failures.push(String(error)));
  app.use(simulatedApi(world, () => {}));
  api.on("request", app.callback());
  const people = Array.from({ length: users }, (_, index) => world.people.named(`user${index}`));
  for (const person of people) person.following = true;

  const tally = new Tally(longest / speed);
  world.on("chat", (person, entry) => {
    tally.note(entry);
    // The phone would keep hundreds of lines of each.
    if (person.chat.length > 20) person.chat.splice(0, 10);
  });
  let last = 0;
  const push = async (fast = false): Promise<void> => {
    last += 1;
    const id = String(last);
    const { act, takes, isAsked, isStream } = next(id, speed, fast);
    tally.sent(id, { isAsked, takes, isStream });
    const person = people[Math.floor(Math.random() * users)] as (typeof people)[number];
    tally.delivered(id, await cloud.act(person, act));
  };

  try {
    const measured = options.rate === undefined ? await capacity(push, 10_000 / speed) : undefined;
    const rate = options.rate ?? Math.max(1, Math.floor((measured as number) * load));
    progress(`capacity ${measured ?? "not measured"}, ${rate} pushes per second`);
    const ms = minutes * 60_000;
    const begun = performance.now();
    const samples: Sample[][] = bots.map(() => []);
    let [isOver, isAway] = [false, false];
    const until = (time: number) => sleep(Math.max(0, time - performance.now()));

    const disturbances = {
      /** The keys are gone. */
      restarts: async () => {
        const primary = await redis.primary();
        await primary.kill();
        await sleep((1 + Math.random() * 6) * (1_000 / speed));
        await primary.restart();
      },
      pauses: async () => {
        const primary = await redis.primary();
        primary.pause();
        await sleep(3_000 / speed);
        primary.resume();
      },
      /** The replica has the keys, but what was written last; who was primary becomes the replica. */
      failovers: async () => {
        const gone = await redis.failPrimary();
        await gone.restart();
      },
    };
    const counts = { restarts: 0, pauses: 0, failovers: 0 };
    /** Has Redis fail every now and then, in one way after the other. */
    const disturb = async () => {
      const ways = Object.keys(disturbances) as (keyof typeof disturbances)[];
      let at = begun + disturbance;
      for (let turn = 0; at + calm / speed < begun + ms; turn += 1) {
        await until(at - calm / speed);
        balancer.roams = false;
        await until(at);
        const way = ways[turn % ways.length] as keyof typeof disturbances;
        counts[way] += 1;
        isAway = true;
        await disturbances[way]();
        // Until the bots have noticed, and what was under way is over.
        await sleep(3_000 + calm / speed);
        isAway = false;
        balancer.roams = true;
        at = performance.now() + disturbance;
      }
    };
    const inRedis: Sample[] = [];
    const sample = async () => {
      const step = Math.max(1_000, ms / 60);
      while (!isOver) {
        await sleep(step);
        for (const [index, bot] of bots.entries()) {
          const { heap } = await usageOf(bot.child);
          // What waits for a Redis that is away is no growth.
          if (!isAway) samples[index]?.push({ at: performance.now() - begun, heap });
        }
        const held = await memoryOf(probe);
        if (held !== undefined) inRedis.push({ at: performance.now() - begun, heap: held });
        const heaps = samples.map((list) => mebibytes(list.at(-1)?.heap ?? 0)).join(" ");
        progress(
          `${Math.round((performance.now() - begun) / 1000)} s: ${tally.judged} judged, ${tally.open} open, ${tally.retries} retries, ${tally.late} late, ${tally.lost.length} lost, ${tally.double.length} double, heaps ${heaps} MiB, Redis ${mebibytes(held ?? 0)} MiB`,
        );
      }
    };
    const aside = Promise.all([disturb(), sample()]);

    let [sent, underWay] = [0, 0];
    const most = Math.max(50, 2 * rate);
    while (performance.now() - begun < ms) {
      const due = ((performance.now() - begun) / 1000) * rate;
      // What a busy machine has held up is not sent in one burst: WeChat is what is slow then.
      sent = Math.max(sent, due - rate / 4);
      for (; sent < due && underWay < most; sent += 1) {
        underWay += 1;
        void push()
          .catch((error) => failures.push(String(error)))
          .finally(() => {
            underWay -= 1;
          });
      }
      // A network does not send in step.
      await sleep(5 + Math.random() * 10);
      if (Math.random() < 0.01) cloud.mode = ["plain", "compat", "safe"][sent % 3] as "plain";
      tally.judge();
    }
    isOver = true;
    const seconds = (performance.now() - begun) / 1000;
    await cloud.settled();
    await sleep(longest / speed);
    await aside;
    tally.judge(true);

    const usages = await Promise.all(bots.map(({ child }) => usageOf(child)));
    const heaps = samples.map(flatness);
    const peaks = peaksOf(inRedis);
    const warnings: Record<string, number> = {};
    for (const usage of usages) {
      failures.push(...usage.failures);
      for (const [code, count] of Object.entries(usage.warnings)) {
        warnings[code] = (warnings[code] ?? 0) + count;
      }
    }
    const { lost, double, judged, passive, late, silent, retries } = tally;
    return {
      ...{ capacity: measured, rate, seconds, pushes: judged, passive, late, silent, retries },
      lostConnections: balancer.losses,
      redisRestarts: counts.restarts,
      redisPauses: counts.pauses,
      redisFailovers: counts.failovers,
      handlerRuns: usages.reduce((sum, { runs }) => sum + runs, 0),
      ...{ lost, double, failures, warnings, heaps, samples, redis: peaks },
      isRight:
        lost.length + double.length + failures.length === 0 &&
        heaps.every(({ isFlat }) => isFlat !== false) &&
        peaks.isFlat !== false,
    };
  } finally {
    for (const { child } of bots) child.kill("SIGKILL");
    await balancer.close();
    probe.disconnect();
    await shut(api);
    await redis.stop();
  }
}

interface Bot {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startBot(settings: BotSettings): Promise<Bot> {
  const child = fork(await bundle("test/soak/bot.ts"), [JSON.stringify(settings)], {
    execArgv: ["--expose-gc"],
  });
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

async function usageOf(child: ChildProcess): Promise<BotUsage> {
  child.send("usage");
  const [usage] = (await once(child, "message")) as [BotUsage];
  return usage;
}

/** Bytes that Redis uses; `undefined` while it is away. */
async function memoryOf(redis: Redis): Promise<number | undefined> {
  const info = await Promise.race([redis.info("memory"), sleep(1_000, "")]).catch(() => "");
  const [, bytes] = /used_memory:(\d+)/.exec(info) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** How many pushes per second are answered when the next one is sent as soon as one is. */
async function capacity(push: (fast: boolean) => Promise<void>, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let count = 0;
  const lane = async () => {
    for (; performance.now() < end; count += 1) await push(true);
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  return Math.floor((count / ms) * 1000);
}

interface Push {
  readonly act: Act;
  readonly takes: number;
  readonly isAsked: boolean;
  readonly isStream: boolean;
}

/** The next push: any kind of message or event, most of them answered at once. */
function next(id: string, speed: number, fast: boolean): Push {
  // By its number, so that every hundred pushes have their share of all.
  let roll = fast ? 100 : (Number(id) * 37) % 100;
  let takes = 0;
  for (const [share, ms] of slow) {
    if (roll < share && takes === 0) takes = ms / speed;
    roll -= share;
  }
  const turn = Number(id) % 10;
  const isStream = takes > 0 ? Number(id) % 3 === 0 : turn === 6;
  const act = isStream
    ? text(`${id} ${takes} stream`)
    : takes > 0
      ? text(`${id} ${takes}`)
      : actOf(turn, `${id} 0`);
  return { act, takes, isAsked: act.act !== "view", isStream };
}

const text = (said: string): Act => ({ act: "text", text: said });

/** What somebody does whose push says this. */
function actOf(turn: number, said: string): Act {
  if (turn === 0) return { act: "link", title: said, description: "", url: "http://a" };
  if (turn === 1) return { act: "location", latitude: 1, longitude: 2, label: said };
  if (turn === 2) return { act: "voice", mediaId: "MEDIA", recognition: said };
  if (turn === 3) return { act: "click", key: said };
  if (turn === 4) return { act: "scan", scene: said };
  if (turn === 5) return { act: "view", url: "http://a" };
  return text(turn === 7 ? `${said} video` : said);
}

const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
