import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/** What `npm pack` says of the tarball. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The folder of a user who has installed the packed tarball. */
export interface UserFolder {
  readonly folder: string;
  readonly packed: Packed;
  /** The tarball itself. */
  readonly tarball: string;
  /** Links packages of this checkout into the folder, `{ "the user's name": "ours" }`. */
  link(packages: Readonly<Record<string, string>>, modules?: string): void;
  /** Takes a package out of the folder again. */
  unlink(name: string): void;
  write(file: string, text: string): void;
  /** Runs a program of the folder's node_modules/.bin, or of the system; resolves to what it printed. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** The same for one that may fail: resolves to all that it printed. */
  runs(
    command: string,
    ...args: readonly string[]
  ): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** The words that run the command koa-wx. */
  bin(...words: readonly string[]): [command: string, ...args: string[]];
  remove(): void;
}

/** Packed once for all the suites of this process. */
let tarball: { readonly file: string; readonly packed: Packed } | undefined;

function pack(): NonNullable<typeof tarball> {
  if (tarball !== undefined) return tarball;
  // `npm test` has packed it for all of them: to do so is to build, and others read what is built.
  const folder =
    process.env.KOA_WX_PACKED ?? packInto(mkdtempSync(join(tmpdir(), "koa-wx-packed-")));
  const [packed] = JSON.parse(readFileSync(join(folder, "packed.json"), "utf8")) as [Packed];
  tarball = { file: join(folder, packed.filename), packed };
  return tarball;
}

function packInto(folder: string): string {
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  writeFileSync(join(folder, "packed.json"), packed);
  return folder;
}

/**
 * Packs koa-wx and installs it where nothing else is but what its package.json says: a dependency that
 * is not declared is not found.
 */
export function installPacked(more: Readonly<Record<string, string>> = {}): UserFolder {
  const { file, packed } = pack();
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-"));
  const modules = join(folder, "node_modules");
  const own = join(modules, "koa-wx");
  mkdirSync(own, { recursive: true });
  execFileSync("tar", ["-xzf", file, "-C", own, "--strip-components=1"]);
  const link = (packages: Readonly<Record<string, string>>, from = "node_modules") => {
    for (const [name, ours] of Object.entries(packages)) {
      const place = join(modules, name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(resolve(from, ours), place);
    }
  };
  const { bin, dependencies } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as {
    bin: { "koa-wx": string };
    dependencies: Record<string, string>;
  };
  link({ ...same(Object.keys(dependencies)), koa: "koa", ...more });
  const write = (file: string, text: string) => {
    const place = join(folder, file);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  };
  write("package.json", '{ "name": "user", "private": true }');
  const PATH = [...bins, process.env.PATH].join(delimiter);
  const start = (command: string, args: readonly string[]) => {
    const env = {
      ...process.env,
      PATH,
      NODE_OPTIONS: "",
      NO_COLOR: "1",
      NODE_TEST_CONTEXT: undefined,
    };
    return promisify(execFile)(command, args, { cwd: folder, env });
  };
  return {
    folder,
    packed,
    tarball: file,
    link,
    unlink: (name) => rmSync(join(modules, name)),
    write,
    run: async (command, ...args) => (await start(command, args)).stdout,
    runs: (command, ...args) => start(command, args).catch((error) => error),
    bin: (...words) => ["node", join(own, bin["koa-wx"]), ...words],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Packages under their own names. */
export function same(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

const foreign = "test/foreign";
const bins = ["node_modules", `${foreign}/node_modules`].map((place) => resolve(place, ".bin"));

/** Where the packages are that others use with koa-wx; installed when they are first asked for. */
export function foreignModules(): string {
  const modules = resolve(foreign, "node_modules");
  if (!existsSync(join(modules, ".package-lock.json"))) {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: foreign, stdio: "pipe" });
  }
  return modules;
}
