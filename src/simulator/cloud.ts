import { WechatError } from "../errors.js";
import type { Bilingual } from "../language.js";
import { type Act, carryOut } from "./pushes/acts.js";
import { Postman, type PostmanOptions } from "./pushes/postman.js";
import type { PushFields } from "./pushes/push.js";
import {
  type SimulatedAccount,
  type SimulatedAccountOptions,
  simulatedAccount,
} from "./world/account.js";
import type { Clock } from "./world/clock.js";
import { realClock } from "./world/clock.js";
import type { PushRecord } from "./world/journal.js";
import type { AccountKind } from "./world/kinds.js";
import type { Person } from "./world/people.js";
import { World } from "./world/world.js";

export interface CloudOptions extends PostmanOptions {
  readonly account: SimulatedAccountOptions;
  readonly clock?: Clock;
}

/** Tencent's side of the wire: it has people do things, tells the bot, and shows what it answers. */
export class Cloud {
  readonly world: World;
  readonly #postman: Postman;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor({ account, clock = realClock, ...options }: CloudOptions) {
    this.world = new World(simulatedAccount(account), clock);
    this.#postman = new Postman(this.world, options, this.#closing.signal);
  }

  /** The server address (服务器地址) of the bot. */
  get target(): string {
    return this.#postman.target;
  }

  set target(url: string) {
    this.#postman.target = url;
  }

  /** Aborts when the simulated WeChat is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Verifies the server address (服务器地址) as the console does; says what is wrong, if anything is. */
  verify(): Promise<Bilingual | undefined> {
    return this.#postman.verify();
  }

  /** Has a person do something; resolves when WeChat knows what to make of the bot's answer. */
  async act(person: Person, act: Act): Promise<PushRecord | undefined> {
    if (this.closed.aborted) {
      throw new WechatError(
        "WX_SIMULATOR",
        `The simulated WeChat is closed, so ${person.name} can do nothing any more. Close it after the last act: await phone.close().`,
      );
    }
    const meaning = carryOut(this.world, person, act);
    if (meaning === undefined) return undefined;
    const { content, fields } = meaning;
    if (content !== undefined) this.world.say(person, "user", content);
    return this.#deliver(person, fields);
  }

  /** Pushes something that WeChat itself has to report, such as the end of a mass sending. */
  push(person: Person, fields: PushFields): void {
    // What becomes of it stands in the journal.
    void this.#deliver(person, fields);
  }

  /** Changes how pushes are encrypted (消息加解密方式). */
  set mode(mode: SimulatedAccount["mode"]) {
    const { account } = this.world;
    if (mode !== "plain" && account.encodingAESKey === undefined) {
      throw new WechatError(
        "WX_SIMULATOR",
        'Encrypted pushes need the bot\'s EncodingAESKey: start the simulator with "encodingAESKey" (--aes-key).',
      );
    }
    this.world.account = { ...account, mode };
    this.world.emit("settings");
  }

  /** Changes what kind of account it is, as 微信认证 does. */
  set kind(kind: AccountKind) {
    this.world.account = { ...this.world.account, kind };
    this.world.emit("settings");
  }

  /** Breaks off the pushes that are under way, also those that the bot takes long to answer. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  /** Waits for the pushes that are under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #deliver(person: Person, fields: PushFields): Promise<PushRecord> {
    const run = this.#answered(person, fields);
    this.#running.add(run);
    return run.finally(() => this.#running.delete(run));
  }

  async #answered(person: Person, fields: PushFields): Promise<PushRecord> {
    const record = await this.#postman.deliver(person, fields);
    // Whoever has left sees nothing any more.
    if (fields.Event === "unsubscribe" || this.closed.aborted) return record;
    if (record.reply !== undefined) this.world.say(person, "account", record.reply, "reply");
    if (record.outcome === "fault") this.world.banner(person);
    return record;
  }
}
