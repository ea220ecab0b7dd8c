import type { Played, Story } from "./play.js";
import type { Fault, Scenario } from "./scenario.js";

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
  if (played.rejections.length > 0) {
    found.push(`unhandled rejection: ${String(played.rejections[0])}`);
  }
  return found;
}

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
  // A process that alone is cut off from the store cannot know what the others do, nor they what it does.
  if (seen > (isCutOff ? Math.max(2, story.runs.length) : 1))
    found.push(`the reply reached the user ${seen} times`);
  if (seen > 0 && broken > 0)
    found.push("the reply reached the user, and was said to be broken off");
  if (broken > 1) found.push(`it was said ${broken} times that the answer broke off`);
  if (promised && seen + broken === 0 && played.alive > 0) {
    found.push("a placeholder promised an answer that never came");
  }
  const arrived = story.push.lost.some((isLost) => !isLost);
  if (isQuiet && arrived) {
    if (story.runs.length !== 1) found.push(`the handlers ran ${story.runs.length} times`);
    if (seen !== 1) found.push(`the reply reached the user ${seen} times`);
    const lastFell = isInFault(scenario, story);
    if (story.banner && !story.push.lost[2] && !lastFell) found.push("the user saw the banner");
  }
  const stops =
    harmful.every(({ kind }) => kind === "stop" || kind === "close") &&
    standstill(scenario) < leaseOfStopped;
  if (stops && story.runs.length > 1) found.push(`the handlers ran ${story.runs.length} times`);
  return found;
}

/** How long processes stand still in all. */
function standstill({ faults }: Scenario): number {
  return faults.reduce((sum, { kind, for: lasts }) => sum + (kind === "stop" ? lasts : 0), 0);
}

/** Whether a fault of the store may have taken the last delivery's time. */
function isInFault({ faults }: Scenario, { push }: Story): boolean {
  const last = push.at + 10_000;
  return faults.some(({ at, for: lasts, kind }) => {
    const end = kind === "slow" ? at + 8_000 : at + lasts;
    return end >= last && at <= last + 5_000;
  });
}
