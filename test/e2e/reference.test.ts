import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { doors, withLibrary, withoutDoor } from "../../scripts/declarations.js";

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

describe("The doors of the package", function () {
  this.timeout(30_000);
  const all = doors();
  /** The doors of a name, by where what it stands for is declared. */
  const names = new Map<string, Map<string, string[]>>();
  let missing: readonly string[];

  before(() => {
    missing = withLibrary((library) => {
      for (const { title, exports } of all) {
        for (const { name, path } of exports) {
          const place = library.find(name, path);
          const declared = `${place?.path}#${place?.name}`;
          const places = names.get(name) ?? new Map<string, string[]>();
          places.set(declared, [...(places.get(declared) ?? []), title]);
          names.set(name, places);
        }
      }
      return withoutDoor(library).map(({ name, path, by }) => `${name} of ${path}, for ${by}`);
    });
    expect(names.size).to.be.above(300);
  });

  it("are six, and what is for every day has under eighty names", () => {
    expect(all.map(({ title }) => title)).to.deep.equal([
      "koa-wx",
      "koa-wx/api",
      "koa-wx/gateway",
      "koa-wx/markdown",
      "koa-wx/testing",
      "koa-wx/types",
    ]);
    expect(all[0]?.exports.length).to.be.within(50, 79);
  });

  it("say in a sentence what is behind them", () => {
    expect(all.filter(({ about }) => !/^[A-Z].*\.$/.test(about))).to.deep.equal([]);
  });

  it("let out no name that stands for two things", () => {
    const ambiguous = [...names].filter(([, places]) => places.size > 1);
    expect(ambiguous.map(([name, places]) => [name, ...places.keys()])).to.deep.equal([]);
  });

  it("let out each thing once, but for what is in everyday use", () => {
    const twice = [...names].filter(([, places]) => [...places.values()].flat().length > 1);
    const everyDay = ["ApiError", "Client", "ReceivedFile", "createClient"];
    expect(twice.map(([name]) => name).toSorted()).to.deep.equal(everyDay);
  });

  it("let out every interface and class that their signatures are made of", () => {
    expect(missing).to.deep.equal([]);
  });
});
