/** Names of fields that hold what opens something, in whatever spelling. */
const telling = /token|secret|ticket|password|session_?key|credential/i;
const deepest = 6;

/** A text without these secrets, also where they are written as in a URL. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => {
    // What is shorter stands in many a word, and opens nothing.
    if (secret.length < 5) return left;
    const spellings = new Set([secret, encodeURIComponent(secret)]);
    return [...spellings].reduce((rest, one) => rest.replaceAll(one, "***"), left);
  }, text);
}

/** The same of what an answer holds: without these secrets, and without the fields that are called one. */
export function withoutSecretsIn(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === "string") return withoutSecrets(value, secrets);
  if (typeof value !== "object" || value === null) return value;
  if (depth === deepest) return "…";
  const below = (one: unknown) => withoutSecretsIn(one, secrets, depth + 1);
  if (Array.isArray(value)) return value.map(below);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !telling.test(name))
      .map(([name, one]) => [withoutSecrets(name, secrets), below(one)]),
  );
}

/** No text of the other side is looked at any further. */
const farthest = 1024 * 1024;

/** A text of the other side as one line that can stand in a sentence: no controls, not too long. */
export function oneLine(text: string, longest = 500): string {
  const line = text
    .slice(0, farthest)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]+/gu, " ")
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
