// Compiles src/ to dist/, the folder that is published, and bundles the phone's page.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, run } from "./run.js";

rmSync("dist", { recursive: true, force: true });
// The comments are for whoever writes against the declarations, and for readers of src/.
run("tsc", ["-p", "tsconfig.build.json", "--emitDeclarationOnly"]);
const plain = ["--declaration", "false", "--removeComments", "--noCheck"];
run("tsc", ["-p", "tsconfig.build.json", ...plain]);
run("node", ["scripts/build-page.js"]);
removeUnreachable();

/** Declarations that nothing a user can import leads to are for nobody: half of them. */
function removeUnreachable() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, to] of text.matchAll(/(?:from |import |import\()"(\.[^"]+)"/g)) {
      visit(join(dirname(file), to.replace(/\.js$/, ".d.ts")));
    }
  };
  for (const { types } of Object.values(exports)) {
    if (types !== undefined) visit(join(root, types));
  }
  for (const name of readdirSync(join(root, "dist"), { recursive: true })) {
    const file = join(root, "dist", name);
    if (name.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
}
