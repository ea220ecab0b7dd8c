import { onItsWay, type Played, type Story, slowFor } from "./play.js";
import type { Fault, FaultKind, Scenario } from "./scenario.js";
import { heard } from "./stream.js";

/** Whether everything must be as if there had been no fault: the store was slow for less than three seconds. */
function isHarmless(fault: Fault, { faults, latency }: Scenario): boolean {
  const { kind, for: lasts } = fault;
  // One that comes on top of another one may make it longer.
  if (faults.some((other) => other !== fault && overlap(fault, other))) return false;
  // Late on the way there, and on the way back.
  return kind === "standstill" || (kind === "slow" && 2 * (lasts + latency) < 3_000);
}

/** Whether both make the store late at some moment. */
function overlap(one: Fault, other: Fault): boolean {
  const end = ({ kind, at, for: lasts }: Fault) => at + (kind === "slow" ? slowFor : lasts);
  const areOfStore = isOfTheStore.has(one.kind) && isOfTheStore.has(other.kind);
  // What is on its way for so long meets both.
  return areOfStore && one.at < end(other) + 3_000 && other.at < end(one) + 3_000;
}

/** What is wrong with how a scenario went: the promises of docs/reliability.md, one by one. */
export function complaints(scenario: Scenario, played: Played): readonly string[] {
  const found = played.stories.flatMap((story, index) =>
    complaintsOf(scenario, played, story).map((complaint) => `push ${index}: ${complaint}`),
  );
  const isOfProcesses = scenario.faults.every(({ kind }) => !isOfTheStore.has(kind));
  const blame = played.warnings.find((warning) => warning.includes("store"));
  if (isOfProcesses && blame !== undefined) found.push(`the store was blamed: ${blame}`);
  if (played.rejections.length > 0) {
    found.push(`unhandled rejection: ${String(played.rejections[0])}`);
  }
  found.push(...played.left);
  return found;
}

/** Faults of the store, or of the way to it: every delivery is answered in time all the same. */
const isOfTheStore: ReadonlySet<FaultKind> = new Set([
  "standstill",
  "slow",
  "cut",
  "gone",
  "emptied",
]);

/** Faults while which nothing can be written. */
const isAway: ReadonlySet<FaultKind> = new Set(["standstill", "cut", "gone", "emptied"]);

/** How long a late reply waits for the store's word. */
const claimPatience = 30_000;
/** How long a process that is to end takes to hand over. */
const handover = 4_000;
/** A process that stands still keeps its runs for so long: three leases, less what it has renewed before. */
const leaseOfStopped = 15_000;

function complaintsOf(scenario: Scenario, played: Played, story: Story): readonly string[] {
  const { sentences } = story.push;
  const ofUser =
    sentences === undefined
      ? complaintsOfReply(scenario, played, story)
      : complaintsOfStream(scenario, played, story, sentences);
  return [...ofUser, ...complaintsOfRuns(scenario, story)];
}

/** What is wrong with a reply, as the user saw it. */
function complaintsOfReply(scenario: Scenario, played: Played, story: Story): readonly string[] {
  const found: string[] = [];
  const replies = story.answers.filter(({ text }) => text.startsWith("reply")).length;
  const sent = story.sent.filter(({ text }) => text.startsWith("reply")).length;
  const broken = brokenOff(story);
  const seen = replies + sent;

  if (
    seen > (isUnseen(scenario) || endsUnseen(scenario, story) ? Math.max(2, story.runs.length) : 1)
  )
    found.push(`the reply reached the user ${seen} times`);
  if (seen > 0 && broken > 0 && !isAwayForLong(scenario))
    found.push("the reply reached the user, and was said to be broken off");
  if (broken > 1) found.push(`it was said ${broken} times that the answer broke off`);
  if (broken > 0 && !isPromised(story) && !story.banner)
    found.push("nothing was promised, and yet it broke off");
  const isUnknown = story.claimed || mayBeUnwritten(scenario, story);
  if (isPromised(story) && seen + broken === 0 && played.alive > 0 && !isUnknown) {
    found.push("a placeholder promised an answer that never came");
  }
  if (isQuiet(scenario) && hasArrived(story) && seen !== 1) {
    found.push(`the reply reached the user ${seen} times`);
  }
  return found;
}

