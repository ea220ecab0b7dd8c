import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";

/** The tests that a page shows. */
const testsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^```ts\n(.*?)^```/gms)]
    .map(([, block = ""]) => block)
    .filter((block) => /^ *it\(/m.test(block));

describe("docs/testing.md: the tests that it shows", function () {
  this.timeout(30_000);

  it("pass", async () => {
    // Within the project, where "koa-wx" is found.
    const folder = mkdtempSync(resolve("test/testing/.run-"));
    try {
      const blocks = ["README.md", "docs/testing.md"].flatMap(testsOf);
      const files = blocks.map((block, number) => {
        const file = join(folder, `${number}.test.ts`);
        writeFileSync(file, `${block}\nexport {};\n`);
        return file;
      });
      expect(files.length).to.be.greaterThan(3);
      const mocha = spawn(
        process.execPath,
        [resolve("node_modules/mocha/bin/mocha.js"), "--reporter", "json", ...files],
        { stdio: ["ignore", "pipe", "ignore"], timeout: 25_000 },
      );
      let output = "";
      for await (const chunk of mocha.stdout) output += chunk;
      const report = JSON.parse(output.slice(output.indexOf("{\n"))) as {
        stats: { passes: number };
        failures: { fullTitle: string; err: { message: string } }[];
      };
      expect(report.failures.map(({ fullTitle, err }) => [fullTitle, err.message])).to.deep.equal(
        [],
      );
      expect(report.stats.passes).to.be.greaterThan(7);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
