/** How the starter, which is written in TypeScript, stands there in JavaScript. */

type Rewriting = readonly (readonly [from: RegExp, to: string])[];

const everywhere: Rewriting = [
  [/TypeScript/g, "JavaScript"],
  [/koa-wx create my-bot\b/g, "$& --js"],
  [/\bsrc\/([\w.*-]+)\.ts\b/g, "src/$1.js"],
  [/\bdist\/(?=\w)/g, "src/"],
];

/** The types are few, so that no compiler is needed to leave them out. */
const within: Readonly<Record<string, Rewriting>> = {
  Dockerfile: [
    [/ is built and tested /, " is tested "],
    [/^(?:COPY tsconfig\.json .*|RUN npm run build)\n/gm, ""],
    [/\/app\/dist dist$/m, "/app/src src"],
  ],
  "package.json": [
    [/ --import tsx(?= )/g, ""],
    [/tsc --noEmit && /, ""],
    [/^ *"(?:pre)?(?:build|start)": "(?:tsc|npm run build)",\n/gm, ""],
    [/,\n *"devDependencies": \{[^}]*\}/, ""],
  ],
  "bot.ts": [
    [/, type WechatOptions/, ""],
    [/: WechatOptions/, ""],
  ],
};

/** What a file is called in JavaScript; nothing if only TypeScript has it. */
export function fileInJavaScript(file: string): string | undefined {
  return file === "tsconfig.json" ? undefined : file.replace(/\.ts$/, ".js");
}

/** What stands in a file in JavaScript. */
export function textInJavaScript(file: string, text: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return [...everywhere, ...(within[name] ?? [])].reduce(
    (rewritten, [from, to]) => rewritten.replace(from, to),
    text,
  );
}
