/** A value of Redis' protocol (RESP 2 and 3), as far as counting needs it. */
export interface RespValue {
  /** Its first byte: `+ - : $ * > % ~ _ # , ( ! = |` */
  readonly type: string;
  /** What a simple or bulk text says; not there for nothing (nil). */
  readonly text?: string;
  /** What a list holds. */
  readonly items?: readonly RespValue[];
}

/** Cuts a stream of bytes into values. */
export class RespReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The values that are complete with this chunk. Throws on what is not RESP. */
  read(chunk: Buffer): RespValue[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const values: RespValue[] = [];
    let at = 0;
    for (let found = value(bytes, at); found !== undefined; found = value(bytes, at)) {
      values.push(found.value);
      at = found.end;
    }
    this.#rest = bytes.subarray(at);
    return values;
  }
}

interface Found {
  readonly value: RespValue;
  readonly end: number;
}

/** The value that begins at a byte; `undefined` while it is not there whole. */
function value(bytes: Buffer, at: number): Found | undefined {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (at >= bytes.length || lineEnd < 0) return undefined;
  const type = String.fromCharCode(bytes[at] as number);
  const line = bytes.toString("utf8", at + 1, lineEnd);
  const start = lineEnd + 2;
  if ("+-:_#,(".includes(type)) return { value: { type, text: line }, end: start };
  const length = Number(line);
  if (!Number.isInteger(length))
    throw new Error(`This is not RESP: ${JSON.stringify(type + line)}`);
  if ("$!=".includes(type)) {
    if (length < 0) return { value: { type }, end: start };
    const end = start + length;
    if (bytes.length < end + 2) return undefined;
    return { value: { type, text: bytes.toString("utf8", start, end) }, end: end + 2 };
  }
  if (!"*>~%|".includes(type)) throw new Error(`This is not RESP: ${JSON.stringify(type + line)}`);
  const items: RespValue[] = [];
  let end = start;
  // An attribute stands before the value that it is about.
  const count = type === "%" ? 2 * length : type === "|" ? 2 * length + 1 : length;
  for (let index = 0; index < count; index++) {
    const item = value(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.value);
    end = item.end;
  }
  if (type === "|") return { value: items.at(-1) as RespValue, end };
  return { value: { type, items }, end };
}
