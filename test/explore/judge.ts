import type { Played, Story } from "./play.js";
import type { Fault, FaultKind, Scenario } from "./scenario.js";

/** Whether everything must be as if there had been no fault: the store was slow for less than three seconds. */
function isHarmless({ kind, for: lasts }: Fault, { latency }: Scenario): boolean {
  // Late on the way there, and on the way back.
  return kind === "standstill" || (kind === "slow" && 2 * (lasts + latency) < 3_000);
}

/** What is wrong with how a scenario went: the promises of docs/reliability.md, one by one. */
export function complaints(scenario: Scenario, played: Played): readonly string[] {
  const found = played.stories.flatMap((story, index) =>
    complaintsOf(scenario, played, story).map((complaint) => `push ${index}: ${complaint}`),
  );
  const isOfProcesses = scenario.faults.every(({ kind }) => !isOfTheStore.has(kind));
  if (isOfProcesses && played.warnings.length > 0) {
    found.push(`the store was blamed: ${played.warnings[0]}`);
  }
  if (played.rejections.length > 0) {
    found.push(`unhandled rejection: ${String(played.rejections[0])}`);
  }
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

/** A process that stands still keeps its runs for so long: three leases, less what it has renewed before. */
const leaseOfStopped = 15_000;

function complaintsOf(scenario: Scenario, played: Played, story: Story): readonly string[] {
  const found: string[] = [];
  const harmful = scenario.faults.filter((fault) => !isHarmless(fault, scenario));
  const isQuiet = harmful.length === 0;
  const replies = story.answers.filter(({ text }) => text.startsWith("reply")).length;
  const sent = story.sent.filter(({ text }) => text.startsWith("reply")).length;
  const broken = story.sent.filter(({ text }) => text === "broken off").length;
  const promised = story.answers.some(({ text }) => text === "placeholder");
  const seen = replies + sent;

  const isCutOff = scenario.faults.some(({ kind, for: lasts }) => kind === "cut" && lasts > 3_000);
  // A process that alone is cut off from the store cannot know what the others do, nor they what it
  // does; nor what one did that died while the store was away.
  const isUnseen = isCutOff || diesUnseen(scenario);
  if (seen > (isUnseen ? Math.max(2, story.runs.length) : 1))
    found.push(`the reply reached the user ${seen} times`);
  if (seen > 0 && broken > 0)
    found.push("the reply reached the user, and was said to be broken off");
  if (broken > 1) found.push(`it was said ${broken} times that the answer broke off`);
  const isAnnounced = promised || story.banner;
  if (broken > 0 && !isAnnounced) found.push("nothing was promised, and yet it broke off");
  const isUnknown = story.claimed || mayBeUnwritten(scenario, story);
  if (promised && seen + broken === 0 && played.alive > 0 && !isUnknown) {
    found.push("a placeholder promised an answer that never came");
  }
  const arrived = story.push.lost.some((isLost) => !isLost);
  const areAllWell = harmful.every(({ kind }) => isOfTheStore.has(kind));
  if (areAllWell && !story.push.lost[0] && story.runs.length === 0) {
    found.push("no handler ran");
  }
  if (areAllWell && story.banner && !story.push.lost[2]) found.push("the user saw the banner");
  if (isQuiet && arrived) {
    if (story.runs.length !== 1) found.push(`the handlers ran ${story.runs.length} times`);
    if (seen !== 1) found.push(`the reply reached the user ${seen} times`);
  }
  const stops =
    harmful.every(({ kind }) => kind === "stop" || kind === "close") &&
    standstill(scenario) < leaseOfStopped;
  if (stops && story.runs.length > 1) found.push(`the handlers ran ${story.runs.length} times`);
  return found;
}

/** Whether a process dies that could not tell the others anything. */
function diesUnseen({ faults }: Scenario): boolean {
  return faults.some(({ kind }) => kind === "kill") && faults.some(({ kind }) => isAway.has(kind));
}

/** Whether a process died before it could write down what it had promised. */
function mayBeUnwritten(scenario: Scenario, { answers }: Story): boolean {
  const { faults, latency } = scenario;
  const promisedAt = answers.find(({ text }) => text === "placeholder")?.at ?? 0;
  const slowest = Math.max(
    0,
    ...faults.map(({ kind, for: lasts }) => (kind === "slow" ? lasts : 0)),
  );
  const diesSoon = ({ kind, at }: Fault) => kind === "kill" && at < promisedAt + latency + slowest;
  return diesUnseen(scenario) || faults.some(diesSoon);
}

/** How long processes stand still in all. */
function standstill({ faults }: Scenario): number {
  return faults.reduce((sum, { kind, for: lasts }) => sum + (kind === "stop" ? lasts : 0), 0);
}
