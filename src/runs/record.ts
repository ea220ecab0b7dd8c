import { isReply } from "../message/replies.js";
import type { Reply } from "../message/reply.js";
import { isLeaseRecord, type LeaseRecord } from "../store/lease.js";
import type { Addressee, Outcome, Wish } from "./agreement.js";

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
  /** The ticket of whoever delivers the late reply. It is never delivered by another one. */
  readonly sender?: string | undefined;
  /** For whom the late reply is. */
  readonly to?: Addressee | undefined;
  readonly over?: true | undefined;
}

/** How long a run that is over answers retries: four times WeChat's five seconds, and some more. */
export const keep = 60_000;
/** More than a push has deliveries, in as many processes. */
const maxParts = 8;

/** A run that begins with the holder of this ticket. */
export function begun(
  ticket: string,
  deliveries: number,
  { ttl, lease }: { readonly ttl: number; readonly lease: number },
): RunRecord {
  return { holder: ticket, ms: lease, ttl, revision: 0, deliveries, parts: [ticket] };
}

/** One more delivery, at the process with this ticket. */
export function joined(record: RunRecord, ticket: string, number: number): RunRecord {
  const parts = record.parts.includes(ticket)
    ? record.parts
    : [...record.parts, ticket].slice(-maxParts);
  return { ...record, parts, deliveries: Math.max(record.deliveries + 1, number) };
}

/** Taken over by the process with this ticket. */
export function takenOver(record: RunRecord, ticket: string): RunRecord {
  return { ...joined(record, ticket, 0), deliveries: record.deliveries, holder: ticket };
}

/** What becomes of a record by a wish; `undefined` where it changes nothing. */
export function granted(record: RunRecord, wish: Wish, ticket: string): RunRecord | undefined {
  if ("deliveries" in wish) {
    const { deliveries } = wish;
    return record.deliveries < deliveries ? { ...record, deliveries } : undefined;
  }
  if ("outcome" in wish) return settled(record, wish, ticket);
  if ("send" in wish) {
    const isReady = record.way === "late" && record.outcome?.reply !== undefined;
    return isReady && record.sender === undefined ? { ...record, sender: ticket } : undefined;
  }
  if ("over" in wish) return record.over ? undefined : ended(record);
  if ("release" in wish) {
    return record.holder === ticket ? { ...record, holder: undefined } : undefined;
  }
  if (wish.way === "passive") {
    if (record.way !== undefined && !canTakeBack(record, ticket)) return undefined;
    const outcome = record.outcome ?? { reply: wish.reply };
    return ended({ ...record, outcome, way: "passive", taker: ticket });
  }
  if (record.way === "late" || (record.over && record.way === undefined)) return undefined;
  if (record.way === "passive" && wish.instead === undefined) return undefined;
  if (wish.seen !== undefined && record.deliveries > wish.seen) return undefined;
  const late = { ...record, way: "late", placeholder: wish.placeholder, to: wish.to } as const;
  // Whoever knows that the delivery did not take it sees to it that it is sent.
  return record.way === "passive" ? { ...late, holder: ticket, over: undefined } : late;
}

/** The fencing token decides: whoever has lost the lease has nothing to say any more. */
function settled(
  record: RunRecord,
  { outcome, way, to }: Extract<Wish, { outcome: Outcome }>,
  ticket: string,
): RunRecord | undefined {
  if (record.holder !== ticket || record.outcome !== undefined) return undefined;
  const isGiven = way === "passive" && canTakeBack(record, ticket);
  const next = {
    ...record,
    outcome,
    way: isGiven ? way : (record.way ?? way),
    to: record.to ?? to,
  };
  return next.way === "passive" || outcome.reply === undefined ? ended(next) : next;
}

/** The holder, who may have given the reply on his own, undoes what nobody has promised or begun. */
function canTakeBack({ way, holder, placeholder, sender }: RunRecord, ticket: string): boolean {
  const isUntouched = placeholder === undefined && sender === undefined;
  return way === "late" && holder === ticket && isUntouched;
}

/** Nothing is left to do but to answer deliveries that are repeated. */
function ended(record: RunRecord): RunRecord {
  return { ...record, holder: undefined, to: undefined, over: true, ttl: keep };
}

/** A record, if it is one: the store may hold anything. */
export function parseRun(value: unknown): RunRecord | undefined {
  if (!isLeaseRecord(value)) return undefined;
  const record = value as Partial<Record<keyof RunRecord, unknown>>;
  const { deliveries, parts, outcome, way, taker, placeholder, sender, to, over } = record;
  const isRun =
    Number.isSafeInteger(deliveries) &&
    Array.isArray(parts) &&
    parts.every((part) => typeof part === "string") &&
    (outcome === undefined || isOutcome(outcome)) &&
    (way === undefined || way === "passive" || way === "late") &&
    [taker, sender].every((ticket) => ticket === undefined || typeof ticket === "string") &&
    (placeholder === undefined || isReply(placeholder)) &&
    (to === undefined || isAddressee(to)) &&
    (over === undefined || over === true);
  return isRun ? (value as RunRecord) : undefined;
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null) return false;
  const { reply } = value as { reply?: unknown };
  return reply === undefined || isReply(reply);
}

function isAddressee(value: unknown): value is Addressee {
  if (typeof value !== "object" || value === null) return false;
  const { openid, appId } = value as Partial<Record<keyof Addressee, unknown>>;
  return typeof openid === "string" && (appId === undefined || typeof appId === "string");
}