/** What is wrong with an answer that was written while it was delivered, as the user read it. */
function complaintsOfStream(
  scenario: Scenario,
  played: Played,
  story: Story,
  sentences: number,
): readonly string[] {
  const found: string[] = [];
  // What is sent behind an answer may come before it: that is for so long on its way.
  const messages = [
    ...story.answers.map(({ at, text }) => ({ at: at - onItsWay, text })),
    ...story.sent,
  ]
    .toSorted((one, other) => one.at - other.at)
    .flatMap(({ at, text }) => {
      const part = heard(text);
      return part === undefined ? [] : [{ at, ...part }];
    });
  const broken = brokenOff(story);
  const read = new Set(messages.map(({ run }) => run));
  const isWhole = [...read].some((run) => {
    const parts = messages.filter((message) => message.run === run);
    return parts.some(({ to }) => to === sentences);
  });
  const unseen = isUnseen(scenario) || isHidden(scenario, story);
  // What a delivery has of the beginning nobody knows if the process that answers it dies, or stands still.
  const certain = isInterrupted(scenario, story)
    ? messages.filter(({ from }) => from > 0)
    : messages;
  let next = certain === messages ? 0 : certain[0]?.from;
  for (const { from, to, run } of unseen ? [] : certain) {
    if (run !== messages[0]?.run) found.push("the user read words of two runs");
    else if (from < Number(next)) found.push(`the user read sentence ${from} twice`);
    else if (from > Number(next)) found.push(`the user never read sentence ${next}`);
    next = to;
  }
  if (broken > 1) found.push(`it was said ${broken} times that the answer broke off`);
  const isBegun = isPromised(story) || messages.length > 0;
  if (broken > 0 && !isBegun && !story.banner)
    found.push("nothing was promised, and yet it broke off");
  // Whoever dies behind the last part, before others know of it, cannot say that it was the last.
  const last = messages.at(-1)?.at ?? 0;
  const isUnknown = unseen || story.claimed || mayBeUnwritten(scenario, story, last);
  if (isWhole && broken > 0 && !isUnknown)
    found.push("the whole answer reached the user, and was said to be broken off");
  if (isBegun && !isWhole && broken === 0 && played.alive > 0 && !isUnknown)
    found.push("an answer that had begun never ended");
  if (isQuiet(scenario) && hasArrived(story) && !isWhole) found.push("the answer is not whole");
  return found;
}

/** What is wrong with when and how often the handlers ran, and with the deliveries. */
function complaintsOfRuns(scenario: Scenario, story: Story): readonly string[] {
  const found: string[] = [];
  const { runs, push, banner, tried } = story;
  const harmful = scenario.faults.filter((fault) => !isHarmless(fault, scenario));
  const areAllWell = harmful.every(({ kind }) => isOfTheStore.has(kind));
  if (areAllWell && !push.lost[0] && runs.length === 0) found.push("no handler ran");
  // Of what was still being done when it was closed, the last delivery is promised what others finish.
  const areThere = tried.every(
    ({ at, process }) => process >= 0 && !isClosedAt(scenario, process, at),
  );
  const end = harmful.every(({ kind }) => isOfTheStore.has(kind) || kind === "close");
  if (end && areThere && banner && !push.lost[2]) found.push("the user saw the banner");
  const stops =
    harmful.every(({ kind, for: lasts }) => kind === "stop" || (kind === "close" && lasts === 0)) &&
    standstill(scenario) < leaseOfStopped;
  const isOnce = isQuiet(scenario) ? hasArrived(story) && runs.length !== 1 : runs.length > 1;
  if ((isQuiet(scenario) || stops) && isOnce) found.push(`the handlers ran ${runs.length} times`);
  return found;
}

const brokenOff = ({ sent }: Story) => sent.filter(({ text }) => text === "broken off").length;
/** An answer after which another one is to come; without a placeholder it is empty. */
const isPromise = ({ text }: Story["answers"][number]) => text === "placeholder" || text === "";
const isPromised = ({ answers }: Story) => answers.some(isPromise);
const hasArrived = ({ push }: Story) => push.lost.some((isLost) => !isLost);

/** Whether there is no fault that anybody should notice. */
function isQuiet(scenario: Scenario): boolean {
  return scenario.faults.every((fault) => isHarmless(fault, scenario));
}

/**
 * Whether a process alone was cut off from the store, or all of them for too long, so that it cannot know what the
 * others do, nor they what it does; nor what one did that died, or stood still, when the store was away.
 */
function isUnseen(scenario: Scenario): boolean {
  const isCutOff = scenario.faults.some(({ kind, for: lasts }) => kind === "cut" && lasts > 3_000);
  const isLeft = isAwayForLong(scenario);
  return isCutOff || isLeft || diesUnseen(scenario) || standsStillUnseen(scenario);
}

