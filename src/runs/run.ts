import type { Reply } from "../message/reply.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import { within } from "../time/clock.js";
import type { Agreed, Agreement, Outcome } from "./agreement.js";
import { type Host, type Kept, tooLate } from "./host.js";
import { NextDelivery } from "./next-delivery.js";
import { Unsure } from "./unsure.js";
import { type Answer, type Attempt, isLive, Waiter, Waiters } from "./waiters.js";
import { declined, deliverLate, outcomeOf, Progress, placeholderOf, type Work } from "./work.js";

/**
 * One push: its deliveries to this process, and the handlers if they run here. What concerns other
 * processes too, it asks of its `Agreement`. The phases, and what leads from one to the next:
 *
 * - `asking`, who runs it → `running`, or → `elsewhere`
 * - `elsewhere`: nobody waits here any more → forgotten; its process is gone → `running`
 * - `running`: the handlers answer, a delivery waits → `ended`; none does → `ready`; another process
 *   has begun it anew while the store was away → `elsewhere`, and the first one to answer counts
 * - `ready`: a delivery comes → `ended`; none comes in time → `promised`
 * - in all of these: a delivery's time is over, and it was not the last → left open, so that WeChat
 *   comes again; it was the last, or the handlers still run and none came → `promised`;
 *   the reply was given elsewhere → `ended`
 * - `promised`, the last delivery has the placeholder: the handlers answer → `sending`; their process
 *   is gone → they run again, here; it was sent elsewhere → `ended`
 * - `sending`, as a late reply → `ended`: further deliveries get what the last one got
 */
export class Run extends Progress {
  readonly #work: Work;
  readonly #host: Host;
  readonly #agreement: Agreement;
  readonly #waiters: Waiters;
  readonly #next: NextDelivery;
  #phase: "asking" | "running" | "elsewhere" | "ready" | "promised" | "sending" | "ended" =
    "asking";
  /** Whether the handlers were started here. */
  #started = false;
  #outcome: Outcome | undefined;
  readonly #unsure = new Unsure();
  #placeholder: Promise<Reply | undefined> | undefined;
  #limit: unknown;

  constructor(
    work: Work,
    host: Host,
    agreement: (work: Work, heard: (agreed: Agreed) => void) => Agreement,
  ) {
    super();
    this.#work = work;
    this.#host = host;
    this.#waiters = new Waiters(host.expiry);
    this.#next = new NextDelivery(host.clock, host.budget.grace);
    this.#agreement = agreement(work, (agreed) => this.#hear(agreed));
  }

  get hasEnded(): boolean {
    return this.#phase === "ended";
  }

