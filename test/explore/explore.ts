import { complaints } from "./judge.js";
import { play } from "./play.js";
import { type Scenario, scenarioOf } from "./scenario.js";

/** A scenario in which a promise was broken. */
export interface Failure {
  readonly scenario: Scenario;
  readonly complaints: readonly string[];
}

/** Plays the scenarios of `count` seeds; gives those in which a promise was broken. */
export async function* explore(
  from: number,
  count: number,
  scenarioAt: (seed: number) => Scenario = scenarioOf,
): AsyncGenerator<Failure> {
  for (let seed = from; seed < from + count; seed += 1) {
    const scenario = scenarioAt(seed);
    const found = await complaintsAbout(scenario);
    if (found.length > 0) yield { scenario, complaints: found };
  }
}

/** The same failure with as few pushes and faults as show it. */
export async function shortened({ scenario }: Failure): Promise<Failure> {
  let shortest = scenario;
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (const shorter of [...without(shortest, "pushes"), ...without(shortest, "faults")]) {
      if ((await complaintsAbout(shorter)).length === 0) continue;
      shortest = shorter;
      isShorter = true;
      break;
    }
  }
  return { scenario: shortest, complaints: await complaintsAbout(shortest) };
}

function complaintsAbout(scenario: Scenario): Promise<readonly string[]> {
  return play(scenario).then(
    (played) => complaints(scenario, played),
    (error: unknown) => [String(error)],
  );
}

/** The scenario with one push, or one fault, less. */
function without(scenario: Scenario, part: "pushes" | "faults"): readonly Scenario[] {
  const least = part === "pushes" ? 1 : 0;
  if (scenario[part].length <= least) return [];
  return scenario[part].map((_, index) => ({
    ...scenario,
    [part]: scenario[part].filter((_, other) => other !== index),
  }));
}
