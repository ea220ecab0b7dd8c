import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/** What `npm pack` says of the tarball. */
export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The folder of a user who has installed the packed tarball. */
export interface UserFolder {
  readonly folder: string;
  readonly packed: Packed;
  /** Links packages of this checkout into the folder, `{ "the user's name": "ours" }`. */
  link(packages: Readonly<Record<string, string>>): void;
  write(file: string, text: string): void;
  /** Runs a program of the folder's node_modules/.bin, or of the system; resolves to what it printed. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** The words that run the command koa-wx. */
  bin(...words: readonly string[]): [command: string, ...args: string[]];
  remove(): void;
}

/**
 * Packs koa-wx and installs it where nothing else is but what its package.json says: a dependency that
 * is not declared is not found.
 */
export function installPacked(more: Readonly<Record<string, string>> = {}): UserFolder {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-"));
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }),
  ) as [Packed];
  const modules = join(folder, "node_modules");
  const own = join(modules, "koa-wx");
  mkdirSync(own, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "-C", own, "--strip-components=1"]);
  const link = (packages: Readonly<Record<string, string>>) => {
    for (const [name, ours] of Object.entries(packages)) {
      const place = join(modules, name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(resolve("node_modules", ours), place);
    }
  };
  const { bin, dependencies } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as {
    bin: { "koa-wx": string };
    dependencies: Record<string, string>;
  };
  link({ ...same(Object.keys(dependencies)), koa: "koa", ...more });
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write("package.json", '{ "name": "user", "private": true }');
  const PATH = `${resolve("node_modules/.bin")}:${process.env.PATH}`;
  return {
    folder,
    packed,
    link,
    write,
    async run(command, ...args) {
      const options = { cwd: folder, env: { ...process.env, PATH, NODE_OPTIONS: "" } };
      return (await promisify(execFile)(command, args, options)).stdout;
    },
    bin: (...words) => ["node", join(own, bin["koa-wx"]), ...words],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Packages under their own names. */
export function same(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}
