// Bundles the phone's page, src/simulator/page/, for the package: `node scripts/build-page.js` writes
// dist/simulator/page/app.js and app.css. While the package is developed, the phone bundles it itself.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, run } from "./run.js";

/** What is bundled is not ours; its licences go with it. */
const licences = [
  ["preact", "LICENSE"],
  ["htm", "LICENSE"],
  ["weui", "LICENSE.txt"],
];

/** Bundles the page, and what stands in for WeChat's script in other pages; resolves to the three files. */
export async function bundlePage() {
  const page = await bundle("esm", [
    { in: "src/simulator/page/main.ts", out: "app" },
    { in: "src/simulator/page/style/page.css", out: "app" },
  ]);
  return {
    ...page,
    ...(await bundle("iife", [{ in: "src/simulator/page/jssdk/stand-in.ts", out: "jweixin" }])),
  };
}

/**
 * @param {"esm" | "iife"} format
 * @param {{ in: string, out: string }[]} entryPoints
 */
async function bundle(format, entryPoints) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: "page",
    bundle: true,
    minify: true,
    write: false,
    format,
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    charset: "utf8",
    // The licences of what is bundled stand at the end of each file.
    legalComments: "eof",
    logLevel: "warning",
  });
  return Object.fromEntries(
    outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  run("tsc", ["-p", "src/simulator/page/tsconfig.json"]);
  const folder = join(root, "dist/simulator/page");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of Object.entries(await bundlePage())) {
    writeFileSync(join(folder, name), contents);
  }
  const texts = licences.map(([name, file]) => {
    return `${name}\n\n${readFileSync(join(root, "node_modules", name, file), "utf8").trim()}\n`;
  });
  writeFileSync(join(folder, "licences.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}
