// The doors of the package and the declarations behind them, as users' compilers see them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root, run } from "./run.js";

/** Calls `use` with the declarations of every file, as they are now. */
export function withLibrary(use) {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-declarations-"));
  try {
    // Whether the types are right is for others to say, and takes longer than to write them down.
    const emit = ["--emitDeclarationOnly", "--noCheck", "--outDir", folder];
    run("tsc", ["-p", "tsconfig.build.json", ...emit]);
    return use(new Library(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The declarations of every file, as the compiler wrote them. */
class Library {
  #folder;
  #files = new Map();

  constructor(folder) {
    this.#folder = folder;
  }

  /** The text of a file of src/, by its declarations. */
  file(path) {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(join(this.#folder, path.replace(/\.ts$/, ".d.ts")), "utf8");
    const file = { path, declarations: declarationsOf(text), imports: importsOf(text, path) };
    this.#files.set(path, file);
    return file;
  }

  /** Where a name is declared that stands in `path`; `undefined` for what is not ours. */
  find(name, path) {
    const file = this.file(path);
    if (file.declarations.has(name)) return { name, path };
    const from = file.imports.get(name);
    return from === undefined ? undefined : this.find(from.name, from.path);
  }
}

/** Everything that stands at the left edge, with the comment above it, by its name. */
function declarationsOf(text) {
  const found = new Map();
  const pattern =
    /((?:^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)[\s\S]*?(?:(?<=\{)\}$|^\}(?:[^;\n]*;)?$|;$(?!\n(?: |\})))/gm;
  for (const match of text.matchAll(pattern)) {
    const [whole, comment, name] = match;
    const code = whole.slice(comment.length).replace(/^export (?:declare )?/, "");
    const all = found.get(name) ?? [];
    all.push({ comment: proseOf(comment), code: tidy(code) });
    found.set(name, all);
  }
  return found;
}

/** The names that a file imports or passes on, and where they come from. */
function importsOf(text, path) {
  const found = new Map();
  const pattern = /^(?:import|export) (?:type )?\{([^}]*)\} from "(\.[^"]+)";/gm;
  for (const [, names, from] of text.matchAll(pattern)) {
    for (const name of namesOf(names)) {
      const [theirs, ours = theirs] = name.split(" as ");
      const file = join(dirname(path), from).replace(/\.js$/, ".ts");
      found.set(ours, { name: theirs, path: file });
    }
  }
  return found;
}

const namesOf = (list) =>
  list
    .split(",")
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");

/** A comment as prose. */
const proseOf = (comment) =>
  comment
    .replace(/^\/\*\*\s?|\s*\*\/\s*$/g, "")
    .replace(/^ \* ?/gm, "")
    .replace(/^@param (\w+)\s+/gm, "`$1`: ")
    .trim();

/** A declaration in two spaces, without what is private, with names as the compiler spells them out. */
const tidy = (code) =>
  code
    .replace(/\bSpelt<([^>]*)>\["out"\]/g, "$1")
    .replace(/^( *)( \*)?/gm, (_, spaces, star = "") => " ".repeat(spaces.length / 2) + star)
    .replace(/^ *(?:#private|private .*);\n/gm, "");

/** What users import from, by `exports` of package.json: each door's name, what it says of itself, and what it lets out. */
export function doors() {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([, { types }]) => types !== undefined)
    .map(([door, { types }]) => {
      const path = types.replace("./dist/", "").replace(/\.d\.ts$/, ".ts");
      return { title: name + door.slice(1), ...doorOf(path) };
    });
}

/** What a file lets out, by its tiers, and the comment at its top. */
function doorOf(path) {
  const text = readFileSync(join(root, "src", path), "utf8");
  const exports = [];
  let tier = "";
  const pattern = /^\/\/ (.*)$|^export (?:type )?\{([^}]*)\} from "(\.[^"]+)";/gm;
  for (const [, title, names, from] of text.matchAll(pattern)) {
    if (title !== undefined) tier = title;
    else {
      const file = join(dirname(path), from).replace(/\.js$/, ".ts");
      for (const name of namesOf(names)) exports.push({ name, path: file, tier });
    }
  }
  return { about: proseOf(/^\/\*\*.*?\*\//s.exec(text)?.[0] ?? ""), exports };
}

/** The names that the text of a declaration speaks of, whosever they are. */
export const wordsOf = (code) =>
  // Classes that nobody but koa-wx makes are made of what users need not know.
  code.replace(/^ *constructor.*$/gm, "").match(/\b[A-Z]\w*\b|(?<=\btypeof )\w+/g) ?? [];

export const keyOf = ({ name, path }) => `${path}#${name}`;

/**
 * The interfaces and classes that signatures of the doors are made of and that no door lets out. A compiler that
 * writes down what it has inferred must import them; it spells out aliases and what is inherited.
 */
export function withoutDoor(library) {
  const waiting = doors().flatMap(({ exports }) =>
    exports.map((entry) => library.find(entry.name, entry.path)),
  );
  const seen = new Set(waiting.map(keyOf));
  const missing = [];
  for (const place of waiting) {
    for (const { code } of library.file(place.path).declarations.get(place.name)) {
      const bare = code.replace(/\/\*[\s\S]*?\*\//g, "");
      const [, inherited = ""] = /^(?:[^{]*?) extends ([^{]*)\{/.exec(bare) ?? [];
      const parents = new Set(wordsOf(inherited));
      const body = bare.slice(Math.max(0, bare.indexOf("{")));
      for (const word of new Set(wordsOf(bare))) {
        const used = library.find(word, place.path);
        if (used === undefined || word === place.name || seen.has(keyOf(used))) continue;
        const declared = library.file(used.path).declarations.get(used.name);
        const isNamed = declared.some((part) =>
          /^(?:abstract )?(?:class|interface) /.test(part.code),
        );
        const isInherited = parents.has(word) && !new RegExp(`\\b${word}\\b`).test(body);
        if (isNamed && !isInherited) missing.push({ ...used, by: place.name });
        if (!isInherited) seen.add(keyOf(used));
        waiting.push(used);
      }
    }
  }
  return missing;
}
