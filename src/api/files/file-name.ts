/**
 * The file's name in a Content-Disposition, without a way to elsewhere: no folders, drives, streams or
 * controls, no dot in front. `undefined` when nothing is left. `filename*` of RFC 5987 goes before.
 */
export function fileNameOf(disposition: string | null): string | undefined {
  if (disposition === null) return undefined;
  const parameters = parametersOf(disposition);
  const extended = parameters.get("filename*");
  const plain = parameters.get("filename");
  const name =
    (extended === undefined ? undefined : decoded(extended)) ??
    (plain === undefined ? undefined : asUtf8(plain));
  return name === undefined ? undefined : baseName(name);
}

/** Whether the answer says that it is a file to be saved. */
export function isAttachment(disposition: string | null): boolean {
  return disposition !== null && /^\s{0,9}attachment\b/i.test(disposition);
}

/** `name=token` and `name="text"`; the first of a name counts. */
function parametersOf(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  // Each part ends at the next semicolon that stands in no quotes.
  for (const [, name = "", quoted, token] of header
    .slice(0, 4_096)
    .matchAll(/(?<![^;\s])([\w!#$&+.^`|~*-]{1,40})=(?:"((?:[^"\\]|\\.)*)"?|([^;"]*))/g)) {
    const key = name.toLowerCase();
    // Other backslashes are the separators of Windows.
    const text = quoted?.replace(/\\(["\\])/g, "$1") ?? (token ?? "").trim();
    if (!found.has(key)) found.set(key, text);
  }
  return found;
}

/** `UTF-8''%E4%BD%A0.jpg` */
function decoded(text: string): string | undefined {
  const [, charset = "", bytes = ""] = /^([\w-]*)'[\w-]*'(.*)$/s.exec(text) ?? [];
  if (charset === "" || /%(?![0-9a-f]{2})/i.test(bytes)) return undefined;
  const raw = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /^utf-?8$/i.test(charset) ? asUtf8(raw) : raw;
}

/** Header bytes arrive as Latin-1; most servers that send others mean UTF-8. */
function asUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.toString("latin1") !== text) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** As browsers do it: what means something to a file system is gone. */
function baseName(path: string): string | undefined {
  const last = path.replace(/\\/g, "/").split("/").at(-1) ?? "";
  const name = last
    .replace(/^[a-z]:/i, "")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .replace(/[<>:"|?*]/g, "_")
    .trim()
    .replace(/^[. ]+/, "");
  // Windows drops dots and blanks at the end. Counted by hand: a pattern would look from each of them.
  let end = name.length;
  while (end > 0 && ". ".includes(name.charAt(end - 1))) end -= 1;
  const kept = shortened(name.slice(0, end));
  if (kept === "") return undefined;
  return /^(con|prn|aux|nul|(com|lpt)\d)(\.|$)/i.test(kept) ? `_${kept}` : kept;
}

/** At most 255 bytes, which is what file systems take; the ending stays. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= 255) return name;
  const [ending = ""] = /\.\w{1,10}$/.exec(name) ?? [];
  let kept = "";
  for (const letter of name.slice(0, name.length - ending.length)) {
    if (Buffer.byteLength(kept + letter) + ending.length > 255) break;
    kept += letter;
  }
  return kept + ending;
}
