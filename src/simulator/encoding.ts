import { isUtf8 } from "node:buffer";

/** Why bytes are not the text that WeChat reads, in the words of a report. */
export interface EncodingFault {
  /** What is wrong with it, as the rest of a sentence that begins with its name. */
  readonly what: string;
  readonly fix: string;
}

const toUtf8 =
  "Encode it as UTF-8 before it is sent: look for a file, a template or a database that is read or written in another encoding.";

/** What keeps WeChat from reading an answer: it takes UTF-8 without a byte order mark, and nothing else. */
export function encodingFault(bytes: Buffer): EncodingFault | undefined {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf)) {
    return {
      what: "begins with a byte order mark (EF BB BF)",
      fix: "Save the files that write it as UTF-8 without BOM: a script, a template or an included file has the mark before its first letter.",
    };
  }
  // No message holds a zero byte, and every second one of UTF-16 in Latin letters is one.
  if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff) || bytes.includes(0)) {
    return { what: "is not UTF-8, as WeChat wants it: it looks like UTF-16", fix: toUtf8 };
  }
  if (isUtf8(bytes)) return undefined;
  const like = isGbk(bytes) ? ": it looks like GBK" : "";
  return { what: `is not UTF-8, as WeChat wants it${like}`, fix: toUtf8 };
}

function startsWith(bytes: Buffer, ...first: readonly number[]): boolean {
  return first.every((byte, at) => bytes[at] === byte);
}

function isGbk(bytes: Buffer): boolean {
  try {
    new TextDecoder("gb18030", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
