import type { Reply } from "../../src/message/reply.js";
import { Runs } from "../../src/runs/runs.js";
import type { Work } from "../../src/runs/work.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { Peer } from "../../src/store/peer.js";
import type { Clock } from "../../src/time/clock.js";
import { WechatClock } from "../../src/time/wechat-clock.js";
import { Connection, type Host, Server } from "./network.js";
import type { PlannedPush, Scenario } from "./scenario.js";
import { NumberedAnswer } from "./stream.js";
import { Random, Time } from "./time.js";

/** What became of one push, as WeChat and the user saw it. */
export interface Story {
  readonly push: PlannedPush;
  /** When and where handlers were started. */
  readonly runs: { readonly at: number; readonly process: number }[];
  /** Passive answers that came before WeChat hung up: what, and to which delivery. */
  readonly answers: { readonly at: number; readonly delivery: number; readonly text: string }[];
  /** Customer-service messages. */
  readonly sent: { readonly at: number; readonly process: number; readonly text: string }[];
  /** Deliveries that WeChat made, and which process was there for them. */
  readonly tried: { readonly at: number; readonly process: number }[];
  /** Whether no delivery was answered, so that the user saw the banner. */
  banner: boolean;
  /** Whether its late reply was claimed by a process that was killed, or closed in a hurry, perhaps while it sent it. */
  claimed: boolean;
  /** Whether WeChat still waits for an answer, or will deliver it again. */
  isOpen: boolean;
}

export interface Played {
  readonly stories: readonly Story[];
  /** Processes that are alive at the end. */
  readonly alive: number;
  readonly warnings: readonly string[];
  readonly rejections: readonly unknown[];
  /** What is left in processes that have nothing to do any more. */
  readonly left: readonly string[];
}

/** How long a delivery and its answer are on their way at most. */
export const onItsWay = 30;
/** How long the store is slow for a process. */
export const slowFor = 8_000;
/** How long a process that has stood still works before it reads that WeChat has hung up. */
const unread = 20;
const round = 5_000;
/** Long enough for all that may still come: claims wait 30 s, orphans two leases. */
const aftermath = 120_000;

