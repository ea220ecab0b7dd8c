import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";

/** The rooms of src/, from the ground up. A file imports its own room and lower ones. */
const rooms = [
  "errors",
  "language",
  "spelling",
  "places",
  "errcodes",
  "diagnostics",
  "options",
  "time",
  "wire",
  "message",
  "store",
  "api",
  "router",
  "outgoing",
  "runs",
  "account",
  "plugins",
  "koa",
  "gateway",
  "wechat",
  "further-types",
  "index",
];
/** What has nothing to do with either side of the wire. */
const ground = ["errors", "language", "spelling", "places", "errcodes"];
/** The other side of the wire, which must not share more with us than the wire itself. */
const otherSide: Record<string, readonly string[]> = {
  simulator: [...ground, "wire", "message", "simulator"],
  testing: [...ground, "wire", "message", "simulator", "testing"],
};
/** Where Koa itself may be imported at run time. */
const koaRooms = ["koa", "gateway", "simulator", "testing"];

/** Folders that hold more than about a dozen files, because they are rows of like things. */
const rows: Record<string, string> = {
  "src/api/areas": "one file for each of WeChat's product areas",
  "src/simulator/api/endpoints": "one file for each area of the API that is played",
  "src/simulator/world": "one file for each thing that WeChat keeps",
};
const dozen = 14;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => `src/${file.replaceAll("\\", "/")}`);
const imports = files.flatMap((from): Import[] =>
  [
    ...readFileSync(from, "utf8").matchAll(
      /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/gm,
    ),
  ].map((match) => {
    const to = (match[2] ?? match[3]) as string;
    return {
      from,
      to: to.startsWith(".") ? normalize(join(dirname(from), to)).replace(/\.js$/, ".ts") : to,
      typeOnly: match[1] !== undefined,
    };
  }),
);
const inside = imports.filter(({ to }) => to.startsWith("src/"));
const roomOf = (file: string) => (file.split("/")[1] as string).replace(/\.ts$/, "");

describe("src/: its rooms", () => {
  it("are known, every one of them", () => {
    const unknown = files.filter(
      (file) => !rooms.includes(roomOf(file)) && !(roomOf(file) in otherSide),
    );
    expect(unknown).to.deep.equal([]);
    expect(inside.length).to.be.greaterThan(10);
  });

  it("import their own files and those of lower rooms", () => {
    const upwards = inside.filter(({ from, to }) => {
      const allowed = otherSide[roomOf(from)];
      if (allowed !== undefined) return !allowed.includes(roomOf(to));
      return rooms.indexOf(roomOf(to)) > rooms.indexOf(roomOf(from)) || roomOf(to) in otherSide;
    });
    expect(upwards).to.deep.equal([]);
  });

  it("have no import circles, types included", () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of inside) graph.set(from, [...(graph.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).to.deep.equal([]);
  });

  it("import only files that exist", () => {
    expect(inside.filter(({ to }) => !files.includes(to))).to.deep.equal([]);
  });

  it("know Koa at run time only where requests are served", () => {
    const leaks = imports.filter(
      ({ from, to, typeOnly }) =>
        ["koa", "koa-router", "raw-body"].includes(to) &&
        !typeOnly &&
        !koaRooms.includes(roomOf(from)),
    );
    expect(leaks).to.deep.equal([]);
  });

  it("have no file whose name says nothing", () => {
    const vague = files.filter((file) => /\/(types|utils?|helpers?|managers?|misc)\b/.test(file));
    expect(vague).to.deep.equal([]);
  });

  it("have folders of about a dozen different things, or of a row of like ones", () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const full = [...counts].filter(([, count]) => count > dozen).map(([folder]) => folder);
    expect(full.toSorted()).to.deep.equal(Object.keys(rows));
  });

  it("have their tests in folders of the same names", () => {
    const suites = readdirSync("test", { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => file.endsWith(".test.ts") && existsSync(`src/${file.split("/")[0]}`));
    expect(suites.length).to.be.greaterThan(100);
    expect(suites.filter((file) => !existsSync(`src/${dirname(file)}`))).to.deep.equal([]);
  });

  it("have files short enough to read in one go", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 400);
    expect(long).to.deep.equal([]);
  });
});
