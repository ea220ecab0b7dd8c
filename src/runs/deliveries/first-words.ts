import type { Reply } from "../../message/reply.js";
import { within } from "../../time/clock.js";
import type { Agreed, Beginning, Wish } from "../agreement/agreement.js";
import type { Host } from "../host.js";
import { type Progress, placeholderOf, type Work, type Writing } from "../work.js";

/** The run, as far as its first words have to do with it. */
interface Stage {
  /** Whether it is not yet decided how the answer goes. */
  isRunning(): boolean;
  /** Whether a delivery waits here. */
  hasDelivery(): boolean;
  /** Gives the first words to the delivery that waits. */
  show(): void;
  /** Lets deliveries elsewhere have them. */
  offer(beginning: Beginning): void;
  /** All of it is there, as one reply. */
  settle(whole: Reply | undefined): void;
}

/**
 * What the last delivery of a push is answered with when the handlers are not done: whole sentences
 * of what they are writing, here or elsewhere, or else the placeholder.
 */
export class FirstWords {
  readonly #work: Work;
  readonly #host: Host;
  readonly #run: Progress;
  readonly #stage: Stage;
  /** The beginning of what another process writes, or this one has offered the others. */
  #offer: Agreed["beginning"];
  #given: Promise<Reply | undefined> | undefined;
  #timer: unknown;
  #isDecided = false;
  #isWhole = false;
  #isExpired = false;
  #writing: Writing | undefined;
  /** Whose answer begins in what `give` gave, if one does: see Wish. */
  begun: string | undefined;

  constructor(work: Work, host: Host, run: Progress, stage: Stage) {
    this.#work = work;
    this.#host = host;
    this.#run = run;
    this.#stage = stage;
  }

  /** What the handlers here are writing. */
  get writing(): Writing | undefined {
    return this.#writing;
  }

  /** Whether something was written here, and no more of it comes. */
  get isWhole(): boolean {
    return this.#writing?.isOver === true;
  }

  /** What was given, or is being made; `undefined` if nothing was asked for. */
  get given(): Promise<Reply | undefined> | undefined {
    return this.#given;
  }

  /** What other processes know of it. */
  hear({ beginning, way }: Agreed): void {
    // What was thought to be agreed can have been refused.
    if (way === undefined) this.#isDecided = false;
    if (beginning !== undefined && !this.#isDecided) this.#offer = beginning;
  }

  /** It is agreed what was given; if nothing was, first words come too late: all of it is delivered another way. */
  agree(placeholder: Reply | undefined): void {
    if (placeholder !== undefined) this.#given = Promise.resolve(placeholder);
    else if (this.begun !== undefined) this.#given = undefined;
    if (placeholder === undefined) this.begun = undefined;
    this.#isDecided = true;
    this.#offer = undefined;
  }

  /** What the delivery with this number was given has reached nobody: all of it is delivered another way. */
  unseen(number: number): Wish {
    this.agree(undefined);
    return { unseen: number };
  }

  /** The same for everybody who asks. Never rejects. */
  give(): Promise<Reply | undefined> {
    this.#given ??= this.#make();
    return this.#given;
  }

  /** That the reply goes late, behind what the last delivery is given: no beginning, if the whole is known here. */
  async late(isWhole = false): Promise<Wish> {
    this.#isWhole ||= isWhole;
    const placeholder = await this.give();
    return { way: "late", placeholder, begun: this.begun, to: this.#work.to };
  }

  /** The handlers here have begun to write. */
  write(writing: Writing): void {
    this.#writing = writing;
    void writing.ready.then((whole) => {
      if (!this.#stage.isRunning()) return;
      if (whole !== "long") this.#stage.settle(whole);
      else if (this.#stage.hasDelivery()) this.#stage.show();
      else void this.#offerNow();
    });
  }

  /** Nothing is won by waiting when the first message is full. */
  showIfFull(): void {
    const isFull = this.#offer?.full === true;
    if (isFull && this.#stage.hasDelivery() && this.#stage.isRunning()) this.#stage.show();
  }

  /** Another process has the last delivery: it is told, before its time is over, what it can show. */
  offerSoon(): void {
    const { clock, budget, ahead } = this.#host;
    this.#timer ??= clock.setTimeout(
      () => void this.#offerNow(),
      budget.ms - budget.ms / 9 - ahead(),
    );
  }

  /** Ends what is being written here, with what is there; `false` if nothing is, or that has been done. */
  expire(): boolean {
    const isFirst = this.#writing !== undefined && !this.#isExpired;
    this.#isExpired = true;
    if (isFirst) this.#writing?.expire();
    return isFirst;
  }

  /** The run is over: nobody wants the rest of what is still being written. */
  stop(): void {
    this.#host.clock.clearTimeout(this.#timer);
    if (this.#writing?.isOver === false) this.#run.abort();
  }

  async #make(): Promise<Reply | undefined> {
    const { clock, budget } = this.#host;
    const patience = budget.ms / 18 + this.#host.ahead();
    if (this.#isWhole) return placeholderOf(this.#work, this.#run, clock, patience);
    // Its words are on their way already.
    if (this.#isDecided && this.#writing !== undefined) return undefined;
    if (this.#offer === undefined && !this.#isDecided)
      await within(clock, this.#begin(), patience, () => undefined);
    if (this.#offer === undefined) {
      return placeholderOf(this.#work, this.#run, clock, patience);
    }
    this.begun = this.#offer.none ? undefined : this.#offer.by;
    return this.#offer.reply;
  }

  /** Lets a delivery that waits elsewhere, or the next one, show what is written here so far. */
  async #offerNow(): Promise<void> {
    const beginning = await this.#begin();
    if (beginning !== undefined && this.#stage.isRunning()) this.#stage.offer(beginning);
  }

  async #begin(): Promise<Beginning | undefined> {
    const beginning = await this.#writing?.beginning();
    if (beginning !== undefined) this.#offer ??= { ...beginning, by: "here" };
    return beginning;
  }
}
