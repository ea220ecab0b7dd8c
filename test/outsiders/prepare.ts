import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";

const folder = resolve("test/outsiders");

/** What is in Python comes from its published sources, at these commits. */
const sources = [
  { repository: "wechatpy/wechatpy", commit: "5b8502e3bc4abfee3abae77983e01633ed47cebf" },
  { repository: "offu/WeRoBot", commit: "7b3d62d7ae126fc8bc9e033e6358dec2852d1d5a" },
  { repository: "messense/optionaldict", commit: "3dbe0ed9c21cd4c71491233ddf54fc63095ea69d" },
];
/** Debian's own, for whom its packages are. */
export const python = existsSync("/etc/debian_version") ? "/usr/bin/python3" : "python3";
/** What they import, and the packages of Debian that have it. */
const modules = {
  bottle: "python3-bottle",
  cryptography: "python3-cryptography",
  dateutil: "python3-dateutil",
  requests: "python3-requests",
  xmltodict: "python3-xmltodict",
};

/** Installs the packages of npm, once. */
export function prepareNode(): void {
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return;
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", words, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

/**
 * Has Python, what the sources import, and the sources; returns the PYTHONPATH. `given` is a folder
 * that has the repositories already; the others are cloned from GitHub, once.
 */
export function preparePython(given: string | undefined): string {
  const absent = Object.entries(modules).filter(([module]) => !imports(module));
  if (absent.length > 0) install(absent.map(([, name]) => name));
  return sources
    .map(({ repository, commit }) => {
      const [, name = ""] = repository.split("/");
      const clone = resolve(given ?? `${folder}/sources`, name);
      if (given === undefined && !existsSync(clone)) {
        git("clone", "--quiet", "--no-checkout", `https://github.com/${repository}`, clone);
        git("-C", clone, "checkout", "--quiet", commit);
      }
      const found = git("-C", clone, "rev-parse", "HEAD").trim();
      if (found === commit) return clone;
      throw new Error(`${clone} is at ${found}, not at ${commit}: git checkout ${commit}`);
    })
    .join(delimiter);
}

function imports(module: string): boolean {
  return spawnSync(python, ["-c", `import ${module}`]).status === 0;
}

function install(names: readonly string[]): void {
  const words = ["install", "-y", "--no-install-recommends", "python3", ...names];
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Error(`Python lacks modules. Install them: sudo apt-get ${words.join(" ")}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const step of [["update"], words]) {
    execFileSync("apt-get", ["-qq", ...step], { env, stdio: ["ignore", "ignore", "inherit"] });
  }
}

function git(...words: readonly string[]): string {
  return execFileSync("git", words, { encoding: "utf8" });
}
