import type { Reply } from "../message/reply.js";
import { within } from "../time/clock.js";
import { andThen, isPromise, type MaybePromise } from "../time/maybe-promise.js";
import type { Agreed, Agreement, Outcome, Wish } from "./agreement/agreement.js";
import { Unsure } from "./agreement/unsure.js";
import { Deliveries } from "./deliveries/deliveries.js";
import { FirstWords } from "./deliveries/first-words.js";
import { type Answer, type Attempt, isLive } from "./deliveries/waiters.js";
import { type Host, type Kept, tooLate } from "./host.js";
import { type Phase, undecided } from "./phase.js";
import type { Agreeing, Work, Writing } from "./work.js";
import { declined, deliverLate, followed, isWriting, outcomeOf, Progress } from "./work.js";

/**
 * One push: its deliveries to this process, and the handlers if they run here. What concerns other
 * processes too, it asks of its `Agreement`. `Phase` says what leads to what.
 */
export class Run extends Progress {
  readonly #work: Work;
  readonly #host: Host;
  readonly #agreement: Agreement;
  #made: Deliveries | undefined;
  #firstWords: FirstWords | undefined;
  #phase: Phase = "asking";
  #started = false;
  #outcome: Outcome | undefined;
  readonly #unsure = new Unsure();

  constructor(work: Work, host: Host, agreement: Agreeing) {
    super();
    this.#work = work;
    this.#host = host;
    this.#agreement = agreement(work, (agreed) => this.#hear(agreed));
  }

