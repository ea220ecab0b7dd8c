/**
 * The phases of a run, and what leads from one to the next:
 *
 * - `asking`, who runs it → `running`, or → `elsewhere`
 * - `elsewhere`: nobody waits here any more → forgotten; its process is gone → `running`
 * - `running`: the handlers answer, a delivery waits → `ended`; none does → `ready`; another process has begun it
 *   anew while the store was away → `elsewhere`, and the first one to answer counts
 * - `ready`: a delivery comes → `ended`; none comes in time → `promised`
 * - in all of these: a delivery's time is over, and it was not the last → left open, so that WeChat comes again; it
 *   was the last, or the handlers still run and none came → `promised`; the reply was given elsewhere → `ended`
 * - in all of these, its process is to end: the last delivery waits → `promised`, and, like all else, → `ended`; others
 *   do what is left
 * - `promised`, the last delivery has the placeholder, or first words: the handlers answer, or write → `sending`;
 *   their process is gone → they run again, or, after first words, it broke off; it was sent elsewhere → `ended`; nobody
 *   has either, and another delivery had come elsewhere → `running`, or `ready`
 * - `sending`, as a late reply, or part after part → `ended`: further deliveries get what the last one got
 */
export type Phase = "asking" | "running" | "elsewhere" | "ready" | "promised" | "sending" | "ended";

/** In these a run looks out for WeChat's next delivery. */
export const undecided: ReadonlySet<Phase> = new Set<Phase>(["running", "ready"]);
