/** The twelve scenarios of `npm run anywhere`, in this runtime; and what the documents say of the others. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { installPacked, type UserFolder } from "../support/installed.js";

const scenarios = readFileSync("test/anywhere/scenarios.js", "utf8");
const table = (file: string) =>
  readFileSync(file, "utf8").match(/^\| (?:Node|Bun|Deno) [\d.]+ \| 12 \/ 12 \|$/gm);

describe("npm run anywhere: its scenarios", function () {
  this.timeout(60_000);
  let user: UserFolder;
  before(() => {
    user = installPacked();
    user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
    user.write("scenarios.js", scenarios);
  });
  after(() => user?.remove());

  it("pass in this runtime", async () => {
    expect(await user.run("node", "--no-warnings", "scenarios.js")).to.equal("12 of 12\n");
  });

  it("are told of alike in the READMEs and on the page", () => {
    const pages = ["README", "docs/anywhere"].flatMap((name) => [`${name}.md`, `${name}.zh-CN.md`]);
    const [first, ...others] = pages.map(table);
    expect(first).to.have.length(5);
    for (const other of others) expect(other).to.deep.equal(first);
  });
});
