import type { Reply } from "../message/reply.js";
import type { Decision, Ledger, Outcome } from "./ledger.js";
import {
  type Answer,
  type Attempt,
  deliverLate,
  type Host,
  type Kept,
  outcomeOf,
  Progress,
  placeholderOf,
  tooLate,
  Waiter,
  type Work,
} from "./run.js";

/**
 * This process's part in a run whose attempts may reach several processes. One of them has the
 * handlers; the others wait for the outcome, and take over when the first one's lease runs out.
 *
 * The store decides which way the reply goes, once: to the attempts that wait ("passive"), or,
 * after the placeholder or when no attempt came, "late", which only the runner delivers.
 */
export class SharedRun extends Progress {
  readonly #work: Work;
  readonly #host: Host;
  readonly #ledger: Ledger;
  readonly #waiters = new Set<Waiter>();
  readonly #stop = new AbortController();
  readonly #onEnd: (() => void)[] = [];
  /** Attempts that are being counted. */
  #entering = 0;
  #watching = false;
  /** The lease, while the handlers run here. */
  #token: string | undefined;
  #ran = false;
  #outcome: Outcome | undefined;
  #deciding: Promise<Decision> | undefined;
  /** Set once the reply goes another way. */
  #late: Decision | undefined;
  #placeholder: Promise<Reply | undefined> | undefined;
  #promising = false;
  #delivering = false;
  #ended = false;
  #arrived = 0;
  #heart: unknown;
  #idle: unknown;
  #limit: unknown;

  constructor(work: Work, host: Host, ledger: Ledger) {
    super();
    this.#work = work;
    this.#host = host;
    this.#ledger = ledger;
  }

