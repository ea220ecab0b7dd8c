import { nasty } from "./corpus.js";
import type { Random } from "./random.js";

/** The longest text that is made: as long as the longest body that is read by default. */
const huge = 65_536;

/** A text that is hard on parsers: from the list, repeated, or random. */
export function nastyText(random: Random): string {
  const text = random.pick(nasty);
  if (random.chance(0.03)) {
    const unit = random.pick([
      "a",
      "你",
      " ",
      "\n",
      "<",
      "&",
      "]]>",
      "<a>",
      "(",
      "%",
      "\ud800",
      text,
    ]);
    const length = 2 ** random.between(4, 17);
    return unit.repeat(Math.min(huge, length) / Math.max(1, unit.length));
  }
  return random.chance(0.2) ? text + random.pick(nasty) : text;
}

type Change = (text: string, at: number, random: Random) => string;

const changes: readonly Change[] = [
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(at),
  (text, at, random) => text.slice(0, at) + nastyText(random) + text.slice(at),
  (text, at, random) => text.slice(0, at) + nastyText(random) + text.slice(at + random.below(9)),
  (text, at, random) => text.slice(0, at) + text.slice(at + random.between(1, 12)),
  (text, at, random) => {
    const part = text.slice(at, at + random.between(1, 40));
    return text.slice(0, at) + part.repeat(random.between(2, 5)) + text.slice(at + part.length);
  },
  (text, at, random) =>
    text.slice(0, at) +
    String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(random.chance(0.8) ? 7 : 16))) +
    text.slice(at + 1),
  (text, at, random) => {
    const other = random.below(text.length);
    const [from, to] = at < other ? [at, other] : [other, at];
    return text.slice(0, from) + text.slice(to) + text.slice(from, to);
  },
  (text, at, random) =>
    text.slice(0, at) +
    (random.chance(0.5) ? text.slice(at).toUpperCase() : text.slice(at).toLowerCase()),
];

/** Changes a text without regard to what it means, once or a few times. */
export function mutateText(text: string, random: Random): string {
  let mutated = text;
  for (let left = random.between(1, 3); left > 0; left--) {
    if (mutated.length === 0) return nastyText(random);
    mutated = random.pick(changes)(mutated, random.below(mutated.length), random);
  }
  return mutated.slice(0, 2 * huge);
}

/** The same for bytes: flips, cuts, inserts, and other encodings of a text. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  switch (random.below(6)) {
    case 0:
      return Buffer.from(bytes.toString("utf8"), random.pick(["latin1", "utf16le", "ascii"]));
    case 1:
      return Buffer.concat([
        random.pick([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from([0xff, 0xfe]), random.bytes(3)]),
        bytes,
      ]);
    case 2:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 3: {
      const at = random.below(bytes.length + 1);
      const inserted = random.bytes(random.between(1, 8));
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
    }
    default: {
      const flipped = Buffer.from(bytes);
      for (let left = random.between(1, 4); left > 0 && flipped.length > 0; left--) {
        const at = random.below(flipped.length);
        flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
      }
      return flipped;
    }
  }
}
