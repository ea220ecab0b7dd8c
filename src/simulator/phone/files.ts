import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { WechatError } from "../../errors.js";

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

type PageFiles = Readonly<Record<"app.js" | "app.css" | "jweixin.js", PageFile>>;

/** The page's frame; all that is in it comes from its script. */
export function pageHtml(name: string): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<link rel="stylesheet" href="/phone/app.css">
<script type="module" src="/phone/app.js"></script>
</head>
<body class="wx-root"></body>
</html>
`;
}

/** A file of the page, as the package brings it. */
export async function pageFile(name: keyof PageFiles): Promise<PageFile> {
  files ??= read();
  try {
    return (await files)[name];
  } catch (error) {
    files = undefined;
    throw error;
  }
}

/** The stand-in for WeChat's script, which talks to the phone at that origin and to nobody else. */
export async function standIn(phone: string): Promise<string> {
  const { plain } = await pageFile("jweixin.js");
  return plain.toString("utf8").replaceAll("__PHONE__", () => phone);
}

let files: Promise<PageFiles> | undefined;

async function read(): Promise<PageFiles> {
  const folder = new URL("../page/", import.meta.url);
  // Beside compiled code lies the built page; beside its sources it has to be built first.
  const built = existsSync(new URL("app.js", folder))
    ? await readBuilt(folder)
    : await build(new URL("../../../scripts/build-page.js", import.meta.url));
  return {
    "app.js": packed(built["app.js"]),
    "app.css": packed(built["app.css"]),
    "jweixin.js": packed(built["jweixin.js"]),
  };
}

type Built = Readonly<Record<keyof PageFiles, Buffer>>;

async function readBuilt(folder: URL): Promise<Built> {
  const [script, style, standIn] = await Promise.all([
    readFile(new URL("app.js", folder)),
    readFile(new URL("app.css", folder)),
    readFile(new URL("jweixin.js", folder)),
  ]);
  return { "app.js": script, "app.css": style, "jweixin.js": standIn };
}

async function build(script: URL): Promise<Built> {
  if (!existsSync(fileURLToPath(script))) {
    throw new WechatError(
      "WX_SIMULATOR",
      "The phone's page is missing from the package: install koa-wx again.",
    );
  }
  const { bundlePage } = (await import(pathToFileURL(fileURLToPath(script)).href)) as {
    bundlePage(): Promise<Built>;
  };
  return bundlePage();
}

function packed(plain: Buffer): PageFile {
  return { plain, gzipped: gzipSync(plain, { level: 9 }) };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#07c160"/><path fill="#fff" d="M16 8c-5.5 0-10 3.500-10 7.900 0 2.500 1.500 4.700 3.800 6.200l-.9 2.900 3.400-1.700c1.100.3 2.400.5 3.700.5 5.5 0 10-3.500 10-7.900S21.500 8 16 8z"/></svg>`;
