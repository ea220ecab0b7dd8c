import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { oldFaults } from "./faults.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Explores a copy of the project until something fails, or nothing does; what it printed. */
async function explored(copy: string): Promise<string> {
  const args = ["--import", "tsx", "test/explore/run.ts", "--jobs", "1", "--bail"];
  args.push("--seed", "1", "--count", "3000");
  const done = promisify(execFile)(process.execPath, args, { cwd: copy });
  const { stdout } = await done.catch((error: { stdout: string }) => error);
  return stdout;
}

describe("The explorer finds it when", function () {
  this.timeout(60_000);
  let copy: string;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), "koa-wx-explore-"));
    for (const part of ["src", "test/explore", "package.json", "tsconfig.json"]) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  });
  after(() => rm(copy, { recursive: true, force: true }));

  for (const { name, changes } of oldFaults) {
    it(name, async () => {
      const files = new Map<string, string>();
      for (const { file, from, to } of changes) {
        const text = await readFile(join(copy, file), "utf8");
        expect(text.split(from), `${file} holds once: ${from}`).to.have.length(2);
        files.set(file, text);
        await writeFile(
          join(copy, file),
          text.replace(from, () => to),
        );
      }
      try {
        expect(await explored(copy)).to.match(/^\d+: .*\n\d+ kept every promise, 1 did not/m);
      } finally {
        for (const [file, text] of files) await writeFile(join(copy, file), text);
      }
    });
  }
});
