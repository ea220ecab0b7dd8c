import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundle } from "../support/bundle.js";
import { shortened } from "./explore.js";
import { complaints } from "./judge.js";
import { play } from "./play.js";
import { type PlannedPush, type Scenario, scenarioOf } from "./scenario.js";

const push = (takes: number): PlannedPush => ({
  at: 100,
  takes,
  lost: [false, false, false],
  to: [0, 1, 0],
});
const scenario = (more: Partial<Scenario>): Scenario => ({
  seed: 1,
  processes: 2,
  pushes: [push(20)],
  faults: [],
  latency: 5,
  ...more,
});

describe("npm run explore: schedules of runs that processes share", function () {
  this.timeout(300_000);

  it("keep every promise, in twenty thousand schedules", async () => {
    // The other cores have other suites.
    const args = [await bundle("test/explore/run.ts"), "--jobs", "1", "--seed", "1"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).to.match(/^20000 kept every promise, 0 did not$/m);
  });

  for (const [seed, fault] of [
    [26149495, "a promise whose push stood nowhere, made by a process that was killed soon after"],
    [26137798, "a late reply that was refused, since another delivery had come, and tried no more"],
    [26663478, "the same, of another push"],
    [26663625, "the same, of a third"],
    [
      26680403,
      "a placeholder for a delivery that had hung up, beside the reply that another one got",
    ],
    [26203838, "what one process goes on with, taken for lost by another one that promised it"],
    [26229740, "the same, where the late reply had been refused already"],
    [26211302, "the same, beside a process that stands still"],
    [88296734, "a run that was taken over by a process in which nobody waited for it any more"],
    [88814490, "a reply sent by a process that did not hear yet that the store had been away"],
    [88319702, "a push that was on its way here when the process was closed"],
    [88270829, "a third delivery that was answered from the store, and not counted there"],
    [88387700, "a reply given while the store was away, and one lost call to tell it"],
  ] as const) {
    it(`keep every promise also where they once did not: ${fault} (seed ${seed})`, async () => {
      const planned = scenarioOf(seed);
      expect(complaints(planned, await play(planned))).to.deep.equal([]);
    });
  }

  it("go the same way for the same seed", async () => {
    const planned = scenario({
      pushes: [push(9_000), push(12_000)],
      faults: [{ kind: "slow", at: 3_000, for: 1_500, process: 1 }],
      latency: 300,
    });
    expect(await play(planned)).to.deep.equal(await play(planned));
  });

  it("reach what they are to reach: other processes, placeholders, late replies, takeovers", async () => {
    const slow = await play(scenario({ pushes: [push(7_000)] }));
    expect(slow.stories[0]?.answers).to.have.length(1);
    expect(slow.stories[0]?.answers[0]).to.include({ delivery: 1, text: "reply 0" });
    const late = await play(scenario({ pushes: [push(20_000)] }));
    expect(late.stories[0]?.answers[0]).to.include({ delivery: 2, text: "placeholder" });
    expect(late.stories[0]?.sent.map(({ text }) => text)).to.deep.equal(["reply 0"]);
    const killed = await play(
      scenario({
        pushes: [{ ...push(20_000), to: [0, 1, 1] }],
        // The other one has promised.
        faults: [{ kind: "kill", at: 16_000, for: 0, process: 0 }],
      }),
    );
    expect(killed.stories[0]?.runs.length).to.equal(2);
    expect(killed.stories[0]?.sent).to.have.length(1);
  });

  it("are judged by what the user saw", async () => {
    const planned = scenario({});
    const played = await play(planned);
    expect(complaints(planned, played)).to.deep.equal([]);
    const [story] = played.stories;
    story?.sent.push({ at: 9_000, process: 1, text: "reply 0" });
    story?.runs.push({ at: 200, process: 1 });
    expect(complaints(planned, played)).to.include.members([
      "push 0: the reply reached the user 2 times",
      "push 0: the handlers ran 2 times",
    ]);
  });

  it("are shortened to what is needed", async () => {
    const planned = scenario({
      pushes: [push(20), push(20_000)],
      faults: [
        { kind: "kill", at: 5_000, for: 0, process: 0 },
        { kind: "kill", at: 5_000, for: 0, process: 1 },
      ],
    });
    const failure = { scenario: planned, complaints: [] };
    // Nothing is wrong here, so nothing is taken away.
    expect((await shortened(failure)).scenario).to.deep.equal(planned);
  });
});
