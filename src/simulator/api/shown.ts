import type { World } from "../world/world.js";

/** How much of a body is shown. */
const longest = 64 * 1024;

/** What a query must not show. */
const secrets: ReadonlySet<string> = new Set([
  "access_token",
  "cloudbase_access_token",
  "secret",
  "appsecret",
  "refresh_token",
  "code",
]);
const secretFields = /"(access_token|refresh_token|secret|appsecret)"(\s*:\s*)"(?:[^"\\]|\\.)*"/g;

/** The query as the inspector shows it. */
export function shownQuery(query: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries([...query].filter(([name]) => !secrets.has(name.toLowerCase())));
}

/** The body as the inspector shows it: JSON without secrets, or what kind of file it is. */
export function shownBody(world: World, raw: Buffer, contentType: string): string {
  if (/^multipart\//i.test(contentType)) {
    const name = /filename="([^"]*)"/i.exec(raw.toString("utf8", 0, 2048))?.[1] ?? "no file";
    return `multipart: ${name}, ${raw.length} bytes`;
  }
  return without(world, raw.toString("utf8"));
}

/** The answer as the inspector shows it. */
export function shownAnswer(world: World, path: string, answer: string): string {
  const clean = without(world, answer);
  return path.endsWith("/getticket") ? clean.replace(/"ticket":"[^"]*"/, '"ticket":"***"') : clean;
}

function without({ account }: World, text: string): string {
  const { appSecret } = account;
  let clean = text.replace(secretFields, '"$1"$2"***"');
  if (appSecret !== "") clean = clean.replaceAll(appSecret, "***");
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}
