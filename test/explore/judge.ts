import type { Played, Story } from "./play.js";
import type { FaultKind, Scenario } from "./scenario.js";

/** Faults after which everything must be as if there had been none. */
const harmless: ReadonlySet<FaultKind> = new Set(["standstill", "slow"]);

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

function complaintsOf(scenario: Scenario, played: Played, story: Story): readonly string[] {
  const found: string[] = [];
  const kinds = new Set(scenario.faults.map(({ kind }) => kind));
  const isQuiet = [...kinds].every((kind) => harmless.has(kind));
  const replies = story.answers.filter(({ text }) => text.startsWith("reply")).length;
  const sent = story.sent.filter(({ text }) => text.startsWith("reply")).length;
  const broken = story.sent.filter(({ text }) => text === "broken off").length;
  const promised = story.answers.some(({ text }) => text === "placeholder");
  const seen = replies + sent;

  const isCutOff = scenario.faults.some(({ kind, for: lasts }) => kind === "cut" && lasts > 3_000);
  // A process that alone is cut off from the store cannot know what the others do.
  if (seen > (isCutOff ? story.runs.length : 1))
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
  const stops = [...kinds].every(
    (kind) => harmless.has(kind) || kind === "stop" || kind === "close",
  );
  if (stops && story.runs.length > 1) found.push(`the handlers ran ${story.runs.length} times`);
  return found;
}

/** Whether a fault of the store may have taken the last delivery's time. */
function isInFault({ faults }: Scenario, { push }: Story): boolean {
  const last = push.at + 10_000;
  return faults.some(({ at, for: lasts, kind }) => {
    const end = kind === "slow" ? at + 8_000 : at + lasts;
    return end >= last && at <= last + 5_000;
  });
}
