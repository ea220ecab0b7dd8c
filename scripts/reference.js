// Writes the API reference, docs/reference/, from the declarations that users get: `npm run docs`.
// It needs nothing but the compiler, and a change of the public API is a change of these pages.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { root, run } from "./run.js";

/** The pages, by the folder or file of src/ that their declarations come from. */
const pages = {
  wechat: "The account",
  router: "Handlers and their context",
  message: "Messages, events and replies",
  account: "Several accounts, and requests to the server address",
  runs: "The five seconds",
  outgoing: "What leaves",
  plugins: "Sessions, dialogues and the recorder",
  api: "Calling WeChat",
  koa: "Web login and the JS-SDK",
  gateway: "The token server and the API proxy",
  store: "Stores",
  diagnostics: "What can be watched",
  errors: "Errors",
  errcodes: "WeChat's error codes",
  language: "The language of hints",
  wire: "The wire",
  testing: "koa-wx/testing",
  simulator: "koa-wx/testing: the simulated WeChat",
};

const note = "<!-- Written by `npm run docs`; do not edit. -->\n\n";

/** All pages: a map of file names to their text. */
export function reference() {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-reference-"));
  try {
    run("tsc", ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", folder]);
    return pagesOf(new Library(folder));
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

/** What src/index.ts or another door lets out, by its tiers. */
function doorOf(path) {
  const text = readFileSync(join(root, "src", path), "utf8");
  const found = [];
  let tier = "";
  const pattern = /^\/\/ (.*)$|^export (?:type )?\{([^}]*)\} from "(\.[^"]+)";/gm;
  for (const [, title, names, from] of text.matchAll(pattern)) {
    if (title !== undefined) tier = title;
    else {
      const file = join(dirname(path), from).replace(/\.js$/, ".ts");
      for (const name of namesOf(names)) found.push({ name, path: file, tier });
    }
  }
  return found;
}

const pageOf = (path) => path.split("/")[0].replace(/\.ts$/, "");
const keyOf = ({ name, path }) => `${path}#${name}`;

function pagesOf(library) {
  const doors = [
    { title: "koa-wx", exports: doorOf("index.ts") },
    { title: "koa-wx/markdown", exports: doorOf("outgoing/markdown/index.ts") },
    { title: "koa-wx/testing", exports: doorOf("testing/index.ts") },
  ];
  const shown = new Map();
  const waiting = [];
  const show = (entry, isExported) => {
    const place = library.find(entry.name, entry.path);
    if (place === undefined || shown.has(keyOf(place))) return place;
    shown.set(keyOf(place), { ...place, isExported, uses: [] });
    waiting.push(place);
    return place;
  };
  for (const { exports } of doors) {
    for (const entry of exports) {
      if (show(entry, true) === undefined) throw new Error(`Not declared: ${keyOf(entry)}`);
    }
  }
  // What a declaration names is shown as well, exported or not.
  for (const place of waiting) {
    const entry = shown.get(keyOf(place));
    const code = library.file(place.path).declarations.get(place.name);
    // Classes that nobody but koa-wx makes are made of what users need not know.
    const words = new Set(
      code.flatMap(
        (part) =>
          part.code.replace(/^ *constructor.*$/gm, "").match(/\b[A-Z]\w*\b|(?<=\btypeof )\w+/g) ??
          [],
      ),
    );
    for (const word of words) {
      if (word === place.name) continue;
      const used = show({ name: word, path: place.path }, false);
      if (used !== undefined) entry.uses.push(keyOf(used));
    }
  }
  const texts = new Map([["README.md", contents(doors, library)]]);
  for (const [page, title] of Object.entries(pages)) {
    const entries = [...shown.values()]
      .filter(({ path }) => pageOf(path) === page)
      .sort((a, b) => Number(b.isExported) - Number(a.isExported) || (a.name < b.name ? -1 : 1));
    if (entries.length === 0) continue;
    const parts = entries.map((entry) => section(entry, library, shown));
    texts.set(`${page}.md`, `${note}# ${title}\n\n[All names](README.md)\n\n${parts.join("\n")}`);
  }
  return texts;
}

function contents(doors, library) {
  let text = `${note}# API reference\n\nEvery name of the package, by the declarations that an editor shows.\n`;
  for (const { title, exports } of doors) {
    for (const tier of new Set(exports.map((entry) => entry.tier))) {
      text += `\n## ${title}${tier === "" ? "" : `: ${tier.toLowerCase()}`}\n\n| name | |\n|---|---|\n`;
      const entries = exports.filter((entry) => entry.tier === tier);
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const place = library.find(entry.name, entry.path);
        const [{ comment }] = library.file(place.path).declarations.get(place.name);
        text += `| [\`${entry.name}\`](${addressOf(place)}) | ${firstSentence(comment)} |\n`;
      }
    }
  }
  return text;
}

const addressOf = ({ name, path }) => `${pageOf(path)}.md#${name.toLowerCase()}`;

const firstSentence = (comment) =>
  (/^(?:[^.]|\.(?!\s|$))*\.?/.exec(comment.replace(/\s+/g, " "))?.[0] ?? "").replaceAll("|", "\\|");

function section({ name, path, isExported, uses }, library, shown) {
  const parts = library.file(path).declarations.get(name);
  let text = `## ${name}\n\n`;
  if (!isExported) text += "Not exported.\n\n";
  const comments = [...new Set(parts.map(({ comment }) => comment))].filter(Boolean);
  if (comments.length > 0) text += `${comments.join("\n\n")}\n\n`;
  const code = parts.map((part) => part.code).join("\n");
  // A sample in a comment has a fence of its own.
  const fence = code.includes("```") ? "````" : "```";
  text += `${fence}ts\n${code}\n${fence}\n`;
  const links = uses.map((key) => shown.get(key)).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (links.length > 0) {
    text += `\nSee ${links.map((to) => `[${to.name}](${addressOf(to)})`).join(", ")}.\n`;
  }
  return text;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = resolve(root, "docs/reference");
  const texts = reference();
  if (process.argv.includes("--check")) check(folder, texts);
  else {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of texts) writeFileSync(join(folder, name), text);
    console.log(`Written: ${relative(root, folder)}`);
  }
}

/** Ends with 1 if the pages in the folder are not those of the code. */
function check(folder, texts) {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const stale = [...new Set([...there, ...texts.keys()])].filter(
    (name) => !there.includes(name) || readFileSync(join(folder, name), "utf8") !== texts.get(name),
  );
  if (stale.length === 0) return;
  console.error(`docs/reference is not that of the code: ${stale.join(", ")}. Run: npm run docs`);
  process.exitCode = 1;
}
