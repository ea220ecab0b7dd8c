import { mutateText, nastyText } from "./mutate.js";
import type { Random } from "./random.js";

/** Numbers and other leaves as they stand in JSON; some are none. */
const leaves = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1e400",
  "0.1",
  "9007199254740993",
  "-9223372036854775808",
  "123456789012345678901234567890",
  "01",
  "NaN",
  "[]",
  "{}",
  '""',
  '"0"',
  "[null]",
  '{"__proto__":{"polluted":1}}',
  '{"a":1,"a":2}',
];

/** Values where something else is expected. */
function otherValue(random: Random): unknown {
  return random.pick([
    () => null,
    () => true,
    () => 0,
    () => -1,
    () => 1e21,
    () => 9007199254740991,
    () => "",
    () => nastyText(random),
    () => [],
    () => [null, 1, "a", {}],
    () => ({}),
    () => ({ constructor: 1, toString: 2, valueOf: 3, length: -1 }),
  ])();
}

/** Changes the value somewhere within, in place. */
function changeWithin(value: unknown, random: Random, depth = 0): unknown {
  if (typeof value !== "object" || value === null || (depth > 0 && random.chance(0.4))) {
    return otherValue(random);
  }
  if (Array.isArray(value)) {
    const list = [...value];
    const at = random.below(list.length + 1);
    const way = random.below(3);
    if (way === 0) list.splice(at, 1);
    else if (way === 1) list.splice(at, 0, otherValue(random));
    else if (list.length > 0) {
      list[at % list.length] = changeWithin(list[at % list.length], random, depth + 1);
    }
    return list;
  }
  const object: Record<string, unknown> = { ...value };
  const keys = Object.keys(object);
  const key = keys.length === 0 ? "x" : random.pick(keys);
  if (random.chance(0.25)) delete object[key];
  else if (random.chance(0.15)) object[nastyText(random).slice(0, 64)] = otherValue(random);
  else if (random.chance(0.1)) object.errcode = random.pick([-1, 0, 40001, "0", "x", null, 45009]);
  else object[key] = changeWithin(object[key], random, depth + 1);
  return object;
}

/** JSON that a value might have come as, after one or more changes of its structure or its text. */
export function mutateJson(value: unknown, random: Random): string {
  let changed = value;
  for (let left = random.between(0, 3); left > 0; left--) changed = changeWithin(changed, random);
  let text = JSON.stringify(changed) ?? "null";
  if (random.chance(0.25)) {
    const leaf = random.pick(leaves);
    text = text.replace(/(:)("[^"]*"|\d+)/, (whole, colon: string) =>
      random.chance(0.8) ? colon + leaf : whole,
    );
  }
  if (random.chance(0.02)) {
    const [open, close] = random.pick([
      ["[", "]"],
      ['{"a":', "}"],
    ] as const);
    const depth = 2 ** random.between(3, 14);
    text = open.repeat(depth) + text + (random.chance(0.7) ? close.repeat(depth) : "");
  }
  if (random.chance(0.05)) text = `\ufeff${text}`;
  return random.chance(0.2) ? mutateText(text, random) : text;
}
