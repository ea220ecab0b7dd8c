import { Lease } from "../../store/lease.js";
import { silent } from "../../store/outage.js";
import type { Work } from "../work.js";
import { type Agreed, type Agreement, isClaim, type Wish } from "./agreement.js";
import { type Ground, isUncertain, orphans } from "./ground.js";
import { Pending } from "./pending.js";
import {
  begun,
  corrected,
  granted,
  isUntouched,
  joined,
  keep,
  parseRun,
  type RunRecord,
  takenOver,
} from "./record.js";

/** How often a process looks whose turn it may be, in case it was not told. */
const lookEvery = 3_000;
/** How long after a lease is over, in milliseconds. */
const margin = 100;
/** How long a late reply waits for the store's word that nobody else sends it. */
const claimPatience = 30_000;

/**
 * The agreement of several processes, in a record of the shared store that is leased to the one
 * that runs the handlers.
 *
 * While the store is away each process goes by what it knows: what runs here goes on, a push that
 * is new runs here, one that other processes must have had before is not begun anew. Wishes that
 * could not be written are written when the store is back, before anything new is begun.
 */
export class Shared implements Agreement {
  readonly #ground: Ground;
  readonly #work: Work;
  readonly #heard: (agreed: Agreed) => void;
  readonly #lease: Lease<RunRecord>;
  /** Stands in for the record while the store has never been reached. */
  #own: RunRecord | undefined;
  readonly #pending: Pending;
  #waiting: Agreed["waiting"];
  #look: unknown;
  #released = false;
  /** Told when nothing is pending any more. */
  #onWritten: (() => void) | undefined;
  #retry: unknown;
  readonly #stopListening: () => void;
  /** Only in it, news is told; forgotten, nothing is written any more. */
  #phase: "entering" | "in" | "left" | "forgotten" = "entering";

