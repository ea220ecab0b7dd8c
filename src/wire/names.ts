/** Names that were met lately: V8 would have to look up each new string among those it knows. */
const names: (string | undefined)[] = new Array(256);

/** The part of a text that names something: a parameter, an element. */
export function nameAt(source: string, from: number, to: number): string {
  const length = to - from;
  const place = (source.charCodeAt(from) * 31 + source.charCodeAt(to - 1) * 7 + length) & 255;
  const known = names[place];
  if (known !== undefined && known.length === length && source.startsWith(known, from))
    return known;
  const name = source.slice(from, to);
  if (length <= 32) names[place] = name;
  return name;
}
