import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a Dockerfile makes, as a folder of this machine in place of an image. */
export interface Built {
  /** What is /app in the container. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/**
 * Carries out a Dockerfile without Docker, each stage in a folder beside `context`: copies what it copies, runs what
 * it runs. Of what lies around an image, such as its base, it knows nothing. Throws at an instruction that it does not know.
 */
export function buildWithoutDocker(context: string, env: NodeJS.ProcessEnv): Built {
  const stages = new Map<string, string>();
  let stage = "";
  let built: Omit<Built, "folder"> = { env: {}, user: undefined, command: [], healthcheck: [] };
  const instructions: Record<string, (words: string) => void> = {
    FROM: (words) => {
      const name = / AS (\S+)$/.exec(words)?.[1] ?? "last";
      stage = `${context}-${name}`;
      mkdirSync(stage);
      stages.set(name, stage);
      built = { env: {}, user: undefined, command: [], healthcheck: [] };
    },
    WORKDIR: (words) => {
      if (words !== "/app") throw new Error(`The folders of the stages stand for /app: ${words}`);
    },
    ENV: (words) => {
      const pairs = words.split(/\s+/).map((pair) => pair.split("=") as [string, string]);
      built = { ...built, env: { ...built.env, ...Object.fromEntries(pairs) } };
    },
    COPY: (words) => {
      const [, from, paths = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(words) ?? [];
      const sources = paths.split(/\s+/);
      const target = sources.pop() ?? "";
      const base = from === undefined ? context : (stages.get(from) ?? "");
      for (const source of sources) {
        const place = join(base, from === undefined ? source : source.replace(/^\/app\//, ""));
        // The contents of a folder, as Docker does; a file into a folder whose name ends in a slash.
        const into = statSync(place).isDirectory() || !/\/$/.test(target) ? "" : source;
        const to = join(stage, target, into);
        // Moved, which takes no time: of an earlier stage nothing is wanted but what is copied from it once.
        if (from !== undefined) renameSync(place, to);
        else cpSync(place, to, { recursive: true, verbatimSymlinks: true });
      }
    },
    RUN: (words) => {
      const options = { cwd: stage, env: { ...env, ...built.env }, encoding: "utf8" } as const;
      execFileSync("sh", ["-c", words], { ...options, stdio: "pipe" });
    },
    USER: (words) => {
      built = { ...built, user: words };
    },
    EXPOSE: () => {},
    HEALTHCHECK: (words) => {
      built = { ...built, healthcheck: JSON.parse(words.replace(/^.*?CMD /, "")) };
    },
    CMD: (words) => {
      built = { ...built, command: JSON.parse(words) };
    },
  };
  const text = readFileSync(join(context, "Dockerfile"), "utf8");
  const lines = text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  for (const line of lines.filter((line) => line.trim() !== "")) {
    const [, name = "", words = ""] = /^(\w+) (.*)$/.exec(line) ?? [];
    const carryOut = instructions[name];
    if (carryOut === undefined) throw new Error(`The Dockerfile has an unknown line: ${line}`);
    carryOut(words);
  }
  return { folder: stage, ...built };
}