  constructor(work: Work, ground: Ground, heard: (agreed: Agreed) => void) {
    this.#work = work;
    this.#ground = ground;
    this.#heard = heard;
    const { store, clock, peer } = ground;
    this.#lease = new Lease<RunRecord>({
      store,
      clock,
      peer,
      key: work.key,
      parse: parseRun,
      interested: ({ parts }) => parts,
      // Also for the one who has the lease: he may be about to do so himself.
      again: (record) => record,
      correct: corrected,
      changed: () => this.#tell(),
    });
    this.#pending = new Pending(this.#lease.ticket);
    this.#stopListening = ground.breaker.onReturn(() => this.#putBack());
  }

  async enter(number: number, admitted?: Promise<unknown>): Promise<Agreed> {
    const refusal = admitted?.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const { returning } = this.#ground.breaker;
    if (returning !== undefined) await returning;
    // Asked together, so that there is one round trip. Nothing is done about it before both are known.
    const entering = this.#lease.record === undefined ? this.#enterFirst(number) : undefined;
    const refused = await refusal;
    if (refused !== undefined) {
      await entering?.then(() => this.#remove()).catch(() => {});
      throw refused.error;
    }
    try {
      await entering;
      // Whoever was here before has counted the delivery already, or is to be told of it.
      if (entering === undefined || !this.#isNew()) await this.#join(number);
    } catch {
      this.#goOn(number);
    }
    if (this.#phase === "entering") this.#phase = "in";
    this.#follow();
    return this.#agreed();
  }

  async propose(wish: Wish): Promise<Agreed> {
    if ("release" in wish) this.#released = true;
    this.#pending.add(wish);
    if ("way" in wish && wish.way === "late") {
      // At once, for the user reads the promise before the store has confirmed it.
      this.#schedule(this.#ground.lease * 2);
      // It must be known to others, should this process end.
      await this.#beginUnsure().catch(() => {});
    }
    await this.#write();
    // Never twice is worth waiting for.
    if (isClaim(wish) && this.#pending.has(wish)) await this.#claimSending(wish);
    const agreed = this.#agreed();
    if ("reply" in wish && agreed.isOurs) this.#given(wish);
    this.#watchOver(wish, agreed);
    return agreed;
  }

  async leave(): Promise<void> {
    this.#phase = "left";
    this.#ground.clock.clearTimeout(this.#look);
    this.#lease.rest();
    // A store that comes back empty is told again, for as long as a delivery may ask.
    const { way = "passive", deliveries = 0 } = this.#lease.record ?? {};
    const isOverAtOnce = this.#pending.isEmpty && way === "passive" && deliveries <= 1;
    if (isOverAtOnce) {
      this.#forget();
      return;
    }
    const forgotten = new Promise<void>((resolve) => {
      this.#ground.clock.setTimeout(resolve, keep);
    });
    void forgotten.then(() => this.#forget());
    await this.#write();
    const written = new Promise<void>((resolve) => {
      this.#onWritten = resolve;
    });
    if (!this.#pending.isEmpty) await Promise.race([written, forgotten]);
  }

  #forget(): void {
    this.#phase = "forgotten";
    this.#stopListening();
    this.#ground.clock.clearTimeout(this.#retry);
  }

  async #enterFirst(number: number): Promise<void> {
    if (number > 1 && isUncertain(this.#ground)) {
      this.#goOn(number);
      return;
    }
    const { ticket } = this.#lease;
    const first =
      this.#own?.holder === undefined
        ? begun(ticket, number, this.#ground)
        : joined(this.#own, ticket, number);
    this.#waiting = { value: await this.#lease.enter(first, this.#work.waiting) };
    // What stood there may have been lost a moment ago, and only now does this process hear of it.
    if (number > 1 && this.#isNew() && isUncertain(this.#ground)) {
      await this.#remove();
      this.#goOn(number);
    }
  }

  /** Whether this process has begun the record, or does not know one yet. */
  #isNew(): boolean {
    const { record, isHeld } = this.#lease;
    return record === undefined || (isHeld && record.revision === 0);
  }

  async #join(number: number): Promise<void> {
    const { ticket } = this.#lease;
    await this.#lease.update((record) => joined(record, ticket, number));
  }

  /** This delivery has never been: nobody must wait for it. */
  async #remove(): Promise<void> {
    if (this.#lease.record !== undefined && this.#isNew()) await this.#lease.remove();
  }

  /** The store is away. */
  #goOn(number: number): void {
    const { ticket, record } = this.#lease;
    // Also what is not known yet may have begun elsewhere.
    this.#pending.add({ deliveries: Math.max((record?.deliveries ?? 0) + 1, number) });
    // It may be back already, and nobody says so.
    this.#retryLater();
    if (record !== undefined) return;
    if (this.#own !== undefined) {
      this.#own = joined(this.#own, ticket, number);
      return;
    }
    const first = begun(ticket, number, this.#ground);
    // Somebody else must have what comes again, who cannot be asked yet.
    this.#own = number > 1 ? { ...first, holder: undefined } : first;
  }

  /** What nobody has begun, as far as is known, begins without a holder: who comes back knows more. */
  async #beginUnsure(): Promise<void> {
    if (this.#lease.record !== undefined || this.#own?.holder !== undefined) return;
    const own = this.#own ?? begun(this.#lease.ticket, 1, this.#ground);
    await this.#lease.enter({ ...own, holder: undefined, unsure: true });
  }

  get #hasLeft(): boolean {
    return this.#phase === "left" || this.#phase === "forgotten";
  }

  /** Keeps what is held here, and looks after what is held elsewhere. */
  #follow(): void {
    if (this.#hasLeft) return;
    this.#lease.hear();
    if (this.#lease.isHeld) this.#lease.keep();
    else this.#lookLater();
  }

  #lookLater(): void {
    if (this.#look !== undefined || this.#hasLeft || this.#lease.isHeld) return;
    const { left } = this.#lease;
    const again = () => {
      this.#look = undefined;
      this.#lookAgain()
        .catch(() => {})
        .finally(() => this.#lookLater());
    };
    this.#look = this.#ground.clock.setTimeout(again, left > 0 ? left + margin : lookEvery);
  }

  /** Takes over where nobody renews. */
  async #lookAgain(): Promise<void> {
    const { ticket, record, isHeld } = this.#lease;
    if (this.#phase !== "in" || isHeld || record?.over || isUncertain(this.#ground)) return;
    // Given back is given back.
    if (this.#released) return;
    const first = joined(record ?? this.#own ?? begun(ticket, 1, this.#ground), ticket, 0);
    await this.#lease.look({ ...first, holder: ticket }, (now) =>
      now.over || now.sender !== undefined || isUncertain(this.#ground)
        ? undefined
        : takenOver(now, ticket),
    );
    if (this.#hasLeft) await this.#handBack();
    await this.#write();
    this.#follow();
  }

  /** Taken over while the last one who waited here left. */
  async #handBack(): Promise<void> {
    const { isHeld, ticket } = this.#lease;
    if (isHeld) await this.#lease.update((record) => granted(record, { release: true }, ticket));
  }

  /** Writes what is pending, in order. Stops at the first failure: the rest waits for the store. */
  async #write(): Promise<void> {
    const lease = this.#lease;
    while (lease.record !== undefined) {
      const wish = this.#pending.first;
      if (wish === undefined) {
        this.#onWritten?.();
        return;
      }
      // Nobody waits for it any more, unless it was given without the store's word.
      const isOver = "reply" in wish && wish.until < this.#ground.clock.now();
      const isStale = isOver && !this.#agreed().isOurs;
      try {
        if (!isStale) await lease.update((record) => this.#granted(record, wish));
      } catch {
        this.#retryLater();
        return;
      }
      this.#pending.replace(wish);
    }
  }

  #granted(record: RunRecord, wish: Wish): RunRecord | undefined {
    // Somebody may have given it, and not have said so yet; that may become known while it is written.
    if ((isClaim(wish) || "instead" in wish) && isUncertain(this.#ground)) throw silent();
    if (!this.#ground.breaker.isOpen) this.#pending.ask(wish);
    return granted(record, wish, this.#lease.ticket);
  }

  /** A single call may be lost although the store is well, and then nobody says that it is back. */
  #retryLater(): void {
    if (this.#phase === "forgotten") return;
    this.#retry ??= this.#ground.clock.setTimeout(() => {
      this.#retry = undefined;
      void this.#putBack();
    }, lookEvery);
  }

  /** Granted by the one who has the lease alone, while the store is away: it has been done when that is back. */
  #given(wish: Extract<Wish, { reply: unknown }>): void {
    this.#pending.replace(wish, { outcome: { reply: wish.reply }, way: "passive" });
  }

  async #claimSending(wish: Wish): Promise<void> {
    const { clock, lease } = this.#ground;
    const until = clock.now() + claimPatience;
    // One that is back is given the time to hear of others, too.
    const isWorthwhile = () =>
      clock.now() < until || (isUncertain(this.#ground) && clock.now() < until + 2 * lease);
    while (this.#pending.has(wish) && isWorthwhile()) {
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, lookEvery / 2);
      });
      await this.#write();
    }
    // What is known by then to have reached the user another way is not sent.
    const isOver = this.#lease.record?.over;
    const sent = "follow" in wish || isOver ? undefined : ({ ...wish, sent: true } as Wish);
    this.#pending.replace(wish, sent);
  }

  /** Writes what is known where nothing stands, or less, then what was wished; resolves to whether it could. */
  async #restore(): Promise<boolean> {
    const lease = this.#lease;
    const known = lease.record ?? this.#own;
    if (known === undefined || this.#phase === "forgotten") return true;
    try {
      if (lease.record !== undefined || known.holder !== undefined) await lease.putBack(known);
      // The first word may have reached the store, although nobody heard that, and was waited for no more.
      else if ((await this.#ground.store.get(this.#work.key)) !== undefined)
        await this.#beginUnsure();
      await this.#write();
      if (this.#hasLeft && this.#pending.isEmpty) await this.#handBack();
    } catch {
      this.#retryLater();
      return false;
    }
    return true;
  }

  /** After an outage. */
  async #putBack(): Promise<void> {
    const lease = this.#lease;
    const known = lease.record ?? this.#own;
    if (known === undefined) return;
    const isHere = known.holder === lease.ticket || known.over === true;
    const { clock, lease: patience } = this.#ground;
    // Where something is lost, the holder first, but before anybody sends.
    if (isHere || (await lease.stands().catch(() => false))) {
      if (!(await this.#restore())) return;
    } else if (lease.record || this.#hasLeft)
      clock.setTimeout(() => void this.#restore(), patience / 2);
    if (this.#hasLeft) return;
    this.#follow();
    const { way, over } = this.#agreed();
    if (way === "late" && !over) this.#schedule(this.#ground.lease * 2);
    // Also if nothing has changed by it: what was wished has been refused.
    this.#tell();
  }

  /** What is promised, or ready and taken by nobody, is on a list that every process looks through. */
  #watchOver(wish: Wish, { way, outcome, over }: Agreed): void {
    const { lease } = this.#ground;
    const isReady = outcome !== undefined && !over;
    if ("outcome" in wish) {
      if (isReady && way !== "late") this.#schedule(lease * 2);
    } else if (isReady || way === "late") {
      if ("over" in wish) this.#schedule(over ? undefined : lease * 2);
      else if ("release" in wish) this.#schedule(0);
    }
  }

  /** Has others look after it in so many milliseconds; with `undefined`, never. */
  #schedule(after: number | undefined): void {
    this.#ground.store.schedule(orphans, this.#work.key, after).catch(() => {});
  }

  #tell(): void {
    if (this.#phase !== "in") return;
    this.#heard(this.#agreed());
    // Whoever has lost the lease looks after the run like everybody else.
    this.#lookLater();
    // Released: whoever has the push can take it at once.
    if (this.#lease.record?.holder === undefined) this.#lookAgain().catch(() => {});
  }

  /** What is agreed, with what the store has not taken yet. */
  #agreed(): Agreed {
    const { ticket } = this.#lease;
    const known = this.#lease.record ?? this.#own ?? begun(ticket, 0, this.#ground);
    const record = this.#pending.addedTo(known);
    return {
      here: record.holder === ticket,
      deliveries: record.deliveries,
      outcome: record.outcome,
      way: record.way,
      isOurs: record.taker === ticket,
      insists: this.#pending.insists,
      isUntouched: record.way === "late" && !record.over && isUntouched(record),
      placeholder: record.placeholder,
      beginning: record.beginning,
      shown: record.shown === undefined ? undefined : record.shown === ticket ? "ours" : "others",
      sends: record.sender === ticket,
      over: record.over === true,
      waiting: this.#waiting,
    };
  }
}
