import { isReply } from "../../message/replies.js";
import type { Reply } from "../../message/reply.js";
import { isLeaseRecord, type LeaseRecord } from "../../store/lease.js";
import type { Addressee, Agreed, Outcome, Wish } from "./agreement.js";

/** What stands in the store about one run. */
export interface RunRecord extends LeaseRecord {
  /** How many deliveries there were. */
  readonly deliveries: number;
  /** The tickets of those who have a part in it. */
  readonly parts: readonly string[];
  readonly outcome?: Outcome | undefined;
  readonly way?: "passive" | "late" | undefined;
  /** The ticket of whoever gives the reply to a delivery, having asked for it. */
  readonly taker?: string | undefined;
  readonly placeholder?: Reply | undefined;
  readonly beginning?: Agreed["beginning"];
  /** The ticket of whoever writes the answer of which the user has the beginning. */
  readonly shown?: string | undefined;
  /** Once they follow: how many parts of it were on their way, so that each is asked for anew. */
  readonly sent?: number | undefined;
  /** The ticket of whoever delivers the late reply. It is never delivered by another one. */
  readonly sender?: string | undefined;
  /** For whom the late reply is. */
  readonly to?: Addressee | undefined;
  readonly over?: true | undefined;
  /** Whether somebody may have begun it who could not be asked, and knows more. */
  readonly unsure?: true | undefined;
}

/** How long a run that is over answers retries: four times WeChat's five seconds, and some more. */
export const keep = 60_000;
/** How often WeChat delivers a push. */
const mostDeliveries = 3;
/** More than a push has deliveries, in as many processes. */
const maxParts = 8;

/** A run that begins with the holder of this ticket. */
export function begun(
  ticket: string,
  deliveries: number,
  { ttl, lease }: { readonly ttl: number; readonly lease: number },
): RunRecord {
  return whole({ holder: ticket, ms: lease, ttl, revision: 0, deliveries, parts: [ticket] });
}

/**
 * A record with all its fields in one order, also those that hold nothing: to copy one that gets
 * more fields thereby costs V8 many times as much, and every push copies some.
 */
function whole(record: RunRecord): { [K in keyof Required<RunRecord>]: RunRecord[K] } {
  return {
    holder: record.holder,
    ms: record.ms,
    ttl: record.ttl,
    revision: record.revision,
    deliveries: record.deliveries,
    parts: record.parts,
    outcome: record.outcome,
    way: record.way,
    taker: record.taker,
    placeholder: record.placeholder,
    beginning: record.beginning,
    shown: record.shown,
    sent: record.sent,
    sender: record.sender,
    to: record.to,
    over: record.over,
    unsure: record.unsure,
  };
}

/** One more delivery, at the process with this ticket. */
export function joined(record: RunRecord, ticket: string, number: number): RunRecord {
  const parts = record.parts.includes(ticket)
    ? record.parts
    : [...record.parts, ticket].slice(-maxParts);
  // One more than WeChat makes is an old one, of a process that stood still: nothing newer has come.
  const deliveries = Math.max(
    record.deliveries,
    Math.min(record.deliveries + 1, mostDeliveries),
    number,
  );
  // What another one has taken is given to this one.
  const taker = record.way === "passive" ? ticket : record.taker;
  return { ...record, parts, deliveries, taker };
}

/** Taken over by the process with this ticket. */
export function takenOver(record: RunRecord, ticket: string): RunRecord {
  // Whoever runs it again writes something else.
  const sent = record.shown === undefined ? undefined : record.sent;
  const anew = { beginning: undefined, unsure: undefined, sent };
  return { ...joined(record, ticket, 0), deliveries: record.deliveries, holder: ticket, ...anew };
}