  /** Made for the first one that waits: most pushes are answered at once. */
  get #deliveries(): Deliveries {
    this.#made ??= new Deliveries(this.#host, {
      last: () => void this.#promise(),
      idle: () => this.#watch(),
      tooLong: () => this.#words.expire() || this.giveUp("over"),
    });
    return this.#made;
  }

  get #words(): FirstWords {
    this.#firstWords ??= new FirstWords(this.#work, this.#host, this, {
      isRunning: () => this.#phase === "running" || this.#phase === "elsewhere",
      hasDelivery: () => this.#deliveries.areLive,
      show: () => void this.#promise(),
      offer: (beginning) => void this.#propose({ beginning }),
      settle: (whole) => this.#settle(whole),
    });
    return this.#firstWords;
  }

  get hasEnded(): boolean {
    return this.#phase === "ended";
  }

  /** Resolves to the answer for one attempt. */
  deliver(attempt: Attempt): MaybePromise<Answer> {
    const number = Math.max(this.attempt + 1, attempt.number ?? 1);
    const entering = this.#agreement.enter(number, attempt.admitted);
    if (isPromise(entering)) return this.#enter(attempt, number, entering);
    // Alone, everything is decided here and now.
    this.attempt = entering.deliveries;
    if (this.#phase === "asking") return this.#begin(attempt);
    if (this.#phase === "running") {
      const { answer } = this.#deliveries.wait(attempt, this.attempt);
      this.#firstWords?.showIfFull();
      return answer;
    }
    if (this.#phase === "ready") this.#finish(this.#outcome?.reply);
    return this.hasEnded ? (this.#words.given ?? this.#outcome?.reply) : this.#words.give();
  }

  /** The process is to end: others do what is left, which the last delivery is promised; what is all there leaves. */
  async handOver(): Promise<void> {
    if (this.#deliveries.isLastLive) await this.#promise();
    const isLeaving = this.isClaimed || this.#words.isWhole;
    if (this.#phase !== "sending" || !isLeaving) this.giveUp("release");
  }

  /** Nobody waits here any longer: another process may take over, when WeChat comes again; or nobody, if it took too long. */
  giveUp(wish: "release" | "over"): void {
    if (this.#phase === "ended") return;
    this.late = true;
    this.abort();
    // Only this process knows that it is owed.
    if (this.#unsure.isMissed) void this.#agreement.propose(this.#unsure.insist(this.#work.to));
    const given = this.#agreement.propose(wish === "over" ? { over: true } : { release: true });
    this.#deliveries.resolve(wish === "over" ? undefined : "abandoned");
    // Nothing was said, if not that: whoever comes again is not told that all is done.
    this.#end(this.#words.given, given, wish === "over" || this.#words.given !== undefined);
  }

  /** The user gets nothing more of it: he is gone, or wants something else. */
  stop(): void {
    if (this.hasEnded || !this.#started) return;
    this.isStopped = true;
    this.abort();
    this.#deliveries.resolve(undefined);
    this.#outcome = {};
    this.#finish(undefined);
  }

  /** Runs the handlers for the first attempt, and answers it. */
  #begin(attempt: Attempt): MaybePromise<Answer> {
    this.#phase = "running";
    this.#started = true;
    const result = outcomeOf(this.#work, this);
    if (isPromise(result) || isWriting(result)) {
      const { answer } = this.#deliveries.wait(attempt, this.attempt);
      void andThen(result, (reply) => this.#settle(reply));
      return answer;
    }
    // Handlers that answer at once need nobody to wait for them.
    if (isLive(attempt, this.#host.clock) && result !== declined) {
      this.#end(result);
      return result;
    }
    this.#deliveries.came(attempt.arrived);
    this.#settle(result);
    return "abandoned";
  }

  /** Waits for an attempt while others are asked. */
  #enter(attempt: Attempt, number: number, entering: Promise<Agreed>): Promise<Answer> {
    const answer = this.#deliveries.enter(attempt, number, entering, {
      heard: (agreed) => this.#hear(agreed),
      refused: () => {
        this.attempt -= 1;
        if (this.#phase === "asking") this.#phase = "elsewhere";
        this.#forgetIfIdle();
      },
    });
    this.attempt = number;
    if (this.#phase === "promised") this.#givePlaceholder();
    else if (this.#phase === "sending") this.#deliveries.resolve(this.#words.give());
    return answer;
  }

  /** Something is agreed, here or elsewhere. */
  #hear(agreed: Agreed): void {
    if (agreed.deliveries > this.attempt) {
      this.attempt = agreed.deliveries;
      // When exactly is not known here, and by which clock; not long ago.
      this.#deliveries.came(this.#host.clock.now());
      if (this.#started && this.attempt >= this.#host.budget.attempts) this.#words.offerSoon();
    }
    if (agreed.beginning !== undefined || this.#firstWords) this.#words.hear(agreed);
    // The others do not know of this delivery yet: what they decide, they decide without it.
    if (this.#deliveries.areEntering || this.hasEnded || this.#phase === "sending") return;
    if (agreed.outcome !== undefined) this.#outcome ??= agreed.outcome;
    if (agreed.way === undefined && this.#takeBack(agreed)) return;
    if (agreed.way === "passive" && !this.#unsure.isEmpty) {
      if (agreed.insists) this.#givePlaceholder();
      else if (this.#unsure.isTooLate(agreed, this.#deliveries.areLive)) this.#lose(agreed);
      // A further delivery has come meanwhile, elsewhere, and got the reply.
      else if (this.#unsure.isInsisting && !this.#deliveries.areLive)
        this.#end(this.#words.given ?? this.#outcome?.reply);
      else this.#take(agreed);
    } else if (agreed.way === "late") this.#goLate(agreed);
    else if (this.#outcome !== undefined || agreed.over) {
      // It came while another process had the lease, which is here again.
      if (agreed.here && agreed.outcome === undefined) this.#publish(this.#outcome ?? {});
      this.#take(agreed);
    } else if (agreed.here) this.#execute(agreed);
    else if (this.#phase === "asking" || this.#phase === "running") {
      this.#phase = "elsewhere";
      this.#forgetIfIdle();
    }
    this.#firstWords?.showIfFull();
  }

  #execute(agreed: Agreed): void {
    if (this.#phase !== "promised") this.#phase = "running";
    if (this.#started) return;
    this.#started = true;
    void andThen(outcomeOf(this.#work, this, agreed.waiting), (reply) => this.#settle(reply));
    if (this.#deliveries.areNone) this.#watch();
  }

  /** The handlers are done. */
  #settle(reply: Reply | undefined | Writing | typeof declined | "broken"): void {
    if (reply === declined) {
      // This process cannot handle it: the deliveries that it has are left open for one that can.
      if (this.#phase === "running") this.#phase = "elsewhere";
      void this.#propose({ release: true });
      return;
    }
    if (this.#phase === "ended" || this.#phase === "sending") {
      // Unless another process was faster, or it was stopped.
      if (reply !== undefined && this.isAborted && !this.isStopped) this.#host.warn(tooLate);
      if (isWriting(reply)) this.abort();
      return;
    }
    if (isWriting(reply)) {
      this.#words.write(reply);
      if (this.late) void this.#propose({ way: "late", to: this.#work.to });
      return;
    }
    // Of two that ran, the first one's counts; but the user has the beginning of what a process wrote that is gone.
    const outcome = reply === "broken" ? { broken: true as const } : (this.#outcome ?? { reply });
    this.#outcome = outcome;
    if (this.#phase === "elsewhere") {
      if (this.#deliveries.canTake(this.attempt)) this.#ask();
    } else if (this.#phase === "promised") this.#publish(outcome);
    else if (outcome.reply === undefined || this.#deliveries.canTakeNow(this.attempt)) {
      // A connection is open, so no other one can be; what is published comes behind the answer.
      this.#deliveries.resolve(outcome.reply);
      this.#finish(outcome.reply);
    } else {
      this.#phase = "ready";
      this.#publish(outcome);
      this.#watch();
    }
  }

  #publish(outcome: Outcome): void {
    void this.#propose({ outcome, to: this.#work.to });
  }

  /** A reply is known and may be taken by a delivery that waits here. */
  #take(agreed: Agreed): void {
    const reply = this.#outcome?.reply;
    if (agreed.over) {
      const isTaken = this.#deliveries.areLive;
      this.#deliveries.resolve(reply);
      // One who took it elsewhere may find out that it came too late: further deliveries ask again.
      if (isTaken) this.#finish(reply);
      else this.#end(reply, undefined, agreed.isOurs);
    } else if (this.#deliveries.canTake(agreed.deliveries)) this.#ask();
    else if (!this.#deliveries.areLive) {
      this.#deliveries.resolve("abandoned");
      if (this.#phase !== "ready") this.#phase = agreed.here ? "ready" : "elsewhere";
      this.#watch();
    }
  }

  /** Asks whether a delivery that waits here may have the reply. */
  #ask(): void {
    this.#phase = "ready";
    if (!this.#unsure.ask(this.attempt)) return;
    const { until } = this.#deliveries;
    const alone = this.#deliveries.areAll(this.attempt);
    void this.#propose({ way: "passive", reply: this.#outcome?.reply, until, alone });
  }

  /** The last attempt gets the placeholder, or the reply, should that have been decided meanwhile. */
  async #promise(): Promise<void> {
    const { budget, clock } = this.#host;
    if (!this.#deliveries.areLive) {
      // Nobody is there to promise anything to. It may have been an old delivery: who has the handlers will see.
      this.#deliveries.resolve("abandoned");
      return this.#phase === "elsewhere" ? this.#watch() : this.#miss();
    }
    // From here on the reply goes late, unless the agreement says otherwise.
    this.#phase = "promised";
    this.#deliveries.hold();
    const wish = await this.#words.late(this.#outcome !== undefined);
    if (this.hasEnded) return;
    const proposed = Promise.resolve(this.#agreement.propose(wish));
    // WeChat's five seconds are a ninth longer than ours; half of that is left for the way.
    const soon = await within<Agreed | undefined>(clock, proposed, budget.ms / 18, () => undefined);
    // One that still asks hears of nothing, and has no more time than any other.
    if (soon === undefined || this.#deliveries.areEntering) this.#givePlaceholder();
    this.#hear(soon ?? (await proposed));
  }

  /** That it goes late is not agreed: to nobody here it was promised, or the store has lost it. */
  #takeBack({ over }: Agreed): boolean {
    if (this.#phase !== "promised" || over) return false;
    const { isGiven, isEmpty } = this.#unsure;
    if (isGiven) void this.#words.late().then((wish) => this.#propose(wish));
    if (!isEmpty || !this.#deliveries.areNone) return isGiven;
    // Refused, since another delivery had come elsewhere.
    this.late = false;
    this.#phase = this.#outcome === undefined ? "running" : "ready";
    this.#watch();
    return false;
  }

  /** The user has the placeholder, whatever the store says afterwards. */
  #givePlaceholder(): void {
    if (this.#phase !== "promised" || this.#deliveries.areNone) return;
    if (this.#deliveries.areLive) this.#unsure.give(this.attempt, this.#words.begun);
    else if (this.#words.begun !== undefined && !this.#unsure.isGiven)
      void this.#agreement.propose(this.#words.unseen(this.#deliveries.newest));
    this.#deliveries.resolve(this.#words.give());
  }

  /** The reply goes another way: after the placeholder, or because no delivery came. */
  #goLate(agreed: Agreed): void {
    const { placeholder } = agreed;
    this.late = true;
    if (agreed.over) {
      // The reply has been sent already: a placeholder would promise another.
      this.#deliveries.resolve(placeholder);
      return void this.#end(placeholder);
    }
    this.#phase = "promised";
    // Whoever decided it did not know of the placeholder.
    if (agreed.isUntouched && this.#unsure.tellAgain(agreed.deliveries))
      return void this.#words.late().then((wish) => this.#propose(wish));
    this.#words.agree(placeholder);
    this.#givePlaceholder();
    if (!agreed.here) return;
    const { writing } = this.#words;
    if (agreed.outcome !== undefined) void this.#send();
    // Of what has begun the whole is wanted no more, even if it is here.
    else if (agreed.shown === "others") this.#settle("broken");
    else if (writing !== undefined && (agreed.shown || !this.#outcome)) void this.#follow(writing);
    else if (this.#outcome !== undefined) this.#publish(this.#outcome);
    else if (!this.#started) this.#execute(agreed);
    else if (this.#host.budget.drop) this.abort();
  }

  /** Delivers what is being written, part after part. */
  async #follow(writing: Writing): Promise<void> {
    this.#phase = "sending";
    const agreed = await this.#agreement.propose({ follow: "asked" });
    if (this.hasEnded) return;
    if (agreed.way === undefined) return this.#goBack(agreed);
    const isOurs = await followed(writing, this.#agreement, this);
    if (!isOurs) this.abort();
    this.#end(this.#words.given, isOurs ? this.#agreement.propose({ over: true }) : undefined);
  }

  async #send(): Promise<void> {
    this.#phase = "sending";
    const agreed = await deliverLate(this.#work, this.#outcome ?? {}, this.#agreement, this);
    if (this.hasEnded && !agreed?.sends) return;
    if (agreed === undefined || agreed.sends)
      this.#end(this.#words.given, this.#agreement.propose({ over: true }));
    else if (!agreed.way || this.#unsure.isTooLate(agreed, this.#deliveries.areLive))
      this.#goBack(agreed);
    else this.#end(this.#words.given);
  }

  /** It does not go late: a delivery had come meanwhile. */
  #goBack(agreed: Agreed): void {
    this.#phase = "promised";
    this.#hear(agreed);
  }

  /** Nobody waits here: until WeChat comes again, or does not. */
  #watch(): void {
    this.#forgetIfIdle();
    if (!undecided.has(this.#phase)) return;
    this.#deliveries.watch(() => {
      if (this.#deliveries.areNone && undecided.has(this.#phase)) this.#miss();
    });
  }

  /** The delivery that was to have the reply has not got it: the next one may, and else it goes late. */
  #lose({ deliveries }: Agreed): void {
    const mayCome = this.#unsure.miss() && deliveries < this.#host.budget.attempts;
    if (mayCome && undecided.has(this.#phase)) this.#watch();
    else void this.#propose(this.#unsure.insist(this.#work.to));
  }

  /** No delivery takes it, unless another one has come meanwhile, elsewhere. */
  #miss(): void {
    void this.#propose(this.#unsure.late(this.#work.to, this.attempt)).then(() => this.#watch());
  }

  async #propose(wish: Wish): Promise<void> {
    const agreed = this.#agreement.propose(wish);
    this.#hear(isPromise(agreed) ? await agreed : agreed);
  }

  /** A delivery here has got what the handlers gave, whatever the others know. */
  #finish(reply: Reply | undefined): void {
    this.#outcome ??= { reply };
    const done = { outcome: this.#outcome, way: "passive", to: this.#work.to } as const;
    this.#end(reply, this.#agreement.propose(done));
  }

  /** Another delivery of it begins anew. */
  #forgetIfIdle(): void {
    if (this.#phase === "elsewhere" && this.#deliveries.areNone)
      this.#end(undefined, undefined, false);
  }

  /** Ends here; `last` is what remains to be told to the others. */
  #end(answer: Kept, last?: MaybePromise<Agreed>, isCertain = true): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    this.#made?.stop();
    this.#firstWords?.stop();
    this.tellEnd();
    if (isCertain) this.#host.ended(this.#work.key, answer);
    else this.#host.forget(this.#work.key);
    const left = andThen(last, () => this.#agreement.leave());
    if (isPromise(left)) this.#host.leaving(left);
  }
}
