import { createHash } from "node:crypto";
import type { StoreError } from "../../errors.js";
import { systemClock } from "../../time/clock.js";
import { type Expiring, Expiry } from "../../time/expiry.js";
import { driverOf, type RedisClient } from "./client.js";
import type { Driver } from "./driver.js";
import { redisError, tellRedis, unreachable } from "./error.js";
import { Subscriber } from "./subscriber.js";

/**
 * What Redis answers, alike from every client: a number is the text of its digits, a status such as
 * `OK` is a text.
 */
export type Reply = string | null | readonly Reply[];

/** A script in Lua that touches one key, or several that a cluster keeps together. */
export class Script {
  readonly text: string;
  readonly sha1: string;

  constructor(text: string) {
    this.text = text;
    this.sha1 = createHash("sha1").update(text).digest("hex");
  }
}

/** Tells whether answers arrive, and as they are. */
const probe = new Script("return {ARGV[1], #KEYS}");

/** One timer for all calls of this process. */
const calls = new Expiry(systemClock);

/** How often it is looked whether a client that connects is ready. */
const lookEvery = 20;

/**
 * Redis, whichever client leads to it. Everything rejects with a StoreError that quotes neither keys
 * nor values, `timeout` milliseconds after the call at the latest; a command that was sent by then
 * may still take effect, one that was not never will.
 */
export class RedisConnection {
  readonly #driver: Driver;
  readonly #timeout: number;
  readonly #subscriber: Subscriber;
  #checked: Promise<void> | undefined;
  #isChecked = false;
  /** Why this client can never work, once that is known. */
  #refusal: StoreError | undefined;
  #nextLook: Promise<void> | undefined;

  /** Throws a ConfigError for a client that can be seen not to work. */
  constructor(client: RedisClient, timeout: number) {
    this.#driver = driverOf(client, timeout);
    this.#timeout = timeout;
    this.#subscriber = new Subscriber(this.#driver);
  }

  /** Whether a command would be sent right now. */
  isReady(): boolean {
    return this.#driver.state() === "ready";
  }

  /** Runs a command on one key. */
  run(key: string, command: string, ...args: readonly string[]): Promise<Reply> {
    return this.#inTime(command, key, () => this.#send(command, [command, key, ...args], 1));
  }

  /** Runs a script on keys of one slot, and gives it to a server that does not know it. */
  script(script: Script, keys: readonly string[], ...args: readonly string[]): Promise<Reply> {
    const [key = ""] = keys;
    return this.#inTime("EVALSHA", key, () => this.#script(script, keys, args));
  }

  /**
   * The name that a channel has in Redis: two apps that the client's own prefix keeps apart do not
   * hear each other. A script publishes under this name.
   */
  channel(name: string): string {
    return this.#driver.keyPrefix + name;
  }

  /**
   * Listens to a channel, by the name it has in Redis, over one extra connection for all of them.
   * Resolves when the server has confirmed, to a function that ends it; rejects if it does not in
   * five seconds. When the connection broke and is back, `onGap` is called: messages may be missing.
   */
  async subscribe(
    channel: string,
    listener: (message: string) => void,
    onGap: () => void,
  ): Promise<() => void> {
    try {
      return await this.#subscriber.subscribe(channel, listener, onGap);
    } catch (error) {
      throw redisError("SUBSCRIBE", error);
    }
  }

  /** Ends what this opened itself; the client stays open. */
  close(): void {
    this.#subscriber.close();
  }

  /** Sees to it that a call takes no longer than it may, and is sent while it may. */
  #inTime(command: string, key: string, work: () => Promise<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      // The connection keeps the process alive; where there is none, nothing should.
      const call = calls.after(this.#timeout, () => {
        const trouble = this.isReady() ? undefined : this.#driver.trouble();
        const what = `did not answer within ${this.#timeout} ms`;
        if (trouble !== undefined) reject(redisError(command, trouble));
        else reject(this.#refusal ?? tellRedis(command, what, unreachable));
      });
      // As most are, spared the promises of those that wait for a connection.
      const isWell = this.#isChecked && this.#refusal === undefined && this.isReady();
      // Both are without effect, and nothing is left unhandled, when the time is already over.
      (isWell ? work() : this.#whenReady(call, key, work)).then(
        (reply) => {
          calls.remove(call);
          resolve(reply);
        },
        (error: unknown) => {
          calls.remove(call);
          reject(redisError(command, error));
        },
      );
    });
  }

  /**
   * In the queue of a client that has lost its connection, a command would outlive its time and overwrite
   * what came after it.
   */
  async #whenReady(call: Expiring, key: string, work: () => Promise<Reply>): Promise<Reply> {
    while (this.#driver.state() === "connecting") {
      await this.#look();
      if (!call.listed) return null;
    }
    if (this.#refusal !== undefined) throw this.#refusal;
    await this.#check(key);
    return call.listed ? work() : null;
  }

  /** Many may wait for a connection, behind one timer. */
  #look(): Promise<void> {
    this.#nextLook ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#nextLook = undefined;
        resolve();
      }, lookEvery);
    });
    return this.#nextLook;
  }

  /** Before the first command: whether what the client gives back is what Redis answered. */
  #check(key: string): Promise<void> {
    this.#checked ??= this.#probe(key).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }

  async #probe(key: string): Promise<void> {
    const reply = await this.#script(probe, [key], ["koa-wx"]);
    if (JSON.stringify(reply) !== '["koa-wx","1"]') throw this.#refuse("EVALSHA", "something else");
    this.#isChecked = true;
  }

  #script(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const all = ["EVALSHA", script.sha1, String(keys.length), ...keys, ...args];
    return this.#send("EVALSHA", all, 3, keys.length, (error) => {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return this.#send("EVAL", ["EVAL", script.text, ...all.slice(2)], 3, keys.length);
    });
  }

  #send(
    command: string,
    args: readonly string[],
    keyAt: number,
    keys = 1,
    otherwise?: (error: unknown) => Promise<Reply>,
  ): Promise<Reply> {
    return this.#driver.send(args, keyAt, keys).then(
      (reply: unknown) => {
        if (isReply(reply)) return plain(reply);
        throw this.#refuse(command, reply instanceof Uint8Array ? "bytes" : typeof reply);
      },
      (error: unknown) => {
        // Other keys would find their way, and make the store seem to come and go.
        const isMoved = error instanceof Error && error.message.startsWith("MOVED ");
        if (isMoved) this.#refusal = redisError(command, error);
        if (otherwise === undefined) throw error;
        return otherwise(error);
      },
    );
  }

  /** What this client gives back can be trusted no more: not even a "no" is one. */
  #refuse(command: string, what: string): StoreError {
    const then =
      "Give RedisStore the client as its package makes it: with promises, without legacy mode, and answering with texts.";
    this.#refusal = tellRedis(command, `seems to answer with ${what}`, then);
    return this.#refusal;
  }
}

type RawReply = string | number | bigint | null | readonly RawReply[];

function isReply(reply: unknown): reply is RawReply {
  if (Array.isArray(reply)) return reply.every(isReply);
  return reply === null || ["string", "number", "bigint"].includes(typeof reply);
}

function plain(reply: RawReply): Reply {
  if (reply === null || typeof reply === "string") return reply;
  return typeof reply === "object" ? reply.map(plain) : String(reply);
}
