import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);

/**
 * Puts the bot and koa-wx into one file of JavaScript, so that a process starts quickly and is as
 * fast as an installed one. Resolves to its path.
 */
export async function buildBot(): Promise<string> {
  // Below node_modules, so that what koa-wx depends on is found from there.
  const outfile = fileURLToPath(new URL(`node_modules/.cache/koa-wx/bot-${process.pid}.mjs`, root));
  await build({
    ...{ outfile, bundle: true, platform: "node", format: "esm", packages: "external" },
    entryPoints: [fileURLToPath(new URL("test/chaos/bot.ts", root))],
    alias: { "koa-wx": fileURLToPath(new URL("src/index.ts", root)) },
  });
  return outfile;
}
