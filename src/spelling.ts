/**
 * Names that the compiler and an editor show one by one, and not by the name of their type, where one
 * of them is wrong: `Spelt<keyof Options>["out"]`.
 */
export interface Spelt<T extends string> {
  readonly out: { readonly [K in T]: K }[T];
}

/** The known name that a misspelt one was probably meant to be. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.min(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const cost = distance(wanted, candidate.toLowerCase());
    if (cost < least) [best, least] = [candidate, cost];
  }
  return best;
}

/** Levenshtein's distance, with Damerau's: the least number of letters to add, drop, change, or swap with the next. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      const swapped =
        a[i] === b[j - 1] && a[i - 1] === b[j] ? (before[j - 1] ?? Number.NaN) + 1 : changed;
      next.push(Math.min(changed, swapped, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] as number;
}
