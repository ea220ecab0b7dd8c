import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.js";
import type { Seen } from "./judge.js";
import { type Tap, TcpProxy } from "./proxy.js";
import { type BotSettings, type BotState, type FromBot, now } from "./wire.js";

/** One process of a bot. */
export interface Bot {
  /** Counts the processes of a fleet, the restarted ones too. */
  readonly process: number;
  readonly port: number;
  readonly child: ChildProcess;
}

/** A place in the fleet: the process that is there now, and its own way to a single Redis. */
export interface Place {
  bot: Bot;
  readonly proxy: TcpProxy | undefined;
  readonly settings: BotSettings;
}

export interface FleetOptions {
  /** The file that each process runs. */
  readonly file: string;
  /** One for each process. */
  readonly settings: readonly BotSettings[];
  readonly random: Random;
  /** Listens to what each process says to a single Redis. */
  readonly tap?: (() => Tap) | undefined;
  see(seen: Seen): void;
}

/** The processes of a bot, behind a load balancer that tries another one when a connection is refused. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #running = new Set<Bot>();
  #count = 0;
  places: Place[] = [];
  /** What nobody has caught, and processes that ended by themselves. */
  readonly failures: string[] = [];
  /** What came to `wx.catch` or Koa, and warnings: how often each. */
  readonly remarks = new Map<string, number>();

  private constructor(options: FleetOptions) {
    this.#options = options;
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    fleet.places = await Promise.all(
      options.settings.map(async (settings): Promise<Place> => {
        const { redis } = settings;
        const proxy = redis.kind === "single" ? await TcpProxy.start(redis.port) : undefined;
        if (proxy !== undefined) proxy.tap = options.tap;
        const proxied: BotSettings =
          proxy === undefined
            ? settings
            : { ...settings, redis: { kind: "single", port: proxy.port } };
        return { bot: await fleet.#start(proxied), proxy, settings: proxied };
      }),
    );
    return fleet;
  }

  /** Connects to one of the processes that take connections; to none if there is none. */
  async connect(only?: Place): Promise<{ socket: Socket; process: number } | undefined> {
    const left = only === undefined ? [...this.places] : [only];
    while (left.length > 0) {
      const [{ bot }] = left.splice(this.#options.random.below(left.length), 1) as [Place];
      const socket = connect({ port: bot.port, host: "127.0.0.1", noDelay: true });
      socket.on("error", () => socket.destroy());
      try {
        await once(socket, "connect");
        return { socket, process: bot.process };
      } catch {
        // The next one may take it.
      }
    }
    return undefined;
  }

  /** Ends a process as a power cut would, and starts another in its place. */
  async kill(place: Place): Promise<void> {
    const { bot } = place;
    this.#forget(bot);
    bot.child.kill("SIGKILL");
    await once(bot.child, "exit");
    this.#options.see({ what: "died", process: bot.process, at: now() });
    place.bot = await this.#start(place.settings);
  }

  /** Has a process close itself, while another takes its place, as a deploy does. */
  async replace(place: Place): Promise<void> {
    const { bot } = place;
    place.bot = await this.#start(place.settings);
    this.#running.delete(bot);
    bot.child.kill("SIGTERM");
    void once(bot.child, "exit").then(() => {
      this.#options.see({ what: "died", process: bot.process, at: now() });
    });
  }

  /** Leaves a process standing for so many milliseconds, whatever takes its place meanwhile. */
  async stop({ bot: { process, child } }: Place, ms: number): Promise<void> {
    this.#options.see({ what: "stopped", process, at: now() });
    child.kill("SIGSTOP");
    await sleep(ms);
    child.kill("SIGCONT");
    this.#options.see({ what: "resumed", process, at: now() });
  }

  /** Asks a process how it is. */
  state({ bot: { child } }: Place): Promise<BotState> {
    return new Promise((resolve, reject) => {
      const hear = (message: FromBot) => {
        if (!("cpu" in message)) return;
        child.off("message", hear);
        resolve(message);
      };
      child.on("message", hear);
      child.send("state", (error) => void (error && reject(error)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bot of this.#running) {
      this.#forget(bot);
      bot.child.kill("SIGKILL");
    }
    await Promise.all(this.places.map(({ proxy }) => proxy?.[Symbol.asyncDispose]()));
  }

  async #start(settings: BotSettings): Promise<Bot> {
    this.#count += 1;
    const process = this.#count;
    const child = fork(this.#options.file, [JSON.stringify(settings)], {
      // They are told over IPC.
      execArgv: ["--no-warnings"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.on("message", (message: FromBot) => {
        if ("port" in message) resolve(message.port);
        else this.#hear(process, message);
      });
      child.once("exit", (code) =>
        reject(new Error(`A bot ended at its start with code ${code}.`)),
      );
    });
    const bot: Bot = { process, port, child };
    this.#running.add(bot);
    child.once("exit", (code, signal) => {
      if (!this.#running.has(bot)) return;
      this.failures.push(`process ${process} ended by itself: ${signal ?? code}`);
      this.#options.see({ what: "died", process, at: now() });
    });
    return bot;
  }

  #forget(bot: Bot): void {
    this.#running.delete(bot);
  }

  #hear(process: number, message: FromBot): void {
    if ("arrived" in message) {
      this.#options.see({ what: "arrived", push: message.arrived, process, at: message.at });
    } else if ("started" in message) {
      this.#options.see({ what: "started", push: message.started, process, at: message.at });
    } else if ("ended" in message) {
      this.#options.see({ what: "ended", push: message.ended, process, at: message.at });
    } else if ("failure" in message) this.failures.push(message.failure);
    else if ("error" in message) this.#remark(message.error);
    else if ("warning" in message) this.#remark(`warning ${message.warning}`);
  }

  #remark(remark: string): void {
    this.remarks.set(remark, (this.remarks.get(remark) ?? 0) + 1);
  }
}
