import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundle } from "../support/bundle.js";
import { shortened } from "./explore.js";
import { complaints } from "./judge.js";
import { play, type Story } from "./play.js";
import { type Fault, type PlannedPush, type Scenario, scenarioOf, streamsOf } from "./scenario.js";
import { heard } from "./stream.js";

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

  /** In a process of its own, for an endless loop of promises can only be ended from outside. */
  const explored = async (...more: readonly string[]) => {
    // The other cores have other suites.
    const args = [await bundle("test/explore/run.ts"), "--jobs", "1", "--seed", "1", ...more];
    return (await promisify(execFile)(process.execPath, args, { timeout: 290_000 })).stdout;
  };

  it("keep every promise, in twenty thousand schedules", async () => {
    expect(await explored()).to.match(/^20000 kept every promise, 0 did not$/m);
  });

  it("keep every promise where there is no placeholder, in two thousand schedules of each kind", async () => {
    // A process that had given nothing told that again for ever.
    const said = /^2000 kept every promise, 0 did not$/m;
    expect(await explored("--silent", "--count", "2000")).to.match(said);
    expect(await explored("--silent", "--streams", "--count", "2000")).to.match(said);
  });

  it("keep every promise of answers that stream, in four thousand schedules", async () => {
    // Among them: 677, of which one process shows the beginning when the other has the whole, and offered it for
    // ever; 515, an outage when another process showed the beginning; 1349, shown in a delivery whose time ended
    // meanwhile; 3667, shown in one that had hung up; 913, written on when another process had sent its own.
    const stdout = await explored("--streams", "--count", "4000");
    expect(stdout).to.match(/^4000 kept every promise, 0 did not$/m);
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
    [
      1607,
      "a reply held for ever by a process that took it over when nobody waited there any more",
    ],
    [88387700, "a reply given while the store was away, and one lost call to tell it"],
    [
      104524051,
      "what was said to have broken off, of which a store that came back empty was not told",
    ],
    [106505171, "a run that its process lost to another one, and of which it heard no more"],
    [107501376, "a delivery of a process that had stood still, taken for one more"],
    [108579837, "a process that was cut off, and looked for the next delivery without a pause"],
    [108005437, "the same, in a longer outage"],
    [80951731, "a reply whose run another process had taken over, and given back"],
    [109070299, "an answer that a process gave on waking, which had lost its lease meanwhile"],
    [109392971, "a reply sent without a word of the store, which had taken another way there"],
    [109529208, "a reply given while the store was away, beside one who sent it late"],
    [
      109478604,
      "a process that was closed while the store was away, and alone knew who had the reply",
    ],
    [61031469, "the same, whose last words took more than a second"],
    [
      109893909,
      "what was sent, of which a store that came back empty was told less by another one",
    ],
    [62061395, "the same, beside a placeholder that was promised behind its back"],
    [62254839, "the end, of which it was told less"],
    [
      63356073,
      "a reply that had missed one delivery and reached the next, which was one too many to count",
    ],
    [
      110721302,
      "an end that was told for a process that was cut off, of which an empty store knew nothing",
    ],
    [140884628, "an old delivery, read by a process that had stood still, and taken for the last"],
    [
      150609582,
      "a reply that was asked for by a delivery that had the placeholder when it was granted",
    ],
    [150114648, "the same, in a longer outage"],
    [150889190, "the same, of another push"],
    [
      160407223,
      "a reply that had missed one delivery, and was sent while the next one was on its way",
    ],
    [180190412, "a reply given without the store's word, of which the store was never told"],
    [180883325, "a delivery to an empty store, which was told of those before and forgot it"],
    [210295104, "a promise of a process that was closed, and waited for others to be told alone"],
    [
      240547489,
      "a last delivery that was still asking when its time was over, and whose promise was agreed",
    ],
    [130924512, "a run that had begun in the store alone, for a process that had given it up"],
    [280015003, "a last delivery taken for one before, by a push created early in its second"],
    [280015025, "the same, beside a slow store"],
    [280015036, "the same, where one was lost"],
    [290018844, "a last delivery left open by a process that was closed before all was done"],
    [290001651, "the same, of another push"],
    [290012097, "the same, of a third"],
    [320620556, "a last delivery that came while its process handed over, and was told nothing"],
    [290032970, "what was promised while its process was closed, and never kept"],
    [320919699, "an old delivery, read so late that it was taken for a fourth"],
    [110257587, "a reply given alone that another process had taken before, behind a slow store"],
  ] as const) {
    it(`keep every promise also where they once did not: ${fault} (seed ${seed})`, async () => {
      const planned = scenarioOf(seed);
      expect(complaints(planned, await play(planned))).to.deep.equal([]);
    });
  }

  for (const [seed, fault] of [
    [31003698, "what was sent without a word of the store, which then could not hear of the end"],
    [31162904, "a beginning shown behind the back of its writer, which the store had lost"],
    [31179013, "the same, when the writer had said that nobody shows it"],
    [33078435, "a call that was lost with its connection, and taken for an outage of the store"],
    [34000733, "a beginning shown by a process that had the whole"],
    [
      34018813,
      "a run that was begun while the store was away, and never told, since that was back",
    ],
    [33161411, "an answer that followed before it was certain that no delivery comes"],
    [290032355, "an answer that was cut off, since its process was closed, and said to be whole"],
    [290032256, "the same, of another push"],
    [290007114, "the same, of a third"],
    [32041078, "a writer that took the word of yesterday for what the user had, in two outages"],
  ] as const) {
    it(`keep every promise of answers that stream also where they once did not: ${fault} (seed ${seed})`, async () => {
      const planned = streamsOf(seed);
      expect(complaints(planned, await play(planned))).to.deep.equal([]);
    });
  }

  for (const [seed, push, fault] of [
    [777454, 0, "a later delivery had it when the one that was to show it had hung up"],
    [31042988, 2, "the same, in a process that stood still longer"],
  ] as const) {
    it(`let the user read the beginning once: ${fault} (seed ${seed})`, async () => {
      const { answers, sent } = (await play(streamsOf(seed))).stories[push] as Story;
      const beginnings = [...answers, ...sent].filter(({ text }) => heard(text)?.from === 0);
      expect(beginnings).to.have.length(1);
    });
  }

  it("send nothing of which it is known, when the patience for a claim ends, that it reached the user", async () => {
    const faults: Fault[] = [{ kind: "cut", at: 1_000, for: 24_000, process: 0 }];
    // Never long enough for an outage, and so often that it is never certain.
    for (let at = 17_000; at < 75_000; at += 4_000)
      faults.push({ kind: "cut", at, for: 100, process: 1 });
    const { stories } = await play(scenario({ pushes: [push(11_500)], faults }));
    expect(stories[0]?.answers.map(({ text }) => text)).to.deep.equal(["reply 0"]);
    expect(stories[0]?.sent).to.deep.equal([]);
  });

  for (const [takes, cutFor, awayFor] of [
    [25_000, 11_860, 500],
    [40_000, 20_000, 10_000],
  ] as const) {
    it(`say once that an answer broke off, also if the store then forgets it for ${awayFor} ms`, async () => {
      const pushes = [{ ...push(takes), at: 2_176, lost: [false, true, true] }];
      const cut: Fault = { kind: "cut", at: 16_671, for: cutFor, process: 0 };
      // Just before that one is back.
      const emptied: Fault = {
        kind: "emptied",
        at: cut.at + cutFor - 700,
        for: awayFor,
        process: 0,
      };
      const { stories } = await play(
        scenario({ processes: 3, pushes, faults: [cut, emptied], latency: 40 }),
      );
      expect(stories[0]?.sent.map(({ text }) => text)).to.deep.equal(["broken off"]);
    });
  }

  for (const latency of [5, 300]) {
    it(`run the handlers soon where a process gave up a delivery that the store then took, ${latency} ms late`, async () => {
      const pushes: PlannedPush[] = [
        { at: 1_455, takes: 3_653, lost: [true, false, false], to: [2, 0, 0] },
      ];
      const faults: Fault[] = [{ kind: "standstill", at: 4_164, for: 4_945, process: 0 }];
      // Its orphans are looked for when the store stands still, which opens the circuit.
      const seed = 130_924_512;
      const { stories } = await play(scenario({ seed, processes: 3, pushes, faults, latency }));
      expect(stories[0]?.runs).to.have.length(1);
      expect(stories[0]?.runs[0]?.at).to.be.below(17_000);
      expect(stories[0]?.sent.map(({ text }) => text)).to.deep.equal(["reply 0"]);
    });
  }

  for (const [takes, killedAt] of [
    [2, 7_200],
    [100, 7_300],
  ] as const) {
    it(`take no old delivery for the last, where the reply was given and its process died at ${killedAt} ms`, async () => {
      const pushes = [{ ...push(takes), at: 1_832 }];
      const stop: Fault = { kind: "stop", at: 1_000, for: 7_000, process: 0 };
      const kill: Fault = { kind: "kill", at: killedAt, for: 0, process: 1 };
      const { stories } = await play(scenario({ pushes, faults: [stop, kill], latency: 300 }));
      expect(stories[0]?.answers.map(({ text }) => text)).to.deep.equal(["reply 0"]);
      expect(stories[0]?.sent).to.deep.equal([]);
    });
  }

  for (const [seed, awayFor, slowAt, slowFor] of [
    [240548783, 11_614, 9_986, 2_178],
    [240549390, 11_741, 8_503, 2_137],
  ] as const) {
    it(`answer the last delivery in time that is still asking an empty store, ${slowFor} ms late`, async () => {
      const sent = { lost: [false, false, false], to: [0, 0, 1] };
      const pushes: PlannedPush[] = [
        { ...sent, at: 2_009, takes: 11_318 },
        { ...sent, at: 3_776, takes: 24_062 },
      ];
      const emptied: Fault = { kind: "emptied", at: 2_020, for: awayFor, process: 1 };
      const slow: Fault = { kind: "slow", at: slowAt, for: slowFor, process: 1 };
      const planned = scenario({ seed, pushes, faults: [emptied, slow], latency: 1 });
      expect(complaints(planned, await play(planned))).to.deep.equal([]);
    });
  }

  for (const [at, latency] of [
    [10_092, 40],
    [10_095, 300],
  ] as const) {
    it(`promise what is left to a last delivery that came when its process was to end, at ${at} ms`, async () => {
      const planned = scenario({
        pushes: [{ at: 90, takes: 14_737, lost: [false, false, false], to: [1, 1, 1] }],
        faults: [{ kind: "close", at, for: 1, process: 1 }],
        latency,
      });
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

  it("reach what they are to reach: answers that begin in one process and follow from another", async () => {
    const sentences = { ...push(20_000), sentences: 12 };
    const played = await play(scenario({ pushes: [{ ...sentences, to: [0, 0, 1] }] }));
    expect(played.stories[0]?.answers.map(({ text }) => text)).to.deep.equal([
      "sentences of run 1: 0-6",
    ]);
    expect(played.stories[0]?.sent.map(({ text, process }) => [text, process])).to.deep.equal([
      ["sentences of run 1: 6-9", 0],
      ["sentences of run 1: 9-12", 0],
    ]);
    const killed = await play(
      scenario({
        pushes: [{ ...sentences, to: [0, 0, 1] }],
        faults: [{ kind: "kill", at: 16_500, for: 0, process: 0 }],
      }),
    );
    expect(killed.stories[0]?.sent.at(-1)?.text).to.equal("broken off");
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

  for (const [what, texts, complaint] of [
    ["a sentence twice", ["0-6", "6-9", "8-12"], "the user read sentence 8 twice"],
    ["a gap", ["0-6", "8-12"], "the user never read sentence 6"],
    ["no end", ["0-6"], "an answer that had begun never ended"],
    ["an end too many", ["0-12", "broken"], "the whole answer reached the user, and was said"],
  ] as const) {
    it(`are judged by what the user read: ${what}`, () => {
      const planned = scenario({ pushes: [{ ...push(20_000), sentences: 12 }] });
      const sent = texts.map((text, index) => ({
        ...{ at: 20_000 + index, process: 0 },
        text: text === "broken" ? "broken off" : `sentences of run 1: ${text}`,
      }));
      const story: Story = {
        ...{ push: planned.pushes[0] as PlannedPush, sent, answers: [], tried: [] },
        ...{ runs: [{ at: 100, process: 0 }], banner: false, claimed: false, isOpen: false },
      };
      const played = { stories: [story], alive: 2, warnings: [], rejections: [], left: [] };
      expect(complaints(planned, played).join()).to.include(complaint);
    });
  }

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
