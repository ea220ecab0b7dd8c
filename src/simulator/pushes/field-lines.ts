import type { PushFields, PushValue } from "./push.js";

/** A line is not what a field's is. */
export class MalformedLine extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number) {
    super(
      `Line ${line} is no field: write Name=value, or Name.Inner=value for an element within one.`,
    );
    this.line = line;
  }
}

/**
 * Fields as lines that a person can write: `Name=value`, `Name.Inner=value` for an element within another one, and
 * `Name.1=value`, `Name.2.Inner=value` for elements that are repeated. A value of several lines stands in quotes, as in JSON.
 */
export function linesOf(fields: PushFields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : lines(name, value)))
    .join("\n");
}

function lines(name: string, value: PushValue): readonly string[] {
  if (typeof value !== "object") {
    const text = String(value);
    return [`${name}=${/^"|[\r\n]|^\s|\s$/.test(text) ? JSON.stringify(text) : text}`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => lines(`${name}.${index + 1}`, one as PushValue));
  }
  const inner = Object.entries(value).flatMap(([own, one]) =>
    one === undefined ? [] : lines(`${name}.${own}`, one),
  );
  return inner.length === 0 ? [`${name}=`] : inner;
}

/** Lines under construction: of an element, or of one that is repeated, where the names are numbers. */
type Branch = Map<string, Branch | string>;

/** Reads such lines. Throws a MalformedLine for what is none. */
export function fieldsIn(text: string): PushFields {
  const root: Branch = new Map();
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const [, path = "", given = ""] = /^\s*([A-Za-z_]\w*(?:\.\w+)*)\s*=(.*)$/s.exec(line) ?? [];
    const names = path.split(".");
    const last = names.pop() ?? "";
    const value = valueIn(given.replace(/\r$/, ""));
    let branch = root;
    for (const name of names) {
      const inner = branch.get(name) ?? new Map();
      if (typeof inner === "string") throw new MalformedLine(index + 1);
      branch.set(name, inner);
      branch = inner;
    }
    if (last === "" || value === undefined || branch.has(last)) throw new MalformedLine(index + 1);
    branch.set(last, value);
  });
  return built(root) as PushFields;
}

function valueIn(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function built(branch: Branch | string): PushValue {
  if (typeof branch === "string") return branch;
  const entries = [...branch].map(([name, value]) => [name, built(value)] as const);
  const isList = entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name));
  if (isList) return entries.map(([, value]) => value) as readonly string[];
  return Object.fromEntries(entries);
}
