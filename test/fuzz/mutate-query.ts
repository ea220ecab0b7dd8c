import { mutateText, nastyText } from "./mutate.js";
import type { Random } from "./random.js";

/** Parameters in their order; a name may come twice. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** A query as a text, in one of the encodings in which it may be written. */
export function writeQuery(pairs: Pairs, random: Random): string {
  const way = random.below(4);
  const write = (text: string) => {
    if (way === 0) return text;
    if (way === 1) return encodeURIComponent(text.toWellFormed());
    const hex = (byte: number) => `%${byte.toString(16).padStart(2, "0")}`;
    if (way === 2) return [...Buffer.from(text)].map(hex).join("");
    return encodeURIComponent(text.toWellFormed()).replaceAll("%20", "+");
  };
  return pairs.map(([name, value]) => `${name}=${write(value)}`).join("&");
}

type Change = (pairs: [string, string][], at: number, random: Random) => void;

const changes: readonly Change[] = [
  (pairs, at) => pairs.splice(at, 1),
  (pairs, at) => pairs.push(pairs[at] as [string, string]),
  (pairs, at, random) => pairs.push([(pairs[at] as [string, string])[0], nastyText(random)]),
  (pairs, at, random) => pairs.unshift([(pairs[at] as [string, string])[0], nastyText(random)]),
  (pairs, at, random) => {
    const pair = pairs[at] as [string, string];
    pairs[at] = [pair[0], mutateText(pair[1], random)];
  },
  (pairs, at, random) => {
    pairs[at] = [(pairs[at] as [string, string])[0], nastyText(random)];
  },
  (pairs, at, random) => {
    const pair = pairs[at] as [string, string];
    const other = `${random.pick(["_", "x", "[]", "[0]", "%00", " "])}`;
    pairs[at] = [random.chance(0.5) ? pair[0] + other : pair[0].toUpperCase(), pair[1]];
  },
  (pairs, _, random) => {
    const name = random.pick(["__proto__", "constructor", "encrypt_type", "a[b]", "toString", ""]);
    pairs.push([name, nastyText(random)]);
  },
  (pairs, at, random) => {
    const other = random.below(pairs.length);
    const [a, b] = [pairs[at] as [string, string], pairs[other] as [string, string]];
    [pairs[at], pairs[other]] = [
      [a[0], b[1]],
      [b[0], a[1]],
    ];
  },
  (pairs, at) => {
    const pair = pairs[at] as [string, string];
    pairs[at] = [pair[0], pair[1].toUpperCase()];
  },
];

/** Changes the parameters of a query. */
export function mutatePairs(pairs: Pairs, random: Random): Pairs {
  const mutated = pairs.map((pair): [string, string] => [...pair]);
  for (let left = random.between(1, 2); left > 0 && mutated.length > 0; left--) {
    random.pick(changes)(mutated, random.below(mutated.length), random);
  }
  return mutated;
}
