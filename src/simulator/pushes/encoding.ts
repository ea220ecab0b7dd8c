import { isUtf8 } from "node:buffer";
import { type Bilingual, both } from "../../language.js";

/** Why bytes are not the text that WeChat reads, in the words of a report. */
export interface EncodingFault {
  /** What is wrong with it, as the rest of a sentence that begins with its name. */
  readonly what: Bilingual;
  readonly fix: Bilingual;
}

const toUtf8 = both(
  "Encode it as UTF-8 before it is sent: look for a file, a template or a database that is read or written in another encoding.",
  "发送前编码成 UTF-8：看看是哪个文件、模板或数据库用了别的编码读写。",
);

/** What keeps WeChat from reading an answer: it takes UTF-8 without a byte order mark, and nothing else. */
export function encodingFault(bytes: Buffer): EncodingFault | undefined {
  if (startsWith(bytes, 0xef, 0xbb, 0xbf)) {
    return {
      what: both("begins with a byte order mark (EF BB BF)", "以字节顺序标记（BOM，EF BB BF）开头"),
      fix: both(
        "Save the files that write it as UTF-8 without BOM: a script, a template or an included file has the mark before its first letter.",
        "把输出它的文件存成不带 BOM 的 UTF-8：某个脚本、模板或被包含的文件在第一个字之前有这个标记。",
      ),
    };
  }
  // No message holds a zero byte, and every second one of UTF-16 in Latin letters is one.
  if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff) || bytes.includes(0)) {
    return {
      what: both(
        "is not UTF-8, as WeChat wants it: it looks like UTF-16",
        "不是微信要求的 UTF-8，看起来是 UTF-16",
      ),
      fix: toUtf8,
    };
  }
  if (isUtf8(bytes)) return undefined;
  const what = both("is not UTF-8, as WeChat wants it", "不是微信要求的 UTF-8");
  if (!isGbk(bytes)) return { what, fix: toUtf8 };
  return {
    what: both(`${what.en}: it looks like GBK`, `${what.zh}，看起来是 GBK`),
    fix: toUtf8,
  };
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
