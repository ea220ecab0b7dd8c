import { WechatError } from "../../errors.js";
import { endingOf, type FileKind, kindOfFile } from "./file-kind.js";
import type { MediaType } from "./media-type.js";
import type { ReadInput } from "./read-input.js";

/** What WeChat takes. */
interface Rule {
  /** Bytes. */
  readonly limit: number;
  readonly temporary: readonly string[];
  readonly permanent: readonly string[];
  readonly more?: string;
}

const kiB = 1024;
const miB = 1024 * kiB;

/** Source: 「新增临时素材」, 「新增永久素材」. */
const rules: Readonly<Record<MediaType, Rule>> = {
  image: {
    limit: 10 * miB,
    temporary: ["png", "jpg", "gif"],
    permanent: ["png", "jpg", "gif", "bmp"],
  },
  voice: {
    limit: 2 * miB,
    temporary: ["amr", "mp3"],
    permanent: ["amr", "mp3", "wma", "wav"],
    more: " and 60 seconds",
  },
  video: { limit: 10 * miB, temporary: ["mp4"], permanent: ["mp4"] },
  thumb: { limit: 64 * kiB, temporary: ["jpg"], permanent: ["jpg"] },
};

/** How many bytes a file may have. */
export function limitOf(type: MediaType): number {
  return rules[type].limit;
}

/** Why a file cannot be sent, with the rule; `what` is the subject of the sentence's second part. */
function unfit(type: MediaType, permanent: boolean, what: string): WechatError {
  const { limit, more = "", ...formats } = rules[type];
  const list = formats[permanent ? "permanent" : "temporary"].map((name) => name.toUpperCase());
  const size = limit >= miB ? `${limit / miB} MB` : `${limit / kiB} KB`;
  return new WechatError(
    "WX_MEDIA",
    `A file cannot be sent as ${type}: ${what}. WeChat takes ${list.join(", ")} of at most ${size}${more} (${permanent ? "永久素材" : "临时素材"}).`,
  );
}

/** Checks a file by what it holds; throws a WechatError `WX_MEDIA` with the rule that it breaks. */
export function checkFile(type: MediaType, permanent: boolean, file: ReadInput): FileKind {
  const { data, filename, contentType } = file;
  if (data.length === 0) throw unfit(type, permanent, "it is empty");
  if (data.length > limitOf(type)) throw tooLarge(type, permanent);
  const ending = endingOf(data, filename);
  const allowed = rules[type][permanent ? "permanent" : "temporary"];
  if (ending === undefined || !allowed.includes(ending)) {
    throw unfit(type, permanent, `it is ${ending?.toUpperCase() ?? guess(data)}`);
  }
  const kind = kindOfFile(data, filename, contentType);
  // A name that says something else would be believed.
  const isNamed = new RegExp(`\\.(?:${ending === "jpg" ? "jpe?g" : ending})$`, "i").test(
    kind.filename,
  );
  return isNamed ? kind : { ...kindOfFile(data, "media"), filename: `media.${ending}` };
}

export function tooLarge(type: MediaType, permanent: boolean): WechatError {
  return unfit(type, permanent, "it is too large");
}

/** What is sent in place of a file: an error page, an answer in JSON. */
function guess(data: Buffer): string {
  const start = data.toString("latin1", 0, 64).trimStart();
  if (/^<(?:!doctype|html|head|body)/i.test(start)) return "a page of HTML";
  if (start.startsWith("<")) return "XML";
  return /^[{[]/.test(start) ? "JSON" : "of a kind that koa-wx does not know";
}
