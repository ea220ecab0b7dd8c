import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

const examples = readdirSync("examples")
  .filter((file) => file.endsWith(".ts") && file !== "local.ts")
  .map((file) => file.slice(0, -3));
const tests = readdirSync("test/examples")
  .filter((file) => file !== "all.test.ts")
  .map((file) => readFileSync(`test/examples/${file}`, "utf8"));

describe("The examples", () => {
  it("are driven by the test kit, every one of them", () => {
    const drives = (example: string) => (test: string) =>
      test.includes(`stage("${example}"`) ||
      (test.includes(`startExample("${example}"`) && /await simulate\(/.test(test));
    const undriven = examples.filter((example) => !tests.some(drives(example)));
    expect(examples.length).to.be.greaterThan(12);
    expect(undriven).to.deep.equal([]);
  });
});
