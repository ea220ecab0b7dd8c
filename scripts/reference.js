// Writes the API reference, docs/reference/, from the declarations that users get: `npm run docs`.
// It needs nothing but the compiler, and a change of the public API is a change of these pages.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { doors, keyOf, withLibrary, wordsOf } from "./declarations.js";
import { root } from "./run.js";

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
  time: "Now or later",
  diagnostics: "What can be watched",
  errors: "Errors",
  errcodes: "WeChat's error codes",
  language: "The language of hints",
  wire: "The wire",
  testing: "The simulated WeChat in tests",
  simulator: "The simulated WeChat",
};

const note = "<!-- Written by `npm run docs`; do not edit. -->\n\n";

/** All pages: a map of file names to their text. */
export const reference = () => withLibrary(pagesOf);

const pageOf = (path) => path.split("/")[0].replace(/\.ts$/, "");

function pagesOf(library) {
  const all = doors();
  const shown = new Map();
  const waiting = [];
  const show = (entry) => {
    const place = library.find(entry.name, entry.path);
    if (place === undefined || shown.has(keyOf(place))) return place;
    shown.set(keyOf(place), { ...place, from: [], uses: [] });
    waiting.push(place);
    return place;
  };
  for (const { title, exports } of all) {
    for (const entry of exports) {
      const place = show(entry);
      if (place === undefined) throw new Error(`Not declared: ${keyOf(entry)}`);
      shown.get(keyOf(place)).from.push(title);
    }
  }
  // What a declaration names is shown as well, exported or not.
  for (const place of waiting) {
    const entry = shown.get(keyOf(place));
    const code = library.file(place.path).declarations.get(place.name);
    const words = new Set(code.flatMap((part) => wordsOf(part.code)));
    for (const word of words) {
      if (word === place.name) continue;
      const used = show({ name: word, path: place.path });
      if (used !== undefined) entry.uses.push(keyOf(used));
    }
  }
  const texts = new Map([["README.md", contents(all, library)]]);
  for (const [page, title] of Object.entries(pages)) {
    const entries = [...shown.values()]
      .filter(({ path }) => pageOf(path) === page)
      .sort(
        (a, b) =>
          Number(b.from.length > 0) - Number(a.from.length > 0) || (a.name < b.name ? -1 : 1),
      );
    if (entries.length === 0) continue;
    const parts = entries.map((entry) => section(entry, library, shown));
    texts.set(`${page}.md`, `${note}# ${title}\n\n[All names](README.md)\n\n${parts.join("\n")}`);
  }
  return texts;
}

function contents(all, library) {
  let text = `${note}# API reference\n\nEvery name of the package, by the declarations that an editor shows, behind the door that it is imported from.\n`;
  text += "\n| door | names | |\n|---|---|---|\n";
  for (const { title, about, exports } of all) {
    text += `| \`${title}\` | ${exports.length} | ${about} |\n`;
  }
  for (const { title, exports } of all) {
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

function section({ name, path, from, uses }, library, shown) {
  const parts = library.file(path).declarations.get(name);
  let text = `## ${name}\n\n`;
  text += from.length === 0 ? "Not exported.\n\n" : `From \`${from.join("`, `")}\`.\n\n`;
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
