import { createHmac } from "node:crypto";
import type { Spelt } from "../../spelling.js";
import type { XmlElement, XmlValue } from "../../wire/xml/xml.js";

/** How much of what users write is kept. */
export type Mask = Spelt<"numbers" | "text" | "none">["out"];

/** A push that can be shown to others: nested texts. */
export interface RedactedPush {
  readonly [name: string]: RedactedValue;
}

export type RedactedValue = string | RedactedPush | readonly (string | RedactedPush)[];

/** What says nothing of a person: about the account, or about the kind of push. */
const harmless =
  /^(?:ToUserName|CreateTime|MsgType|Event|MsgId|MsgID|MsgDataId|Idx|Format|Scale|bizmsgmenuid)$/;
const people = /openid|unionid|user_?name|kf_?account/i;
const files = /media_?id|ticket|md5/i;
const places = /^(?:Latitude|Longitude|Precision|Location_[XY])$/i;
const placeNames = /^(?:Label|Poiname)$/i;

/** Takes persons out of pushes: the same person has the same pseudonym as long as the salt is the same. */
export class Redactor {
  readonly #mask: Mask;
  readonly #salt: string;

  constructor(mask: Mask, salt: string) {
    this.#mask = mask;
    this.#salt = salt;
  }

  redact(element: XmlElement): RedactedPush {
    return Object.fromEntries(
      Object.entries(element).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, this.#value(name, value)]],
      ),
    );
  }

  #value(name: string, value: XmlValue): RedactedValue {
    if (typeof value === "string") return this.#leaf(name, value);
    if (!Array.isArray(value)) return this.redact(value as XmlElement);
    return value.map((one: string | XmlElement) =>
      typeof one === "string" ? this.#leaf(name, one) : this.redact(one),
    );
  }

  #leaf(name: string, text: string): string {
    if (text === "" || harmless.test(name)) return text;
    if (people.test(name)) return this.#pseudonym("o", text);
    if (files.test(name)) return this.#pseudonym("", text);
    if (/^PicUrl$/i.test(name)) return `http://mmbiz.qpic.cn/mmbiz/${this.#pseudonym("", text)}/0`;
    if (this.#mask === "none") return text;
    if (places.test(name)) return roughly(text);
    if (this.#mask === "text" && name !== "EventKey") return blank(text);
    return placeNames.test(name) ? blank(text) : withoutNumbers(text);
  }

  #pseudonym(prefix: string, of: string): string {
    return (prefix + createHmac("sha256", this.#salt).update(of).digest("base64url")).slice(0, 28);
  }
}

/** About ten kilometres. */
function roughly(coordinate: string): string {
  const number = Number(coordinate);
  return Number.isNaN(number) ? "0" : String(Math.round(number * 10) / 10);
}

function blank(text: string): string {
  return text.replace(/[\p{L}\p{N}]/gu, "●");
}

/** Digits in every spelling (full-width, circled, of other scripts), and those of Chinese. */
const digit = "[\\p{N}〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]";
/** What people put between them: blanks, dashes, dots, brackets, what cannot be seen; a few at a time. */
const between = "[\\p{Z}\\p{Cf}\\p{M}\\p{Pd}\\p{Ps}\\p{Pe}\\s._/·•,，、+＋*]{0,4}";
const longNumber = new RegExp(`${digit}(?:${between}${digit}){5,}`, "gu");
const anyDigit = new RegExp(digit, "gu");

/**
 * Takes out telephone and identity numbers however they are written, e-mail addresses, and the queries
 * of links. An address is looked for at the beginning of a word only: in each place, a long word takes
 * the square of its length.
 */
function withoutNumbers(text: string): string {
  return text
    .replace(/\S+/gu, (word) => (/[?？#＃]/.test(word) ? withoutQuery(word) : word))
    .replace(
      /(?<![^\s<>()（）"'“”,，;；:：。])[^\s@＠<>()（）"'“”,，;；:：。]+[@＠][\p{L}\p{N}.．_-]+/gu,
      "●@●",
    )
    .replace(longNumber, (number) => number.replace(anyDigit, "0"));
}

/** A link up to its query or fragment, with or without its scheme; other words as they are. */
function withoutQuery(word: string): string {
  const isLink = /:\/\/|^www\.|\.[a-z]{2,10}(?:[:/?#]|$)|[?？&＆][\w.-]+[=＝]/iu.test(word);
  return isLink ? word.replace(/[?？#＃].*$/su, "") : word;
}
