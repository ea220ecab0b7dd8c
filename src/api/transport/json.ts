import { isInteger, isSafeNumber, LosslessNumber, parse, stringify } from "lossless-json";

/** An id of 64 bits, which a number of JavaScript cannot always hold. */
export type WireId = string | number;

/** Ids that can pass 2^53, and are strings here whatever their size. */
const ids =
  /"(MsgId|MsgID|msg_id|msgid|msg_data_id|menuid|publish_id|MchOrderNo|user_comment_id|slot_id)"\s*:\s*(-?\d+)(?![\d.eE])/g;

/**
 * Parses an answer of WeChat without losing digits: an integer that JavaScript cannot hold, and
 * every id that may become one, is a string. Control characters, which occur in nicknames, are
 * replaced by spaces. Throws a SyntaxError for what is no JSON.
 */
export function parseJson(text: string): unknown {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them inside a string
  const readable = text.replace(/^\uFEFF/, "").replace(/[\u0000-\u001f]/g, " ");
  const exact = readable.replace(ids, '"$1":"$2"');
  // Fewer than sixteen digits in a row are always exact.
  if (!/\d{16}/.test(exact)) return JSON.parse(exact);
  return parse(exact, undefined, {
    parseNumber: (value) => (isInteger(value) && !isSafeNumber(value) ? value : Number(value)),
    // As JSON.parse does; what reads here must not depend on whether there is a long number.
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** An id as WeChat wants it in a body: a number with all its digits. */
export function wireId(id: WireId): LosslessNumber {
  return new LosslessNumber(String(id));
}

/** A list that some of WeChat's answers give as a bare object when it has one entry. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** A body as UTF-8 JSON; WeChat refuses Chinese in escapes. */
export function writeJson(body: unknown): string {
  return stringify(body) ?? "null";
}
