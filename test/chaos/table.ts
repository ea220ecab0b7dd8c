import type { Cost } from "./cost.js";
import type { Figures } from "./judge.js";
import type { Aims } from "./scenarios.js";

/** A line of the table. */
export interface Line {
  readonly title: string;
  readonly pushes: number;
  readonly aims: Aims;
  readonly figures: Figures;
  readonly failures: readonly string[];
}

/** The figures of the table, and what they are called in its head. */
const columns: readonly (readonly [keyof Figures, string])[] = [
  ["ranTwice", "ran twice"],
  ["ranTwiceIdly", "… for no reason"],
  ["repliesTwice", "replies twice"],
  ["lost", "lost"],
  ["lostOwed", "… though owed"],
  ["brokenOff", "broken off"],
  ["banners", "banners"],
  ["bannersIdly", "… for no reason"],
  ["placeholders", "placeholders"],
  ["inverted", "begun in wrong order"],
  ["repliesInverted", "answered in wrong order"],
];
const percentages: readonly (keyof Figures)[] = ["inverted", "repliesInverted"];

/** Which figures are above what is aimed at. */
export function missed({ aims, figures }: Pick<Line, "aims" | "figures">): (keyof Figures)[] {
  return (Object.keys(aims) as (keyof Figures)[]).filter(
    (name) => figures[name] > (aims[name] ?? Number.POSITIVE_INFINITY),
  );
}

/** Whether all that was aimed at was reached, and nothing failed that nobody caught. */
export function isHeld(line: Line): boolean {
  return missed(line).length === 0 && line.failures.length === 0;
}

/** A table in Markdown: each figure with its aim in parentheses, in bold letters where it was missed. */
export function table(lines: readonly Line[]): string {
  const head = ["scenario", "pushes", ...columns.map(([, title]) => title), "held"];
  const rows = lines.map((line) => [
    line.title,
    line.pushes.toLocaleString("en"),
    ...columns.map(([name]) => cell(line, name)),
    isHeld(line) ? "yes" : "**no**",
  ]);
  return markdown(head, rows);
}

/** Whether a cost is known, and as low as it should be. */
export function isCheap({ value, aim = Number.POSITIVE_INFINITY }: Cost): boolean {
  return value !== undefined && value <= aim;
}

/** What pushes cost, in Markdown. */
export function costTable(costs: readonly Cost[]): string {
  const rows = costs.map((cost) => {
    const { title, value, unit = "", aim } = cost;
    const written = (number: number | undefined) =>
      number === undefined
        ? "–"
        : `${Number(number.toFixed(1)).toLocaleString("en")}${unit && ` ${unit}`}`;
    return [title, isCheap(cost) ? written(value) : `**${written(value)}**`, written(aim)];
  });
  return markdown(["cost", "measured", "at most"], rows);
}

/** Rows in Markdown, all columns but the first to the right. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|---|${head
    .slice(1)
    .map(() => "--:|")
    .join("")}`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function cell(line: Line, name: keyof Figures): string {
  const aim = line.aims[name];
  const isPercentage = percentages.includes(name);
  // Without a session, nobody promises an order.
  if (isPercentage && aim === undefined) return "–";
  const unit = isPercentage ? " %" : "";
  const figure = `${Number(line.figures[name].toFixed(1)).toLocaleString("en")}${unit}`;
  if (aim === undefined) return figure;
  const isMissed = line.figures[name] > aim;
  return `${isMissed ? `**${figure}**` : figure} (${aim})`;
}