  /** Resolves to the answer for one attempt. */
  deliver(attempt: Attempt): MaybePromise<Answer> {
    this.#next.came(attempt.arrived);
    const number = Math.max(this.attempt + 1, attempt.number ?? 1);
    const entering = this.#agreement.enter(number, attempt.admitted);
    if (isPromise(entering)) return this.#enter(attempt, number, entering);
    // Alone, everything is decided here and now.
    this.attempt = entering.deliveries;
    if (this.#phase === "asking") return this.#begin(attempt);
    if (this.#phase === "running") return this.#wait(attempt, this.attempt).answer;
    if (this.#phase === "ready") this.#finish(this.#outcome?.reply);
    return this.#answer;
  }

  /** Nobody waits here any longer: another process may take over, or nobody, if it took too long. */
  giveUp(wish: "release" | "over"): void {
    if (this.#phase === "ended") return;
    this.late = true;
    this.abort();
    const given = this.#agreement.propose(wish === "over" ? { over: true } : { release: true });
    this.#end(this.#placeholder, given);
    // Unanswered, so that WeChat tries again: another process may be there by then.
    this.#waiters.resolve("abandoned");
  }

  /** What an attempt gets that comes when all is decided. */
  get #answer(): Kept {
    if (this.#phase === "promised" || this.#phase === "sending") return this.#promised();
    return this.#placeholder ?? this.#outcome?.reply;
  }

  /** Runs the handlers for the first attempt, and answers it. */
  #begin(attempt: Attempt): MaybePromise<Answer> {
    this.#phase = "running";
    this.#started = true;
    const result = outcomeOf(this.#work, this);
    if (isPromise(result)) {
      const waiter = this.#wait(attempt, this.attempt);
      void result.then((reply) => this.#settle(reply));
      return waiter.answer;
    }
    // Handlers that answer at once need nobody to wait for them.
    if (isLive(attempt) && result !== declined) {
      this.#outcome = { reply: result };
      this.#finish(result);
      return result;
    }
    this.#settle(result);
    return "abandoned";
  }

  /** Waits for an attempt while others are asked. */
  #enter(attempt: Attempt, number: number, entering: Promise<Agreed>): Promise<Answer> {
    const waiter = this.#wait(attempt, number);
    waiter.isEntering = true;
    this.attempt = number;
    entering.then(
      (agreed) => {
        waiter.isEntering = false;
        waiter.number = Math.max(waiter.number, agreed.deliveries);
        this.#hear(agreed);
      },
      (error: unknown) => {
        this.attempt -= 1;
        this.#waiters.remove(waiter);
        waiter.reject(error);
        if (this.#phase === "asking") this.#phase = "elsewhere";
        this.#forgetIfIdle();
      },
    );
    if (this.#phase === "promised" || this.#phase === "sending")
      this.#waiters.resolve(this.#answer);
    return waiter.answer;
  }

  #wait(attempt: Attempt, number: number): Waiter {
    const waiter = new Waiter(number, attempt, this.#host.budget.ms, (gone) => this.#expired(gone));
    this.#waiters.add(waiter);
    return waiter;
  }

  /** Something is agreed, here or elsewhere. */
  #hear(agreed: Agreed): void {
    if (agreed.deliveries > this.attempt) {
      this.attempt = agreed.deliveries;
      // When exactly is not known here, and by which clock; not long ago.
      this.#next.came(this.#host.clock.now());
    }
    // The others do not know of this delivery yet: what they decide, they decide without it.
    if (this.#waiters.areEntering) return;
    if (this.#phase === "ended" || this.#phase === "sending") return;
    if (agreed.outcome !== undefined) this.#outcome ??= agreed.outcome;
    if (agreed.way === "passive" && !this.#unsure.isEmpty) {
      if (agreed.insists) this.#givePlaceholder();
      else if (this.#unsure.isTooLate(agreed, this.#waiters.live)) this.#insist();
      // A further delivery has come meanwhile, elsewhere, and got the reply.
      else if (this.#unsure.isInsisting && !this.#waiters.live)
        this.#end(this.#placeholder ?? this.#outcome?.reply);
      else this.#take(agreed);
    } else if (agreed.way === "late") this.#goLate(agreed);
    else if (this.#outcome !== undefined) this.#take(agreed);
    else if (agreed.here) this.#execute(agreed);
    else if (this.#phase === "asking" || this.#phase === "running") {
      this.#phase = "elsewhere";
      this.#forgetIfIdle();
    }
  }

  #execute(agreed: Agreed): void {
    if (this.#phase !== "promised") this.#phase = "running";
    if (this.#started) return;
    this.#started = true;
    const result = outcomeOf(this.#work, this, agreed.waiting);
    if (isPromise(result)) void result.then((reply) => this.#settle(reply));
    else this.#settle(result);
    if (this.#waiters.size === 0) this.#watch();
  }

  /** The handlers are done. */
  #settle(reply: Reply | undefined | typeof declined): void {
    if (reply === declined) {
      this.#decline();
      return;
    }
    if (this.#phase === "ended" || this.#phase === "sending") {
      // Unless another process was faster.
      if (reply !== undefined && this.isAborted) this.#host.warn(tooLate);
      return;
    }
    // Of two that ran, the first one's counts.
    const outcome = this.#outcome ?? { reply };
    this.#outcome = outcome;
    const { to } = this.#work;
    if (this.#phase === "elsewhere") {
      if (this.#waiters.canTake(this.attempt)) this.#ask();
    } else if (this.#phase === "promised") {
      void this.#told(this.#agreement.propose({ outcome, to }));
    } else if (
      outcome.reply === undefined ||
      this.#waiters.canTake(this.attempt, this.#host.clock.now())
    ) {
      // A connection is open, so no other one can be; what is published comes behind the answer.
      this.#waiters.resolve(outcome.reply);
      this.#finish(outcome.reply);
    } else {
      this.#phase = "ready";
      const agreed = this.#agreement.propose({ outcome, to });
      void this.#told(agreed);
      this.#watch();
    }
  }

  /** This process cannot handle it: the deliveries that it has are left open for one that can. */
  #decline(): void {
    if (this.#phase === "running") this.#phase = "elsewhere";
    void this.#told(this.#agreement.propose({ release: true }));
  }

  /** A reply is known and may be taken by a delivery that waits here. */
  #take(agreed: Agreed): void {
    const reply = this.#outcome?.reply;
    if (agreed.over) {
      const isTaken = this.#waiters.live;
      this.#waiters.resolve(reply);
      // One who took it elsewhere may find out that it came too late: further deliveries ask again.
      this.#end(reply, undefined, isTaken || agreed.isOurs);
    } else if (this.#waiters.canTake(agreed.deliveries)) {
      this.#ask();
    } else if (!this.#waiters.live) {
      this.#waiters.resolve("abandoned");
      if (this.#phase !== "ready") this.#forgetIfIdle();
    }
  }

  /** Asks whether a delivery that waits here may have the reply. */
  #ask(): void {
    this.#phase = "ready";
    if (!this.#unsure.ask(this.attempt)) return;
    const until = this.#next.arrived + this.#host.budget.ms;
    const reply = this.#outcome?.reply;
    void this.#told(this.#agreement.propose({ way: "passive", reply, until }));
  }

  /** An attempt has used up its time. */
  #expired(waiter: Waiter): void {
    const { budget, clock } = this.#host;
    this.#limit ??= clock.setTimeout(() => this.giveUp("over"), budget.maxRun);
    if (waiter.number >= budget.attempts) {
      void this.#promise();
      return;
    }
    this.#waiters.remove(waiter);
    waiter.resolve("abandoned");
    if (this.#waiters.size === 0) this.#watch();
  }

  /** The last attempt gets the placeholder, or the reply, should that have been decided meanwhile. */
  async #promise(): Promise<void> {
    const { budget, clock } = this.#host;
    // From here on the reply goes late, unless the agreement says otherwise.
    this.#phase = "promised";
    const placeholder = await this.#promised();
    if (this.hasEnded) return;
    const { to } = this.#work;
    const proposed = this.#agreement.propose({ way: "late", placeholder, to });
    if (!isPromise(proposed)) {
      this.#hear(proposed);
      return;
    }
    // WeChat's five seconds are a ninth longer than ours; half of that is left for the way.
    const agreed = await within<Agreed | undefined>(
      clock,
      proposed,
      budget.ms / 18,
      () => undefined,
    );
    if (agreed !== undefined) {
      this.#hear(agreed);
      return;
    }
    this.#givePlaceholder();
    this.#hear(await proposed);
  }

  /** The user has the placeholder, whatever the store says afterwards. */
  #givePlaceholder(): void {
    if (this.#phase !== "promised") return;
    if (this.#waiters.live) this.#unsure.give(this.attempt);
    this.#waiters.resolve(this.#promised());
  }

  /** It goes late instead, unless a delivery came after those that are known. */
  #insist(): void {
    const { to } = this.#work;
    const seen = this.#unsure.insist();
    void this.#told(this.#agreement.propose({ way: "late", to, seen, instead: true }));
  }

  #promised(): Promise<Reply | undefined> {
    const { budget, clock } = this.#host;
    this.#placeholder ??= placeholderOf(this.#work, this, clock, budget.ms / 18);
    return this.#placeholder;
  }

  /** The reply goes another way: after the placeholder, or because no delivery came. */
  #goLate(agreed: Agreed): void {
    const { placeholder } = agreed;
    this.late = true;
    if (agreed.over) {
      // The reply has been sent already: a placeholder would promise another.
      this.#waiters.resolve(placeholder);
      this.#end(placeholder);
      return;
    }
    if (placeholder !== undefined) this.#placeholder = Promise.resolve(placeholder);
    if (this.#waiters.size > 0) this.#waiters.resolve(this.#promised());
    this.#phase = "promised";
    if (!agreed.here) return;
    if (agreed.outcome !== undefined) void this.#send();
    else if (!this.#started) this.#execute(agreed);
    else if (this.#host.budget.drop) this.abort();
  }

  async #send(): Promise<void> {
    this.#phase = "sending";
    const reply = this.#outcome?.reply;
    const agreed = await this.#agreement.propose({ send: true });
    if (this.hasEnded) return;
    if (agreed.sends) {
      if (reply !== undefined) await deliverLate(this.#work, reply, this);
      this.#end(this.#placeholder, this.#agreement.propose({ over: true }));
    } else if (agreed.way === "passive" && this.#unsure.isTooLate(agreed, this.#waiters.live)) {
      this.#phase = "promised";
      this.#hear(agreed);
    } else {
      // Somebody else does, or has.
      this.#end(this.#placeholder);
    }
  }

  /** Nobody waits here: until WeChat comes again, or does not. */
  #watch(): void {
    if (this.#phase === "asking") return;
    if (this.#phase === "elsewhere") {
      this.#forgetIfIdle();
      return;
    }
    this.#next.watch(() => {
      if (this.#waiters.size > 0 || !this.#isUndecided) return;
      const { to } = this.#work;
      const wish = { way: "late", to, seen: this.attempt } as const;
      void this.#told(this.#agreement.propose(wish)).then(() => {
        // Another delivery has come meanwhile, elsewhere.
        if (this.#isUndecided) this.#watch();
      });
    });
  }

  get #isUndecided(): boolean {
    return this.#phase === "running" || this.#phase === "ready";
  }

  async #told(agreed: MaybePromise<Agreed>): Promise<void> {
    this.#hear(isPromise(agreed) ? await agreed : agreed);
  }

  /** The reply has been taken by a delivery here. */
  #finish(reply: Reply | undefined): void {
    const { to } = this.#work;
    const outcome = this.#outcome ?? { reply };
    this.#end(reply, this.#agreement.propose({ outcome, way: "passive", to }));
  }

  /** Another delivery of it begins anew. */
  #forgetIfIdle(): void {
    if (this.#phase !== "elsewhere" || this.#waiters.size > 0) return;
    this.#close();
    this.#host.forget(this.#work.key);
    void this.#agreement.leave();
  }

  /** Ends here; `last` is what remains to be told to the others. */
  #end(answer: Kept, last?: MaybePromise<Agreed>, isCertain = true): void {
    if (this.#phase === "ended") return;
    this.#close();
    if (isCertain) this.#host.ended(this.#work.key, answer);
    else this.#host.forget(this.#work.key);
    const left = isPromise(last)
      ? last.then(() => this.#agreement.leave())
      : this.#agreement.leave();
    if (isPromise(left)) this.#host.leaving(left);
  }

  #close(): void {
    this.#phase = "ended";
    this.#next.stop();
    this.#host.clock.clearTimeout(this.#limit);
  }
}