/** What becomes of a record by a wish; `undefined` where it changes nothing. */
export function granted(record: RunRecord, wish: Wish, ticket: string): RunRecord | undefined {
  if ("deliveries" in wish) {
    const { deliveries } = wish;
    return record.deliveries < deliveries ? { ...record, deliveries } : undefined;
  }
  if ("outcome" in wish) return settled(record, wish, ticket);
  if ("send" in wish) {
    // What has been sent has been, whatever the store says.
    const isReady = wish.sent || (record.way === "late" && isSaid(record.outcome));
    const isFree = record.sender === undefined;
    return isReady && isFree ? { ...record, way: "late", sender: ticket } : undefined;
  }
  if ("beginning" in wish) {
    const isFree = record.holder === ticket && record.way === undefined && !record.over;
    const beginning = { ...wish.beginning, by: ticket };
    // Whoever shows it must not be in the way of one who says the same again.
    const isKnown = JSON.stringify(beginning) === JSON.stringify(record.beginning);
    return isFree && !isKnown ? { ...record, beginning } : undefined;
  }
  if ("unseen" in wish) {
    // A later delivery has got it, elsewhere.
    const isShown = record.shown !== undefined && record.deliveries <= wish.unseen;
    const isOpen = isShown && record.sent === undefined && !record.over;
    return isOpen ? { ...record, shown: undefined, placeholder: undefined } : undefined;
  }
  if ("follow" in wish) {
    const isOpen = wish.follow === "decided" && record.sent === undefined;
    return isOpen && isWriter(record, ticket) ? { ...record, sent: 0 } : undefined;
  }
  if ("part" in wish) return withPart(record, ticket);
  if ("over" in wish) return record.over ? undefined : ended(record);
  if ("release" in wish) {
    return record.holder === ticket ? { ...record, holder: undefined } : undefined;
  }
  if (wish.way === "passive") {
    if (record.way !== undefined && !canTakeBack(record, ticket)) return undefined;
    const outcome = record.outcome ?? { reply: wish.reply };
    return ended({ ...record, outcome, way: "passive", taker: ticket });
  }
  if (record.over && record.way === undefined) return undefined;
  if (record.way === "late" && (wish.placeholder === undefined || !isUntouched(record)))
    return undefined;
  if (record.way === "passive" && wish.instead === undefined) return undefined;
  // Another delivery has got it.
  if (wish.instead === "missed" && record.taker !== ticket) return undefined;
  if (wish.seen !== undefined && record.deliveries > wish.seen) return undefined;
  const { placeholder, to, begun } = wish;
  const shown = begun === "here" ? ticket : begun;
  // Of what has begun, only the rest is wanted, which its writer alone knows.
  const outcome = shown === undefined ? record.outcome : undefined;
  const late = { ...record, outcome, way: "late", placeholder, shown, to } as const;
  // Whoever knows that the delivery did not take it sees to it that it is sent.
  return record.way === "passive" ? { ...late, holder: ticket, over: undefined } : late;
}

/** One more part, by the only one who may send any. */
function withPart(record: RunRecord, ticket: string): RunRecord | undefined {
  const { shown = ticket, sent = 0 } = record;
  return isWriter(record, ticket) ? { ...record, shown, sent: sent + 1 } : undefined;
}

/** Whether its answer is to be delivered by the one with this ticket, as it is written. */
function isWriter(record: RunRecord, ticket: string): boolean {
  const { holder, way, over, sender, shown = ticket } = record;
  return holder === ticket && shown === ticket && way === "late" && !over && sender === undefined;
}

/** Whether there is something for the user in it. */
function isSaid(outcome: Outcome | undefined): boolean {
  return outcome?.reply !== undefined || outcome?.broken === true;
}

/**
 * The fencing token decides: whoever has lost the lease to another one has nothing to say any more, but what a delivery
 * has been answered with by a process that could not know that.
 */
function settled(
  record: RunRecord,
  { outcome, way, to }: Extract<Wish, { outcome: Outcome }>,
  ticket: string,
): RunRecord | undefined {
  const isGiven = way === "passive" && outcome.reply !== undefined;
  if (isGiven && !record.over && isUntouched(record)) {
    return ended({ ...record, outcome, way, taker: ticket });
  }
  // One that was given back has nobody who would know better.
  const isMine = record.holder === ticket || (record.holder === undefined && !record.over);
  if (!isMine || record.outcome !== undefined) return undefined;
  // A delivery shows the beginning already: the whole would repeat it.
  if (record.shown !== undefined && outcome.reply !== undefined) return undefined;
  const next = { ...record, holder: ticket, outcome, way: record.way ?? way, to: record.to ?? to };
  return next.way === "passive" || !isSaid(outcome) ? ended(next) : next;
}

/** The holder, who may have given the reply on his own, undoes what nobody has promised or begun. */
function canTakeBack(record: RunRecord, ticket: string): boolean {
  return record.way === "late" && record.holder === ticket && isUntouched(record);
}

