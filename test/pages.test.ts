import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { deadLinks, withoutBlocks } from "./support/links.js";

const filesIn = (folder: string, pattern: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => pattern.test(file) && !file.includes("node_modules"));
const read = (file: string) => readFileSync(file, "utf8");

/** What is written for those who change koa-wx. */
const pages = [
  ...filesIn("docs/decisions", /\.md$/),
  ...filesIn("docs/contributing", /\.md$/),
  ...filesIn(".github", /\.md$/),
  ...["ARCHITECTURE.md", "DEBUGGING.md", "PERFORMANCE.md", "RELEASING.md", "SECURITY.md"],
];
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const tests = filesIn("test", /\.test\.ts$/)
  .map(read)
  .join("\n");
const code = ["src", "test", "scripts"].flatMap((folder) => filesIn(folder, /\.[jt]s$/));
const words = new Set(code.flatMap((file) => read(file).match(/\w+/g) ?? []));
const quoted = (page: string) =>
  [...withoutBlocks(read(page)).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);

/** What the pages say that is not so: `wrongIn` gives it for a page. */
const all = (wrongIn: (page: string) => readonly string[]) =>
  pages.flatMap((page) => wrongIn(page).map((what) => `${page}: ${what}`));

describe("docs/contributing: the pages for contributors", () => {
  it("lead to files and headings that exist", () => {
    expect(pages.flatMap(deadLinks)).to.deep.equal([]);
  });

  it("name files that exist", () => {
    const places = ["", "src/", "test/"];
    const missing = all((page) =>
      quoted(page)
        .filter((text) => /^[\w.-]+(?:\/[\w.-]+)+\.(?:[jt]s|md|yml|json)$/.test(text))
        .filter((file) => !places.some((place) => existsSync(place + file))),
    );
    expect(missing).to.deep.equal([]);
  });

  it("name folders that exist", () => {
    const places = ["", "src/", "test/"];
    const missing = all((page) =>
      quoted(page)
        .filter((text) => /^[\w.-]+(?:\/[\w.-]+)*\/$/.test(text))
        .filter((folder) => !places.some((place) => existsSync(place + folder))),
    );
    expect(missing).to.deep.equal([]);
  });

  it("name commands that exist, with options that these have", () => {
    let commands = 0;
    const wrong = all((page) =>
      [...read(page).matchAll(/npm run ([\w-]+)((?: -- [^`\n]*)?)/g)].flatMap(
        ([, name = "", rest = ""]) => {
          commands += 1;
          const script = scripts[name];
          if (script === undefined) return [`npm run ${name}`];
          const begun = read(script.split(" ").at(-1) as string);
          // It may be another one that it starts.
          const [, started] = /\bbundle\("([^"]+)"\)/.exec(begun) ?? [];
          const program = begun + (started === undefined ? "" : read(started));
          const options = [...rest.matchAll(/--(\w+)/g)].map(([, option]) => option as string);
          return options
            .filter((option) => !new RegExp(`\\b${option}\\b`).test(program))
            .map((option) => `npm run ${name} -- --${option}`);
        },
      ),
    );
    expect(wrong).to.deep.equal([]);
    expect(commands).to.be.greaterThan(5);
  });

  it("name scenarios of chaos that there are", () => {
    const scenarios = `${read("test/chaos/scenarios.ts")}${read("test/chaos/run.ts")}`;
    const named = pages.flatMap((page) => [...read(page).matchAll(/--scenario (\w+)/g)]);
    expect(named.length).to.be.greaterThan(1);
    expect(named.filter(([, name]) => !scenarios.includes(`"${name}"`))).to.deep.equal([]);
  });

  it("name programs and tests that can be run", () => {
    const missing = all((page) =>
      [...read(page).matchAll(/npx (?:tsx|mocha) ([\w./-]+\.[jt]s)/g)]
        .map(([, file]) => file as string)
        .filter((file) => !existsSync(file)),
    );
    expect(missing).to.deep.equal([]);
  });

  it("quote tests by the titles that they have", () => {
    // What begins in a capital is the title of a commit.
    const titles = pages.flatMap((page) => read(page).match(/“\p{Ll}[^”]*”/gu) ?? []);
    expect(titles.length).to.be.greaterThan(5);
    const missing = titles.filter(
      (title) => !tests.includes(`it("${title.slice(1, -1).replace(/\s+/g, " ")}"`),
    );
    expect(missing).to.deep.equal([]);
  });

  it("name what there is in the code", () => {
    const missing = all((page) =>
      quoted(page)
        .filter((text) => /^(?:[A-Z][a-z]+[A-Z]\w*|[a-z]+[A-Z]\w*)(?:\(\))?$/.test(text))
        .filter((name) => !words.has(name.replace("()", ""))),
    );
    expect(missing).to.deep.equal([]);
  });
});

describe("docs/decisions", () => {
  const decisions = filesIn("docs/decisions", /(?<!README)\.md$/);
  const index = read("docs/decisions/README.md");

  it("stand in the index, by their titles", () => {
    expect(decisions.length).to.be.greaterThan(9);
    const unlisted = decisions.filter((file) => {
      const [, title] = /^# (.*)$/m.exec(read(file)) ?? [];
      return !index.includes(`| [${title}](${file.replace("docs/decisions/", "")}) |`);
    });
    expect(unlisted).to.deep.equal([]);
  });

  it("say what was asked, what was decided, and what would change our mind", () => {
    const parts = ["The question.", "Decided.", "What would change our mind."];
    const incomplete = decisions.filter(
      (file) => !parts.every((part) => read(file).includes(`**${part}**`)),
    );
    expect(incomplete).to.deep.equal([]);
  });
});

describe("ARCHITECTURE.md: the trade's words", () => {
  const sources = filesIn("src", /\.ts$/).map((file) => [
    file.replace("src/", ""),
    (read(file).match(/\/\/.*$|^ *\/?\*.*$/gm) ?? []).join("\n"),
  ]);
  const rows = [
    ...read("ARCHITECTURE.md").matchAll(/^\| ([\w -]+) \| [^|`]+ \| (`[^|]+) \|$/gm),
  ].map(([, word = "", cell = ""]) => [word, cell] as const);

  it("are known to ARCHITECTURE.md", () => {
    expect(rows.map(([word]) => word)).to.deep.equal([
      "circuit breaker",
      "lease",
      "fencing token",
      "compare-and-set",
      "single flight",
      "backoff",
      "jitter",
      "heartbeat",
      "CORS",
    ]);
  });

  for (const [word, cell] of rows) {
    it(`lead whoever greps them to the file that does it: ${word}`, () => {
      const named = [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => file as string);
      const pattern = new RegExp(`\\b${word}\\b`, "i");
      const found = sources.flatMap(([file, comments]) =>
        pattern.test(comments ?? "") ? [file] : [],
      );
      // Everybody who holds a lease speaks of it.
      if (word === "lease") expect(found).to.include.members(named);
      else expect(found.toSorted()).to.deep.equal(named.toSorted());
    });
  }
});

describe(".github/workflows", () => {
  const workflows = filesIn(".github/workflows", /\.yml$/);
  const text = (name: string) => read(`.github/workflows/${name}.yml`);

  it("run scripts that exist, and files that can be run", () => {
    const commands = workflows.flatMap((file) =>
      [...read(file).matchAll(/^ +- (?:run: )?((?:npm|npx|\.\/?ci|\.ci)\b.*)$/gm)].map(
        ([, command]) => command as string,
      ),
    );
    expect(commands.length).to.be.greaterThan(7);
    const builtIn = ["npm ci", "npm publish"];
    const wrong = commands.filter((command) => {
      const [, name] = /^npm run ([\w-]+)/.exec(command) ?? [];
      if (name !== undefined) return !(name in scripts);
      return !existsSync(command) && !builtIn.some((known) => command.startsWith(known));
    });
    expect(wrong).to.deep.equal([]);
  });

  it("try each Node that the READMEs name, from the oldest that the package takes", () => {
    const [, list = ""] = /^ +node: \[(.*)\]$/m.exec(text("ci")) ?? [];
    const versions = list.split(", ");
    const rows = [...read("README.md").matchAll(/^\| Node (\d+)\.\d+ \|/gm)].map(([, row]) => row);
    expect(versions).to.deep.equal(rows);
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
    expect(engines.node).to.match(new RegExp(`^>=${versions[0]}\\.`));
  });

  it("publish only what was tested, as what its tag says, with provenance", () => {
    const release = text("release");
    expect(release).to.match(/needs: test\n/);
    expect(release).to.include("id-token: write");
    expect(release).to.match(/\$GITHUB_REF_NAME[\s\S]*npm publish --provenance/);
    expect(workflows.filter((file) => /npm publish/.test(read(file)))).to.have.length(1);
  });

  it("may do no more than read, but for the signature of a release", () => {
    for (const file of workflows)
      expect(read(file), file).to.match(/^permissions:\n {2}contents: read$/m);
    const writes = workflows.flatMap((file) => read(file).match(/\S+: write/g) ?? []);
    expect(writes).to.deep.equal(["id-token: write"]);
  });
});