/** Whether the store was away, at a stretch, for longer than a late reply waits for its word. */
function isAwayForLong({ faults }: Scenario): boolean {
  const away = faults.filter(({ kind }) => isAway.has(kind)).sort((a, b) => a.at - b.at);
  let [from, until] = [0, 0];
  return away.some(({ at, for: lasts }) => {
    if (at > until) from = at;
    until = Math.max(until, at + lasts);
    return until - from > claimPatience;
  });
}

/** Whether a process stands still that could not tell the others anything: when the store is back, for longer than they wait. */
function standsStillUnseen({ faults }: Scenario): boolean {
  const ends = faults.filter(({ kind }) => isAway.has(kind)).map((fault) => fault.at + fault.for);
  return faults.some(
    ({ kind, at, for: lasts }) =>
      kind === "stop" && ends.some((end) => at < end + 6_000 && at + lasts > end),
  );
}

/** Whether a process dies that could not tell the others anything. */
function diesUnseen(scenario: Scenario): boolean {
  const { faults } = scenario;
  const isSlow = isSlowed(scenario);
  return (
    faults.some((fault) => Number.isFinite(deathOf(fault))) &&
    faults.some((fault) => isAway.has(fault.kind) || isSlow(fault))
  );
}

/**
 * Whether the store lost what a process had written that gave the reply and has ended since, as it was asked to,
 * before anybody else heard of it.
 */
function endsUnseen({ faults, latency }: Scenario, { answers }: Story): boolean {
  const isLost = ({ at }: Fault) =>
    answers.some((answer) => Math.abs(at - answer.at) < 3 * latency);
  return (
    faults.some(({ kind }) => kind === "close") &&
    faults.some((fault) => fault.kind === "emptied" && isLost(fault))
  );
}

/** Whether a fault makes the store so slow for a process that it goes on as if there were none. */
function isSlowed(scenario: Scenario): (fault: Fault) => boolean {
  return (fault) => fault.kind === "slow" && !isHarmless(fault, scenario);
}

/** Whether whoever shows the beginning of what another process writes cannot tell that for long. */
function isHidden(scenario: Scenario, { tried }: Story): boolean {
  const { faults } = scenario;
  const isSlow = isSlowed(scenario);
  const ended = (tried.at(-1)?.at ?? 0) + 10_000;
  const isLong = faults.some(({ kind }) => isAway.has(kind));
  return faults.some((fault) => isSlow(fault) && (isLong || fault.at < ended));
}

/** Whether a process dies, or stands still, while a delivery of the push waits there. */
function isInterrupted({ faults }: Scenario, { tried }: Story): boolean {
  return tried.some(({ at, process }) =>
    faults.some(
      (fault) =>
        (fault.kind === "stop" || fault.kind === "kill") &&
        fault.process === process &&
        fault.at < at + 5_000 &&
        fault.at + fault.for >= at,
    ),
  );
}

/** Whether a process died before it could write down what it had promised, or done since. */
function mayBeUnwritten(scenario: Scenario, { answers }: Story, since = 0): boolean {
  const { faults, latency } = scenario;
  const promisedAt = Math.max(since, answers.find(isPromise)?.at ?? 0);
  const slowest = Math.max(
    0,
    ...faults.map(({ kind, for: lasts }) => (kind === "slow" ? lasts : 0)),
  );
  // What was on its way has to come back before that can be told.
  const soon = promisedAt + 3 * (latency + slowest);
  return diesUnseen(scenario) || faults.some((fault) => deathOf(fault) < soon);
}

/** When its process is gone, whatever it still had to tell: killed, or closed without the time for it. */
function deathOf({ kind, at, for: lasts }: Fault): number {
  const isHurried = kind === "close" && lasts > 0;
  return kind === "kill" ? at : isHurried ? at + lasts + handover : Number.POSITIVE_INFINITY;
}

/** Whether a process was closed while a delivery was on its way there, that it has never read. */
function isClosedAt({ faults }: Scenario, process: number, at: number): boolean {
  return faults.some(
    (fault) =>
      fault.kind === "close" &&
      fault.process === process &&
      fault.at >= at &&
      fault.at <= at + onItsWay,
  );
}

/** How long processes stand still in all. */
function standstill({ faults }: Scenario): number {
  return faults.reduce((sum, { kind, for: lasts }) => sum + (kind === "stop" ? lasts : 0), 0);
}
