import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const folder = "docs/reference";
const read = (page: string) => readFileSync(join(folder, page), "utf8");
const headingsOf = (page: string) =>
  [...read(page).matchAll(/^## (\w+)$/gm)].map(([, name = ""]) => name.toLowerCase());

describe("The API reference", function () {
  this.timeout(30_000);

  it("is that of the code; `npm run docs` writes it", async () => {
    const command = ["scripts/reference.js", "--check"];
    const stale = await promisify(execFile)(process.execPath, command).catch(
      (error: { stderr: string }) => error.stderr,
    );
    expect(stale).not.to.be.a("string", String(stale));
  });

  it("says of every name what it is, and links to where it is declared", () => {
    const rows = [...read("README.md").matchAll(/^\| \[`(\w+)`\]\((\S+)\) \|(.*)\|$/gm)];
    expect(rows.length).to.be.above(200);
    for (const [, name = "", address = "", what = ""] of rows) {
      expect(what.trim(), `${name} has no doc comment`).not.to.equal("");
      const [page = "", heading] = address.split("#");
      expect(existsSync(join(folder, page)), address).to.equal(true);
      expect(headingsOf(page), address).to.include(heading);
    }
  });

  it("links only to what is there", () => {
    for (const page of readdirSync(folder)) {
      for (const [, to = "", heading = ""] of read(page).matchAll(/\]\((\w+\.md)#(\w+)\)/g)) {
        expect(headingsOf(to), `${page} → ${to}`).to.include(heading);
      }
    }
  });
});
