import { relative } from "node:path";
import { fileURLToPath } from "node:url";

// Taking a place costs some twenty microseconds, which nobody is to pay in production.
let areTaken = process.env.NODE_ENV === "development";

/** Has places be taken from here on. */
export function takePlaces(): void {
  areTaken = true;
}

/** Whether places are taken, because somebody develops here. */
export function placesAreTaken(): boolean {
  return areTaken;
}

/** Where in the user's code something was called, if places are taken; its text is made when somebody reads it. */
export class PlaceInCode {
  declare readonly stack?: string;

  /** @param called The function that was called there: its own frames, and those within, are left out. */
  constructor(called: unknown) {
    if (areTaken && typeof called === "function") Error.captureStackTrace?.(this, called);
  }

  /** `src/bot.ts:12`, as seen from where the process runs; `undefined` where that is not known. */
  get text(): string | undefined {
    return placesIn(this.stack)[0];
  }
}

/** Where in the user's code an error was thrown. */
export function thrownAt(error: unknown): string | undefined {
  const { stack } = Object(error) as { stack?: unknown };
  return placesIn(stack).find((place) => !/(^|\/)node_modules\/|^node:/.test(place));
}

/** The files and lines of a stack, the innermost first. */
function placesIn(stack: unknown): readonly string[] {
  if (typeof stack !== "string") return [];
  return stack.split("\n").flatMap((line) => {
    const [, file, number] = /^\s*at (?:.*? \(|async )?(\S.*?):(\d+):\d+\)?$/.exec(line) ?? [];
    return file === undefined ? [] : [`${shortened(file)}:${number}`];
  });
}

function shortened(file: string): string {
  if (!/^(file:|\/|[a-z]:\\)/i.test(file)) return file;
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near.replaceAll("\\", "/");
}
