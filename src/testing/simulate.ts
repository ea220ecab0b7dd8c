import { WechatError } from "../errors.js";
import { ownLanguage } from "../language.js";
import { type Simulator, startSimulator } from "../simulator/server.js";
import type { SimulatedAccountOptions } from "../simulator/world/account.js";
import { type Clock, FakeClock } from "../simulator/world/clock.js";
import { type AccountKind, isKind, kinds } from "../simulator/world/kinds.js";
import type { Profile } from "../simulator/world/people.js";
import { type Snapshot, snapshotOf } from "../simulator/world/snapshot.js";
import { ApiSide } from "./api-side.js";
import { listening, type Target } from "./target.js";
import { User } from "./user.js";

/** The options of `simulate`: the account, as the bot has it, and how WeChat behaves. */
export interface SimulateOptions extends Omit<SimulatedAccountOptions, "cloudHosting"> {
  /** Token: every push is signed with it. */
  readonly token: string;
  /** Where the bot answers, if it is an app. Default: `/wechat`. */
  readonly path?: string;
  /** A `FakeClock` moves WeChat's time on demand. Default: the real one. */
  readonly clock?: Clock;
  /** How often a push is delivered at most. Default: 3. */
  readonly attempts?: number;
  /** How long WeChat waits for an answer, in milliseconds. Default: 5,000. */
  readonly patience?: number;
  /** Verifies the server address before anything else, as the console does. Default: true. */
  readonly verify?: boolean;
}

/** The same for a bot that runs in 微信云托管, where nothing is signed. */
export interface CloudSimulateOptions extends Omit<SimulateOptions, "token"> {
  readonly token?: string;
  readonly cloudHosting: true | "json" | "xml";
}

/** A simulated WeChat with phones in the hands of as many users as a test needs. */
export class Phone {
  /** The simulated API: what was called, and how it is to fail. */
  readonly api: ApiSide;
  readonly #simulator: Simulator;
  readonly #stop: () => Promise<void>;
  readonly #clock: Clock | undefined;
  readonly #users = new Map<string, User>();

  constructor(
    simulator: Simulator,
    api: ApiSide,
    stop: () => Promise<void>,
    clock: Clock | undefined,
  ) {
    this.#simulator = simulator;
    this.#stop = stop;
    this.#clock = clock;
    this.api = api;
  }

  /** The address of the simulated WeChat: its API, and a page with the phone. */
  get url(): string {
    return this.#simulator.url;
  }

  /** The address of the bot (服务器地址), as it would stand in the account's settings. */
  get botUrl(): string {
    return this.#simulator.cloud.target;
  }

  /** The user of that name, made on first use; a profile changes what it names. */
  user(name: string, profile: Partial<Profile> = {}): User {
    const known = this.#users.get(name) ?? new User(this.#simulator.cloud, name);
    this.#users.set(name, known);
    return known.has(profile);
  }

  /** What kind of account the bot has, which decides what the API lets it do. */
  get kind(): AccountKind {
    return this.#simulator.cloud.world.account.kind;
  }

  /** Changes it, as 微信认证 does: `phone.kind = "service"`. */
  set kind(kind: AccountKind) {
    this.#simulator.cloud.kind = kind;
  }

  /** All that the simulated WeChat knows, as plain JSON: people, chats, menu, tags, media, journal. */
  export(): Snapshot {
    return snapshotOf(this.#simulator.cloud.world);
  }

  /** The clock that was given, if it can be moved: `await phone.clock.advance(7_200_000)`. */
  get clock(): FakeClock {
    if (this.#clock instanceof FakeClock) return this.#clock;
    throw new WechatError(
      "WX_SIMULATOR",
      "phone.clock can be moved only if it is a fake one: simulate(app, { …, clock: new FakeClock() }).",
    );
  }

  /**
   * Ends the simulated WeChat, and the app if it was given a place here; a bot that was given by its
   * address goes on. What the bot has not answered yet is broken off.
   */
  async close(): Promise<void> {
    await this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Puts a bot into a simulated WeChat. Throws a WechatError (WX_SIMULATOR) when the bot does not pass
 * the verification of its address.
 *
 * ```ts
 * const phone = await simulate(app, { token: "…" });
 * const alice = phone.user("alice");
 * const { reply } = await alice.sends("hi");
 * await phone.close();
 * ```
 */
export async function simulate(
  target: Target,
  options: SimulateOptions | CloudSimulateOptions,
): Promise<Phone> {
  const { path = "/wechat", clock, attempts, patience, verify = true, ...rest } = options;
  const account: SimulatedAccountOptions = rest;
  checkAccount(account);
  const bot = await listening(target, path);
  const simulator = await startSimulator({
    account,
    target: "",
    ...(clock === undefined ? {} : { clock }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(patience === undefined ? {} : { patience }),
  });
  const api = new ApiSide(simulator.cloud.world);
  const stop = async () => {
    await simulator.close();
    await bot.close();
  };
  try {
    simulator.cloud.target = await bot.start(simulator.url, api);
    const fault = verify ? (await simulator.cloud.verify())?.[ownLanguage()] : undefined;
    if (fault !== undefined) {
      throw new WechatError(
        "WX_SIMULATOR",
        account.cloudHosting
          ? `The bot does not answer the probe of 微信云托管: ${fault}. See whether it has "cloudHosting: true", and compare "path" with where the middleware is mounted.`
          : `The bot does not pass the verification of its server address (Token验证失败): ${fault}. Compare "token", and "path" with where the middleware is mounted.`,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return new Phone(simulator, api, stop, clock);
}

/** Says what is missing before anything listens. */
function checkAccount({
  token,
  mode,
  encodingAESKey,
  kind,
  cloudHosting,
}: SimulatedAccountOptions): void {
  if (!cloudHosting && (typeof token !== "string" || token === "")) {
    throw new WechatError(
      "WX_SIMULATOR",
      'simulate() needs the bot\'s token, to sign what it pushes: simulate(app, { token: "…" }).',
    );
  }
  if (kind !== undefined && !isKind(kind)) {
    throw new WechatError(
      "WX_SIMULATOR",
      `The kind of account is one of ${Object.keys(kinds).join(", ")}, not ${JSON.stringify(kind)}.`,
    );
  }
  if (mode !== undefined && mode !== "plain" && encodingAESKey === undefined) {
    throw new WechatError(
      "WX_SIMULATOR",
      `The mode ${JSON.stringify(mode)} needs the bot's "encodingAESKey" and "appId".`,
    );
  }
}