  /** Waits for the answer to one attempt. */
  join(attempt: Attempt): Promise<Answer> {
    this.attempt += 1;
    this.#arrived = Math.max(this.#arrived, attempt.arrived);
    if (this.#late !== undefined) return this.#lateAnswer(this.#late);
    const waiter = new Waiter(this.attempt, attempt, this.#host.budget.ms, this);
    this.#waiters.add(waiter);
    this.#host.expiry.add(waiter);
    void this.#enter(waiter);
    return waiter.answer;
  }

  /** Resolves when this process is done with the push. */
  finished(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) resolve();
      else this.#onEnd.push(resolve);
    });
  }

  /** Nobody waits any longer; whatever the handlers return is dropped. */
  giveUp(): void {
    if (this.#ended) return;
    const token = this.#token;
    this.late = true;
    this.abort();
    this.#end(this.#late?.placeholder ?? this.#placeholder);
    this.#resolve("abandoned");
    // So that a retry can run at once where it arrives.
    if (token !== undefined) void this.#ledger.release(this.#work.key, token);
  }

  async #enter(waiter: Waiter): Promise<void> {
    const { key } = this.#work;
    this.#entering += 1;
    const first = this.attempt === 1;
    const [number, token] = await Promise.all([
      this.#ledger.count(key, waiter.number - 1),
      first ? this.#ledger.own(key) : undefined,
    ]);
    waiter.number = number;
    this.attempt = Math.max(this.attempt, number);
    // The very first attempt finds nothing; later ones may come when all is decided.
    const [outcome, decision] =
      number === 1 || this.#token !== undefined
        ? []
        : await Promise.all([this.#ledger.outcome(key), this.#ledger.decision(key)]);
    this.#entering -= 1;
    if (this.#ended) {
      if (token !== undefined) void this.#ledger.release(key, token);
      return;
    }
    if (decision?.way === "late") this.#follow(decision);
    else if (outcome !== undefined) void this.#settle(outcome);
    else if (this.#outcome !== undefined) void this.#settle(this.#outcome);
    else if (token !== undefined) this.#execute(token);
    else void this.#watch();
  }

  /** Waits for the process that has the handlers, or takes over from one that has died. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    const { key } = this.#work;
    while (this.#isWaiting()) {
      const outcome = await this.#ledger.wait(key, this.#host.budget.lease / 2, this.#stop.signal);
      if (outcome !== undefined) {
        void this.#settle(outcome);
        break;
      }
      if (!this.#isWaiting()) break;
      const token = await this.#ledger.own(key);
      if (token === undefined) continue;
      const late = await this.#ledger.outcome(key);
      if (late !== undefined) void this.#settle(late);
      else if (!this.#ended) this.#execute(token);
      break;
    }
    this.#watching = false;
    this.#forgetIfIdle();
  }

  /** Whether attempts wait here for what another process does. */
  #isWaiting(): boolean {
    return !this.#ended && !this.#ran && this.#deciding === undefined && this.#waiters.size > 0;
  }

  #execute(token: string): void {
    this.#token = token;
    this.#ran = true;
    this.#beat();
    if (this.#waiters.size === 0) this.#watchForNext();
    void Promise.resolve(outcomeOf(this.#work, this)).then((reply) => {
      if (!this.#ended) void this.#settle(reply === undefined ? {} : { reply });
      else if (reply !== undefined) this.#host.warn(tooLate);
    });
  }

  /** Keeps the lease, and learns what has happened elsewhere. */
  #beat(): void {
    const { clock, budget } = this.#host;
    const { key } = this.#work;
    this.#heart = clock.setTimeout(async () => {
      const token = this.#token;
      if (token === undefined) return;
      const [decision, attempt] = await Promise.all([
        this.#ledger.decision(key),
        this.#ledger.counted(key, this.attempt),
        this.#ledger.renew(key, token),
      ]);
      if (this.#ended || this.#outcome !== undefined) return;
      this.#noteAttempt(attempt);
      if (decision?.way === "late") this.#follow(decision);
      this.#beat();
    }, budget.lease / 3);
  }

  #noteAttempt(attempt: number): void {
    if (attempt <= this.attempt) return;
    this.attempt = attempt;
    // When exactly is not known here, and by which clock; not long ago.
    this.#arrived = this.#host.clock.now();
  }

  /** There is an outcome, from the handlers here or elsewhere. */
  async #settle(outcome: Outcome): Promise<void> {
    const fresh = this.#outcome === undefined;
    this.#outcome ??= outcome;
    const live = [...this.#waiters].some((waiter) => waiter.live);
    // Published in the same breath as it is decided: the one is of no use without the other.
    const publishing =
      fresh && this.#ran ? this.#ledger.publish(this.#work.key, outcome) : undefined;
    const deciding = live ? this.#decision({ way: "passive" }) : this.#deciding;
    if (publishing !== undefined) this.#outcome = await publishing;
    if (deciding !== undefined) {
      await this.#apply(await deciding);
      return;
    }
    // In the meantime another attempt may have come and taken it.
    if (this.#ended || this.#deciding !== undefined) return;
    this.#resolve("abandoned");
    if (!this.#ran) this.#forgetIfIdle();
    else if (this.#outcome.reply === undefined) this.#end(undefined);
    else if (fresh) await this.#awaitNext();
  }

  /** There is a reply and nobody here to take it; WeChat may be about to deliver again. */
  async #awaitNext(): Promise<void> {
    const { clock, budget } = this.#host;
    const { key } = this.#work;
    this.#noteAttempt(await this.#ledger.counted(key, this.attempt));
    // Even if it seems too late for another attempt, one may just be waiting elsewhere.
    const ms = Math.max(this.#arrived + budget.grace - clock.now(), budget.grace / 20);
    const until = clock.now() + ms;
    const decision = await this.#ledger.waitForDecision(key, ms, this.#stop.signal);
    if (decision === undefined && clock.now() < until) {
      // The store failed; an attempt may still come here.
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, until - clock.now());
      });
    }
    if (this.#ended) return;
    if (decision === undefined) await this.#decide({ way: "late" });
    else this.#follow(decision);
  }

  /** An attempt has used up its time. */
  expired(waiter: Waiter): void {
    const { clock, budget } = this.#host;
    this.#limit ??= clock.setTimeout(() => this.giveUp(), budget.maxRun);
    // What is being decided answers it in a moment.
    if (this.#deciding !== undefined) return;
    if (waiter.number >= budget.attempts) {
      void this.#promise();
      return;
    }
    this.#waiters.delete(waiter);
    waiter.resolve("abandoned");
    if (this.#waiters.size > 0) return;
    if (this.#ran) this.#watchForNext();
    else this.#forgetIfIdle();
  }

  async #promise(): Promise<void> {
    if (this.#promising) return;
    this.#promising = true;
    this.#placeholder ??= placeholderOf(this.#work, this, this.#host);
    const placeholder = await this.#placeholder;
    this.#promising = false;
    await this.#decide(placeholder === undefined ? { way: "late" } : { way: "late", placeholder });
  }

  #lateAnswer({ placeholder }: Decision): Promise<Reply | undefined> {
    if (placeholder !== undefined) return Promise.resolve(placeholder);
    this.#placeholder ??= placeholderOf(this.#work, this, this.#host);
    return this.#placeholder;
  }

  /** Looks after WeChat's next delivery: when it does not come, nobody waits any longer. */
  #watchForNext(): void {
    if (this.#idle !== undefined) return;
    const { clock, budget } = this.#host;
    this.#idle = clock.setTimeout(
      async () => {
        this.#idle = undefined;
        this.#noteAttempt(await this.#ledger.counted(this.#work.key, this.attempt));
        if (this.#ended || this.#deciding !== undefined || this.#outcome !== undefined) return;
        if (this.#waiters.size > 0) return;
        if (this.#arrived + budget.grace > clock.now() + 1) this.#watchForNext();
        else await this.#decide({ way: "late" });
      },
      this.#arrived + budget.grace - clock.now(),
    );
  }

  /** Takes over a decision that was read from the store. */
  #follow(decision: Decision): void {
    this.#deciding ??= Promise.resolve(decision);
    void this.#deciding.then((known) => this.#apply(known));
  }

  async #decide(wish: Decision): Promise<void> {
    await this.#apply(await this.#decision(wish));
  }

  #decision(wish: Decision): Promise<Decision> {
    this.#deciding ??= this.#ledger.decide(this.#work.key, wish);
    return this.#deciding;
  }

  async #apply(decision: Decision): Promise<void> {
    if (this.#ended) return;
    if (decision.way === "passive") {
      // Published at the same time as the decision; if it does not come, its process has died.
      this.#outcome ??= await this.#ledger.wait(this.#work.key, 1_000, this.#stop.signal);
      if (this.#ended) return;
      if (this.#outcome === undefined) {
        this.#deciding = undefined;
        this.#resolve("abandoned");
        if (!this.#ran) this.#forgetIfIdle();
        return;
      }
      this.#end(this.#outcome.reply);
      this.#resolve(this.#outcome.reply);
      return;
    }
    this.late = true;
    this.#late = decision;
    if (this.#waiters.size > 0) this.#resolve(this.#lateAnswer(decision));
    if (!this.#ran) this.#endLate(decision);
    else if (this.#outcome !== undefined) await this.#deliverLate(this.#outcome, decision);
    else if (this.#host.budget.drop) this.abort();
  }

  async #deliverLate({ reply }: Outcome, decision: Decision): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    if (reply !== undefined && (await this.#ledger.claimLate(this.#work.key))) {
      await deliverLate(this.#work, reply, this);
    }
    this.#endLate(decision);
  }

  #endLate({ placeholder }: Decision): void {
    // The one that counts may be another process's.
    this.#end(placeholder ?? this.#placeholder);
  }

  #resolve(answer: Answer | Promise<Answer>): void {
    for (const waiter of this.#waiters) {
      this.#host.expiry.remove(waiter);
      waiter.resolve(waiter.live ? answer : "abandoned");
    }
    this.#waiters.clear();
  }

  #forgetIfIdle(): void {
    if (this.#ran || this.#ended || this.#deciding !== undefined) return;
    if (this.#waiters.size > 0 || this.#entering > 0 || this.#watching) return;
    this.#close();
    this.#host.forget(this.#work.key);
  }

  #end(answer: Kept): void {
    if (this.#ended) return;
    this.#close();
    this.#host.ended(this.#work.key, answer);
  }

  #close(): void {
    this.#ended = true;
    this.#token = undefined;
    this.#stop.abort();
    for (const timer of [this.#heart, this.#idle, this.#limit]) {
      if (timer !== undefined) this.#host.clock.clearTimeout(timer);
    }
    for (const tell of this.#onEnd) tell();
  }
}