/** Whether the user has nothing of it, as far as is known. */
export function isUntouched({ placeholder, sender, shown, sent }: RunRecord): boolean {
  return [placeholder, sender, shown, sent].every((what) => what === undefined);
}

/** Nothing is left to do but to answer deliveries that are repeated. */
function ended(record: RunRecord): RunRecord {
  return {
    ...record,
    holder: undefined,
    to: undefined,
    beginning: undefined,
    over: true,
    ttl: keep,
  };
}

/** What a record becomes by what a process knows that was cut off; `undefined` where that is less. */
export function corrected(there: RunRecord, known: RunRecord): RunRecord | undefined {
  if (!knowsMore(known, there)) return undefined;
  const corrected = {
    ...known,
    // What has come since has come, whoever did not know of it.
    deliveries: Math.max(known.deliveries, there.deliveries),
    parts: [...new Set([...known.parts, ...there.parts])].slice(0, maxParts),
  };
  if (there.unsure === undefined) return corrected;
  // What was promised by whoever did not know of the holder stays promised.
  return {
    ...corrected,
    way: known.way ?? there.way,
    placeholder: known.placeholder ?? there.placeholder,
    to: known.to ?? there.to,
  };
}

/** Whether of two states of a run the first one is to stand: more was carried out in it, or else changed. */
function knowsMore(one: RunRecord, other: RunRecord): boolean {
  const [carried, otherCarried] = [carriedOut(one), carriedOut(other)];
  // What did not reach one delivery has reached the next one.
  const isOfDeliveries =
    Math.min(carried, otherCarried) === 1 && Math.max(carried, otherCarried) === 2;
  if (isOfDeliveries && one.deliveries !== other.deliveries)
    return one.deliveries > other.deliveries;
  if (carried !== otherCarried) return carried > otherCarried;
  if (one.unsure !== other.unsure) return other.unsure === true;
  return one.revision > other.revision;
}

/** How far it has come: a delivery got the reply; or did not, as it turned out; it is being sent late; or has been. */
function carriedOut({ way, over, taker, sender }: RunRecord): number {
  if (way !== "late") return over ? 1 : 0;
  return over ? 4 : sender !== undefined ? 3 : taker !== undefined ? 2 : 0;
}

/** A record, if it is one: the store may hold anything. */
export function parseRun(value: unknown): RunRecord | undefined {
  if (!isLeaseRecord(value)) return undefined;
  const record = value as Partial<Record<keyof RunRecord, unknown>>;
  const { deliveries, parts, outcome, way, taker, placeholder, sender, to, over } = record;
  const { beginning, shown, sent, unsure } = record;
  const isRun =
    Number.isSafeInteger(deliveries) &&
    Array.isArray(parts) &&
    parts.every((part) => typeof part === "string") &&
    (outcome === undefined || isOutcome(outcome)) &&
    (way === undefined || way === "late" || (way === "passive" && over === true)) &&
    [taker, sender, shown].every((ticket) => ticket === undefined || typeof ticket === "string") &&
    (placeholder === undefined || isReply(placeholder)) &&
    (beginning === undefined || isBeginning(beginning)) &&
    (sent === undefined || Number.isSafeInteger(sent)) &&
    (to === undefined || isAddressee(to)) &&
    (over === undefined || over === true) &&
    (unsure === undefined || unsure === true);
  return isRun ? whole(value as RunRecord) : undefined;
}

function isBeginning(value: unknown): value is Agreed["beginning"] {
  if (typeof value !== "object" || value === null) return false;
  const { reply, full, none, by } = value as Partial<
    Record<keyof NonNullable<Agreed["beginning"]>, unknown>
  >;
  const areFlags = [full, none].every((flag) => flag === undefined || flag === true);
  return isReply(reply) && areFlags && typeof by === "string";
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null) return false;
  const { reply, broken } = value as { reply?: unknown; broken?: unknown };
  return (reply === undefined || isReply(reply)) && (broken === undefined || broken === true);
}

function isAddressee(value: unknown): value is Addressee {
  if (typeof value !== "object" || value === null) return false;
  const { openid, appId } = value as Partial<Record<keyof Addressee, unknown>>;
  return typeof openid === "string" && (appId === undefined || typeof appId === "string");
}
