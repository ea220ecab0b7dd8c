import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { stem } from "../../src/simulator/doctor/response.js";
import { highlight } from "../../src/simulator/page/inspector/highlight.js";

const sources = "src/simulator";
/** A pattern that is quadratic takes more than half a second for so many letters, a linear one less than one millisecond. */
const length = 16_000;
const allowed = 150;

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** The patterns of a file: what stands between slashes where an expression begins. */
function patternsIn(file: string): readonly Pattern[] {
  const literal =
    /(?<=[=(,:!&|?{};[]\s*|return\s+)\/((?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuyv]*)/g;
  const code = readFileSync(`${sources}/${file}`, "utf8");
  return [...code.matchAll(literal)]
    .map(([, source = "", flags = ""]) => ({ file, source, flags }))
    .filter(isPattern);
}

/** Two slashes in a piece of HTML are none. */
function isPattern({ source, flags }: Pattern): boolean {
  try {
    return new RegExp(source, flags).flags === flags;
  } catch {
    return false;
  }
}

const patterns = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap(patternsIn);

/** What a pattern may be slow about: its own letters, and what XML, JSON, addresses and headers are made of. */
function unitsFor(source: string): readonly string[] {
  const letters = source.replace(/\\[a-zA-Z]/g, "");
  const words = ["]]>", "<![CDATA[", "<a ", "</", '\\"', '"a":', '"secret":"', 'filename="', "a/"];
  return [...new Set([...' \n\ta0<>/\\"&;=-.,:{[(你', ...words, ...letters])];
}

/** How long a pattern takes to look through a text, in milliseconds. */
function time({ source, flags }: Pattern, text: string): number {
  const pattern = new RegExp(source, flags);
  const started = performance.now();
  text.replace(pattern, "");
  return performance.now() - started;
}

/** The text for which a pattern takes longest beyond what is allowed, if there is one, of so many letters. */
function slowText(pattern: Pattern, letters = length): string | undefined {
  for (const unit of unitsFor(pattern.source)) {
    for (const before of ["", "a", "<", "http://", '"', "/"]) {
      for (const after of ["\u0001", "x"]) {
        const text = before + unit.repeat(Math.ceil(letters / unit.length)) + after;
        // Twice, for the machine may have been busy with something else.
        if (time(pattern, text) > allowed && time(pattern, text) > allowed) {
          return JSON.stringify(`${text.slice(0, 20)}…${after}`);
        }
      }
    }
  }
  return undefined;
}

describe("src/simulator: its patterns", function () {
  this.timeout(30_000);

  it("are found, and a slow one among them would be", () => {
    expect(patterns).to.have.length.greaterThan(90);
    // Long enough to be slow on a quick machine, too.
    expect(slowText({ file: "", source: "\\/+$", flags: "" }, 2 * length)).to.be.a("string");
    const tag = "<(\\/?)([^<>\\s/]+)[^<>]*?(\\/?)>";
    expect(slowText({ file: "", source: tag, flags: "g" }, 2 * length)).to.be.a("string");
  });

  it("read whatever they are given in linear time", () => {
    const slow = patterns.flatMap((pattern) => {
      const text = slowText(pattern);
      return text === undefined ? [] : [`${pattern.file}: /${pattern.source}/ on ${text}`];
    });
    expect(slow).to.deep.equal([]);
  });

  it("are not all that could be slow: slashes, and what is nested or left open without end", () => {
    const started = performance.now();
    expect(stem(`/a${"/".repeat(100_000)}`)).to.equal("/a");
    for (const part of ["[", "[1,", '{"a":', "<a>", "<a", "<![CDATA[", '"', '["\\', "0"]) {
      const source = part.repeat(40_000 / part.length);
      const shown = highlight(source).reduce((sum, { text }) => sum + text.length, 0);
      expect(shown, part).to.be.lessThan(100 * source.length);
    }
    const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(highlight(nested).reduce((sum, { text }) => sum + text.length, 0)).to.be.lessThan(4e6);
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});
