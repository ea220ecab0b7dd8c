import { randomUUID } from "node:crypto";
import type { Reply } from "../message/reply.js";
import { type Store, scoped } from "../store/store.js";
import { type Clock, within } from "../time/clock.js";
import type { Budget } from "./deadline.js";

/** How long a finished run answers retries: four times WeChat's five seconds, and some more. */
export const keep = 60_000;
/** A store that has not answered by then fails; longer than one takes to notice it by itself. */
const patience = 1_500;
/** How long a store that failed is left alone. */
const rest = 2_000;
/** More deliveries of one push than anybody has seen. */
const maxAttempts = 20;

/** The handlers' reply, or nothing. */
export interface Outcome {
  readonly reply?: Reply;
}

/**
 * Which way the reply goes: to an attempt, or, after a placeholder or without one, late.
 * Decided once for each run, by whoever claims it first.
 */
export interface Decision {
  readonly way: "passive" | "late";
  readonly placeholder?: Reply;
}

/**
 * What processes agree on about a run, in a shared store: who runs it, how many attempts there
 * were, what the reply is and which way it goes.
 *
 * A store that fails or hangs is left alone for a moment, and each process goes on by itself: it
 * runs what it is asked to and its own wishes are the decisions.
 */
export class Ledger {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #lease: number;
  /** How long decisions that concern a late reply are kept: as long as one can come. */
  readonly #long: number;
  #failing = false;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(store: Store, clock: Clock, budget: Budget, warn: (message: string) => void) {
    this.#store = scoped(store, "run");
    this.#clock = clock;
    this.#warn = warn;
    this.#lease = budget.lease;
    this.#long = budget.maxRun + keep;
  }

  /** Claims the next number for an attempt; `known` is the highest that is known to be taken. */
  async count(key: string, known: number): Promise<number> {
    let number = known + 1;
    while (
      number < maxAttempts &&
      !(await this.#ask(() => this.#store.claim(`${key}:${number}`, "1", keep), true))
    ) {
      number += 1;
    }
    return number;
  }

  /** The highest number that an attempt has claimed, at least `known`. */
  async counted(key: string, known: number): Promise<number> {
    let number = known;
    while (
      number < maxAttempts &&
      (await this.#ask(() => this.#store.get(`${key}:${number + 1}`), undefined)) !== undefined
    ) {
      number += 1;
    }
    return number;
  }

  /** Claims the right to run the handlers, for as long as it is renewed; to nothing if taken. */
  async own(key: string): Promise<string | undefined> {
    const token = randomUUID();
    const owned = await this.#ask(
      () => this.#store.claim(`${key}:owner`, token, this.#lease),
      true,
    );
    return owned ? token : undefined;
  }

  async renew(key: string, token: string): Promise<void> {
    const name = `${key}:owner`;
    const renewed = await this.#ask(() => this.#store.renew(name, token, this.#lease), true);
    // Ran out while this process was stalled; perhaps nobody has taken it yet.
    if (!renewed) await this.#ask(() => this.#store.claim(name, token, this.#lease), true);
  }

  async release(key: string, token: string): Promise<void> {
    await this.#ask(() => this.#store.compareAndDelete(`${key}:owner`, token), false);
  }

  /** Makes the outcome known; resolves to the one that counts, should there be another already. */
  async publish(key: string, outcome: Outcome): Promise<Outcome> {
    const name = `${key}:outcome`;
    const json = JSON.stringify(outcome);
    if (await this.#ask(() => this.#store.claim(name, json, keep), true)) return outcome;
    return (await this.outcome(key)) ?? outcome;
  }

  async outcome(key: string): Promise<Outcome | undefined> {
    return parse(await this.#ask(() => this.#store.get(`${key}:outcome`), undefined));
  }

  /** Waits for another process to publish, at most `ms`. */
  async wait(key: string, ms: number, signal: AbortSignal): Promise<Outcome | undefined> {
    const wait = () => this.#store.wait(`${key}:outcome`, ms, signal);
    return parse(await this.#ask(wait, undefined, ms + patience));
  }

  /** Decides which way the reply goes; resolves to the decision that counts. */
  async decide(key: string, wish: Decision): Promise<Decision> {
    const name = `${key}:way`;
    const ttl = wish.way === "late" ? this.#long : keep;
    const decided = await this.#ask(() => this.#store.claim(name, JSON.stringify(wish), ttl), true);
    return decided ? wish : ((await this.decision(key)) ?? wish);
  }

  async decision(key: string): Promise<Decision | undefined> {
    return parse(await this.#ask(() => this.#store.get(`${key}:way`), undefined));
  }

  /** Waits for another process to decide, at most `ms`. */
  async waitForDecision(
    key: string,
    ms: number,
    signal: AbortSignal,
  ): Promise<Decision | undefined> {
    const wait = () => this.#store.wait(`${key}:way`, ms, signal);
    return parse(await this.#ask(wait, undefined, ms + patience));
  }

  /** Claims the late delivery, so that it happens at most once. */
  claimLate(key: string): Promise<boolean> {
    return this.#ask(() => this.#store.claim(`${key}:sent`, "1", this.#long), true);
  }

  async #ask<T>(call: () => Promise<T>, otherwise: T, ms = patience): Promise<T> {
    if (this.#clock.now() < this.#restUntil) return otherwise;
    let failed = true;
    const watched = (async () => {
      const answer = await call();
      failed = false;
      return answer;
    })();
    const answer = await within(this.#clock, watched, ms, () => otherwise);
    if (failed) this.#fail();
    else this.#failing = false;
    return answer;
  }

  #fail(): void {
    this.#restUntil = this.#clock.now() + rest;
    if (this.#failing) return;
    this.#failing = true;
    this.#warn(
      "The store does not answer. Until it does, each process handles its pushes by itself: a push whose retry reaches another process may be handled twice.",
    );
  }
}

function parse<T>(json: string | undefined): T | undefined {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as T;
  } catch {
    // Nothing of ours; going on alone is better than failing for as long as it is there.
    return undefined;
  }
}
