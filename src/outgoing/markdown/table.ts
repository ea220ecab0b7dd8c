/** What a line of a chat holds before it is broken, in narrow letters; a Chinese one counts as two. */
const lineWidth = 32;

/** Short rows as lines, long ones as a list of `head：cell`. The head is the first row. */
export function tableToText(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) =>
    row.slice(0, row.findLastIndex((cell) => cell !== "") + 1).join(" | "),
  );
  if (lines.every((line) => widthOf(line) <= lineWidth)) return lines.join("\n");
  const [head = [], ...body] = rows;
  if (body.length === 0) return lines.join("\n");
  return body
    .map((row) =>
      row
        .map((cell, column) => pairOf(head[column] ?? "", cell))
        .filter((line) => line !== "")
        .join("\n"),
    )
    .join("\n\n");
}

const pairOf = (name: string, cell: string) =>
  name === "" || cell === "" ? name + cell : `${name}：${cell}`;

/** Without the tags of links, which nobody sees. */
function widthOf(line: string): number {
  let width = 0;
  for (const sign of line.replace(/<\/?a[^<>]*>/g, "")) width += sign > "\u2e80" ? 2 : 1;
  return width;
}
