import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Below node_modules, so that what koa-wx depends on is found from there.
const folder = join(root, "node_modules/.cache/koa-wx", String(process.pid));
const bundles = new Map<string, Promise<string>>();

/** What is to stand in a file of the project in the place of what stands there once. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Puts a program and all that it imports of this project into one file of JavaScript, so that a process starts quickly
 * and is as fast as one of an installed koa-wx. `program` is a path from the root, or code of TypeScript that stands
 * there. Resolves to the path; the file is there until this process ends.
 */
export function bundle(program: string, changes: readonly Change[] = []): Promise<string> {
  const key = JSON.stringify([program, changes]);
  const made = bundles.get(key) ?? make(program, changes, `${bundles.size}.mjs`);
  bundles.set(key, made);
  return made;
}

async function make(program: string, changes: readonly Change[], name: string): Promise<string> {
  if (bundles.size === 0) {
    mkdirSync(folder, { recursive: true });
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  const outfile = join(folder, name);
  const isFile = /^[\w./-]+\.ts$/.test(program);
  const changed = new Set<string>();
  await build({
    ...{ outfile, bundle: true, platform: "node", format: "esm", target: "node20" },
    // That a package has no side effects is said of koa-wx, not of the tests.
    ignoreAnnotations: true,
    ...{ packages: "external", sourcemap: "linked", absWorkingDir: root, logLevel: "error" },
    plugins: [inPlace(changes, changed)],
    ...(isFile
      ? { entryPoints: [program] }
      : { stdin: { contents: program, resolveDir: root, loader: "ts" } }),
  });
  const unread = changes.find(({ file }) => !changed.has(file));
  if (unread !== undefined) throw new Error(`${program} does not import ${unread.file}`);
  return outfile;
}

// Put together, so that this file can stand in a bundle itself.
const address = ["import", "meta", "url"].join(".");

/** Each file still knows where it stands, and reads as `changes` say; notes down which it has `changed`. */
function inPlace(changes: readonly Change[], changed: Set<string>): Plugin {
  return {
    name: "in place",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const { file, from, to } of changes) {
          if (file !== relative(root, path)) continue;
          const parts = contents.split(from);
          if (parts.length !== 2) throw new Error(`${file} does not hold once: ${from}`);
          contents = parts.join(to);
          changed.add(file);
        }
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: contents.replaceAll(address, url), loader: "ts" };
      });
    },
  };
}
