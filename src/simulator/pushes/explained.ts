/** What a bot on this machine says of a delivery, in a header of its answer. */
export const explainedHeader = "X-Koa-Wx-Run";

/** The lines of that header; nothing for what is no list of lines. */
export function explainedIn(header: string | null): readonly string[] | undefined {
  if (header === null) return undefined;
  try {
    const lines: unknown = JSON.parse(header);
    return Array.isArray(lines) && lines.every((line) => typeof line === "string")
      ? lines
      : undefined;
  } catch {
    return undefined;
  }
}
