import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type Koa from "koa";
import type { Client, Wechat } from "koa-wx";

/** What a sample of a page declares, and some that it lets out. */
export interface Sample {
  readonly wx?: Wechat;
  readonly app?: Koa;
  readonly api?: Client;
  readonly [name: string]: unknown;
}

/**
 * Stands where samples import koa-wx from: the same, but WeChat is the simulated one of the test. Nothing
 * else of an account is changed.
 */
const inPlaceOfKoaWx = `
  export * from ${JSON.stringify(resolve("src/index.ts"))};
  import { createClient as create, observe as listen, Wechat as Original } from ${JSON.stringify(resolve("src/index.ts"))};
  const address = () => ({ baseUrl: process.env.WECHAT_API_BASE_URL });
  export class Wechat extends Original {
    constructor(account, shared) {
      if (typeof account === "function") super(account, { ...shared, api: address() });
      else super({ ...account, api: address() });
    }
  }
  export const createClient = (options) => create({ ...options, ...address() });
  export const listening = [];
  export const observe = (...given) => {
    const stop = listen(...given);
    listening.push(stop);
    return stop;
  };
`;

/** Where a door of koa-wx is in this checkout. */
function fileOf(door: string): string {
  const { compilerOptions } = JSON.parse(readFileSync("tsconfig.json", "utf8")) as {
    compilerOptions: { paths: Readonly<Record<string, readonly [string]>> };
  };
  const [file] = compilerOptions.paths[door] ?? [];
  if (file === undefined) throw new Error(`There is no door ${door}.`);
  return resolve(file);
}

/** The samples of a page, by their headings: run one after the other as they stand there, in a folder of their own. */
export class Samples {
  readonly folder = mkdtempSync(join(tmpdir(), "koa-wx-samples-"));
  /** The headings, in their order. */
  readonly headings: readonly string[];
  readonly #sections = new Map<string, string>();
  readonly #inPlace: string;
  #runs = 0;

  constructor(page: string) {
    for (const section of readFileSync(page, "utf8").split(/^## /m).slice(1)) {
      const [heading = ""] = section.split("\n", 1);
      this.#sections.set(heading, section);
    }
    this.headings = [...this.#sections.keys()];
    this.write("package.json", '{ "type": "module" }');
    this.#inPlace = this.write("koa-wx.mjs", inPlaceOfKoaWx);
    mkdirSync(join(this.folder, "node_modules"));
    for (const name of ["koa", "koa-router", "ioredis"]) this.link(name, "node_modules");
  }

  /** Lets samples import a package. */
  link(name: string, modules: string): void {
    symlinkSync(resolve(modules, name), join(this.folder, "node_modules", name));
  }

  write(file: string, data: string | Uint8Array): string {
    const path = join(this.folder, file);
    writeFileSync(path, data);
    return path;
  }

  /** All that stands under a heading. */
  section(heading: string): string {
    const section = this.#sections.get(heading);
    if (section === undefined) throw new Error(`There is no heading “${heading}”.`);
    return section;
  }

  /** How many samples stand under a heading. */
  count(heading: string): number {
    return this.#blocks(heading).length;
  }

  #blocks(heading: string): readonly string[] {
    const blocks = this.section(heading).matchAll(/^```[jt]s\n(.*?)^```/gms);
    return Array.from(blocks, ([, code = ""]) => code);
  }

  /** Writes a sample to a file and gives its path; what it declares is exported. */
  file(heading: string, index = 0): string {
    const code = this.#blocks(heading)[index];
    if (code === undefined) throw new Error(`There is no sample ${index} under “${heading}”.`);
    const declared = [...code.matchAll(/^const (\w+) =/gm)].map(([, name]) => name);
    const ours = code
      .replace('from "koa-wx"', 'from "./koa-wx.mjs"')
      .replace(
        /from "(koa-wx\/\w+)"/g,
        (_, door: string) => `from ${JSON.stringify(fileOf(door))}`,
      );
    this.#runs += 1;
    return this.write(`sample-${this.#runs}.ts`, `${ours}\nexport { ${declared.join(", ")} };\n`);
  }

  /** Runs a sample, with WeChat's API at `wechat` and with these settings in the environment. */
  async run(
    heading: string,
    {
      wechat,
      index = 0,
      env = {},
    }: { wechat: string; index?: number; env?: Record<string, string> },
  ): Promise<Sample> {
    const settings = { ...env, WECHAT_API_BASE_URL: wechat };
    const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, settings);
    try {
      return (await import(pathToFileURL(this.file(heading, index)).href)) as Sample;
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  /** Ends what samples have begun to listen to in this process. */
  async stopListening(): Promise<void> {
    const { listening } = await import(pathToFileURL(this.#inPlace).href);
    for (const stop of listening.splice(0)) stop();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
