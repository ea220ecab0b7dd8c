import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { bundle } from "../support/bundle.js";
import { oldFaults } from "./faults.js";

describe("npm run explore finds it when", function () {
  this.timeout(60_000);

  for (const { name, ofStreams, changes } of oldFaults) {
    it(name, async () => {
      const args = [await bundle("test/explore/run.ts", changes), "--jobs", "1", "--bail"];
      args.push("--seed", "1", "--count", "3000");
      if (ofStreams) args.push("--streams");
      const done = promisify(execFile)(process.execPath, args);
      // It ends with an error where something fails.
      const { stdout } = await done.catch((error: { stdout: string }) => error);
      expect(stdout).to.match(/^\d+: .*\n\d+ kept every promise, 1 did not/m);
    });
  }
});