/** Plays a scenario on the real runs, with simulated time, network and processes. */
export async function play(scenario: Scenario): Promise<Played> {
  const time = new Time();
  const random = new Random(scenario.seed ^ 0x5eed);
  const server = new Server(time);
  const warnings: string[] = [];
  const stories = scenario.pushes.map(
    (push): Story => ({
      push,
      runs: [],
      answers: [],
      sent: [],
      tried: [],
      banner: false,
      claimed: false,
      isOpen: true,
    }),
  );
  const rejections: unknown[] = [];
  const note = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", note);
  const processes = Array.from(
    { length: scenario.processes },
    (_, index) => new Process(index, { time, server, random, stories, warnings }, scenario),
  );
  for (const story of stories) {
    time.at(story.push.at, () => deliver(story, 0, { time, processes, random }));
  }
  for (const fault of scenario.faults) {
    time.at(fault.at, () => {
      const victim = processes[fault.process];
      if (victim === undefined) return;
      if (fault.kind === "standstill") {
        server.standsUntil = Math.max(server.standsUntil, time.now + fault.for);
      } else if (fault.kind === "slow") victim.slow(fault.for);
      else if (fault.kind === "cut") victim.cut(fault.for);
      else if (fault.kind === "gone") server.leave(fault.for, false);
      else if (fault.kind === "emptied") server.leave(fault.for, true);
      else if (fault.kind === "stop") victim.stop(fault.for);
      else if (fault.kind === "kill") victim.kill();
      else victim.close(fault.for || undefined);
    });
  }
  const isAtRest = () =>
    server.scheduled.size === 0 &&
    stories.every(({ isOpen }) => !isOpen) &&
    processes.every(({ isIdle }) => isIdle);
  await time.run(Math.max(0, ...scenario.pushes.map(({ at }) => at)) + aftermath, isAtRest);
  // Whoever waits for one that died while it sent, or whose last word was lost, waits until `deadline.maxRun`.
  let isAwaited = false;
  for (const [id, story] of stories.entries()) {
    const record = (await server.data.get(`run:push:${id}`)) ?? "";
    const sender = processes[Number(/"sender":"p(\d)/.exec(record)?.[1])];
    story.claimed = sender?.wasCutShort === true;
    isAwaited ||= sender?.isDead === true && !record.includes('"over":true');
  }
  const left = processes.flatMap((process) => (process.isDead || isAwaited ? [] : process.left));
  const alive = processes.filter(({ isDead }) => !isDead).length;
  for (const process of processes) process.kill();
  process.off("unhandledRejection", note);
  return { stories, alive, warnings, rejections, left };
}

interface World {
  readonly time: Time;
  readonly server: Server;
  readonly random: Random;
  readonly stories: readonly Story[];
  readonly warnings: string[];
}

/** WeChat's side: three deliveries, each with five seconds. */
function deliver(
  story: Story,
  index: number,
  around: { time: Time; processes: readonly Process[]; random: Random },
): void {
  const { time, processes, random } = around;
  if (index === 3) {
    story.banner = true;
    story.isOpen = false;
    return;
  }
  const wanted = processes[story.push.to[index] as number];
  // A balancer sends it elsewhere when nobody listens there.
  const target = wanted?.accepts ? wanted : processes.find(({ accepts }) => accepts);
  const connection = { aborted: false, isRead: false };
  let isAnswered = false;
  const begun = time.now;
  story.tried.push({ at: begun, process: target?.index ?? -1 });
  if (target !== undefined && !story.push.lost[index]) {
    time.at(begun + random.within(0, onItsWay), () =>
      target.deliver(story, connection, index, (text) => {
        time.at(time.now + random.within(0, onItsWay), () => {
          if (isAnswered || time.now >= begun + round) return;
          isAnswered = true;
          story.isOpen = false;
          story.answers.push({ at: time.now, delivery: index, text });
        });
      }),
    );
  }
  time.at(begun + round, () => {
    // Of what comes in with its end, the end is read at once.
    const hangUp = () => {
      connection.aborted = true;
    };
    if (connection.isRead) target?.hear(hangUp);
    else hangUp();
    if (!isAnswered) deliver(story, index + 1, around);
  });
}

const text = (content: string): Reply => ({ type: "text", content });
const contentOf = (reply: Reply | undefined) => (reply?.type === "text" ? reply.content : "");

/** One process of the bot, which can stand still and die. */
class Process implements Host {
  readonly index: number;
  readonly #world: World;
  readonly #connection: Connection;
  readonly #runs: Runs;
  readonly #isSilent: boolean;
  readonly #line: number;
  readonly #wechatClock = new WechatClock();
  /** By how much its wall clock is wrong. */
  #skew = 0;
  #stoppedUntil = 0;
  #isClosing = false;
  isDead = false;
  wasCutShort = false;
  /** Deliveries that wait for an answer. */
  #open = 0;
  readonly #written: NumberedAnswer[] = [];

  constructor(index: number, world: World, scenario: Scenario) {
    const { seed, latency, deadline, isSilent = false, line = 0 } = scenario;
    this.#line = line;
    this.#isSilent = isSilent;
    this.index = index;
    this.#world = world;
    this.#setClock(new Random(seed + index));
    const { time, server, random, warnings } = world;
    this.#connection = new Connection(server, this, time, random, latency);
    const clock: Clock = {
      now: () => time.now,
      setTimeout: (work, ms) => time.at(time.now + Math.max(0, ms), () => this.#due(work)),
      clearTimeout: (timer) => {
        if (typeof timer === "function") timer();
      },
    };
    const warn = (message: string) => void warnings.push(message);
    this.#runs = new Runs({
      store: new FallbackStore(this.#connection.store, { clock, warn }),
      deadline: { late: "send", ...deadline },
      clock,
      warn,
      peer: new Peer(`p${index}`),
      random: () => random.next(),
      orphans: {
        knows: () => true,
        deliver: async ({ to, outcome }, claim) => {
          if (line > 0) await this.#sleep(line);
          if (!(await claim())) return;
          const reply = outcome?.reply;
          this.#send(to.openid, reply === undefined ? "broken off" : contentOf(reply));
        },
      },
    });
  }

  /** It has been there for long, by a clock of its own; or it is new, and its clock is right. */
  #setClock(random: Random): void {
    if (random.chance(0.5)) return;
    this.#skew = random.within(-200_000, 200_000);
    const created = -60;
    for (let push = 0; push < 30; push += 1) {
      const now = created * 1_000 + random.within(0, 999) + random.within(0, onItsWay);
      this.#wechatClock.deliveryOf(now + this.#skew, created, created);
    }
  }

  /** Whether it takes connections: one that stands still does, for the kernel does. */
  get accepts(): boolean {
    return !this.isDead && !this.#isClosing;
  }

  /** Whether nothing is left for it to do. */
  get isIdle(): boolean {
    return this.isDead || (this.#runs.size === 0 && this.#world.time.now >= this.#stoppedUntil);
  }

  /** What should not be there when all is over. */
  get left(): readonly string[] {
    const found = [
      ...(this.#runs.size > 0 ? ["a run that never ends"] : []),
      ...(this.#open > 0 ? ["a delivery that was never answered, nor let go"] : []),
      ...(this.#written.some(({ isUnwanted }) => isUnwanted) ? ["a writer that nobody stops"] : []),
    ];
    return found.map((what) => `process ${this.index} has ${what}`);
  }

  receive(work: () => void): void {
    if (this.isDead) return;
    if (this.#world.time.now < this.#stoppedUntil) {
      this.#world.time.at(this.#stoppedUntil, () => this.receive(work));
    } else work();
  }

  /** Hears of something at once, or, having stood still, when other things are done. */
  hear(what: () => void): void {
    const { time } = this.#world;
    if (time.now >= this.#stoppedUntil) what();
    else time.at(this.#stoppedUntil + unread, () => this.receive(what));
  }

  deliver(
    story: Story,
    connection: { readonly aborted: boolean; isRead: boolean },
    delivery: number,
    answer: (text: string) => void,
  ): void {
    this.receive(() => {
      const { time } = this.#world;
      connection.isRead = true;
      const created = Math.floor(story.push.at / 1_000);
      const number = this.#wechatClock.deliveryOf(time.now + this.#skew, created, created);
      const attempt = { arrived: time.now, closed: connection, number };
      this.#open += 1;
      void Promise.resolve(this.#runs.answer(this.#work(story), attempt)).then((given) => {
        this.#open -= 1;
        if (given === "abandoned" || this.isDead || delivery < 0) return;
        this.receive(() => answer(contentOf(given)));
      });
    });
  }

  slow(ms: number): void {
    this.#connection.slowUntil = this.#world.time.now + slowFor;
    this.#connection.slowBy = ms;
  }

  cut(ms: number): void {
    const { time } = this.#world;
    this.#connection.cutUntil = time.now + ms;
    this.#connection.lose();
    time.at(time.now + ms, () => this.#connection.find());
  }

  stop(ms: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#world.time.now + ms);
  }

  kill(): void {
    this.wasCutShort ||= !this.isDead;
    this.isDead = true;
    this.#connection.lose();
  }

  /** SIGTERM: takes no new connections, finishes, or waits so long and hands over, and is gone. */
  close(timeout?: number): void {
    this.receive(() => {
      this.#isClosing = true;
      void this.#runs.close(timeout ?? 600_000).then(() => {
        this.wasCutShort ||= timeout !== undefined;
        this.isDead = true;
        this.#connection.lose();
      });
    });
  }

  /** A timer that is due lets what has arrived be read first. */
  #due(work: () => void): void {
    const { time } = this.#world;
    this.receive(() => time.at(time.now, () => this.receive(work)));
  }

  #work(story: Story): Work {
    const { time, stories } = this.#world;
    const isSilent = this.#isSilent;
    const id = String(stories.indexOf(story));
    return {
      key: `push:${id}`,
      to: { openid: id },
      start: (state) => {
        const run = story.runs.push({ at: time.now, process: this.index });
        const { sentences, takes } = story.push;
        if (sentences !== undefined) {
          const made = new NumberedAnswer({
            ...{ run, state, sentences, pace: takes / sentences },
            sleep: (ms) => this.#sleep(ms),
            send: (content) => this.#send(id, content),
          });
          this.#written.push(made);
          return made;
        }
        const reply = text(`reply ${id}`);
        return takes === 0 ? reply : this.#sleep(takes).then(() => reply);
      },
      placeholder: async () => (isSilent ? undefined : text("placeholder")),
      deliverLate: async (reply, _run, claim) => {
        if (this.#line > 0) await this.#sleep(this.#line);
        if (await claim()) this.#send(id, reply === "broken" ? "broken off" : contentOf(reply));
      },
    };
  }

  /** Resolves in so many milliseconds, unless the process dies. */
  #sleep(ms: number): Promise<void> {
    const { time } = this.#world;
    return new Promise((resolve) => {
      time.at(time.now + ms, () => this.receive(resolve));
    });
  }

  #send(id: string, content: string): void {
    const { time, stories } = this.#world;
    stories[Number(id)]?.sent.push({ at: time.now, process: this.index, text: content });
  }
}
