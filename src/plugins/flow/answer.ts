import type { Said } from "../../message/answerable.js";
import { checkOptions, flag, kind, type Rules, text } from "../../options.js";
import type { Context } from "../../router/context.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import type { Answering, Json, Move } from "./dialogue.js";
import { plain, spoken, words } from "./words.js";

/** What the handlers below need of the context. */
export type Reading = Context<Said> & Pick<Answering<never, never>, "again">;

/** What is said when an answer does not fit; each handler has its own words. */
type Asked = {
  readonly again?: string;
};

type Length = Asked & { readonly min?: number; readonly max?: number };
type Range = Length & { readonly decimals?: boolean };

/** Without a bound, Infinity says that as well as nothing does. */
const bound = kind("a number", (value) => typeof value === "number" && !Number.isNaN(value));
const lengths: Rules<Length> = { again: text, min: bound, max: bound };
const ranges: Rules<Range> = { ...lengths, decimals: flag };
const asked: Rules<Asked> = { again: text };

/** A picture that a user sent. */
export type Photo = {
  /** Temporary media, kept for three days: fetch it with `ctx.api.media.download(mediaId)`. */
  readonly mediaId: string;
  /** Where the picture can be seen. */
  readonly url: string;
};

/** A place that a user sent. */
export type Place = {
  readonly latitude: number;
  readonly longitude: number;
  /** The address, as WeChat writes it. */
  readonly label: string;
};

const affirmative: ReadonlySet<string> = new Set(
  "是 是的 对 对的 好 好的 可以 行 嗯 确认 确定 要 需要 有 没问题 y yes ok".split(" "),
);
const negative: ReadonlySet<string> = new Set(
  "不 否 不是 不对 不好 不可以 不行 不确定 不要 不需要 不用 不用了 不了 没 没有 算了 n no".split(
    " ",
  ),
);

/** The words of a handler that has no other options. */
function againOf(whose: string, options: Asked): string | undefined {
  checkOptions(options, whose, asked, { code: "WX_FLOW" });
  return options.again;
}

const usual = {
  /** Words, at least `min` (default: 1) and at most `max` characters. */
  text(options: Length = {}) {
    checkOptions(options, "answer.text()", lengths, { code: "WX_FLOW" });
    const { min = 1, max = Number.POSITIVE_INFINITY } = options;
    const { again = `请用文字回答${range(min, max, "个字")}。` } = options;
    return (ctx: Reading): string | Move => {
      const said = spoken(ctx) ?? "";
      const length = [...said].length;
      return length >= min && length <= max ? said : ctx.again(again);
    };
  },

  /** A whole number from `min` to `max`; `decimals: true` allows others. Full-width digits are read too. */
  number(options: Range = {}) {
    checkOptions(options, "answer.number()", ranges, { code: "WX_FLOW" });
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, decimals } = options;
    const { again = `请回复数字${range(min, max, "")}。` } = options;
    return (ctx: Reading): number | Move => {
      const said = words(ctx) ?? "";
      const value = /^[-+]?\d+(\.\d+)?$/.test(said) ? Number(said) : Number.NaN;
      const isNumber = decimals ? Number.isFinite(value) : Number.isSafeInteger(value);
      const fits = isNumber && value >= min && value <= max;
      return fits ? value : ctx.again(again);
    };
  },

  /** 是 or 否, and what people say for them, as a boolean. */
  yes(options: Asked = {}) {
    const again = againOf("answer.yes()", options) ?? "请回复「是」或「否」。";
    return (ctx: Reading): boolean | Move => {
      const said = withoutEnd(words(ctx) ?? "").toLowerCase();
      if (affirmative.has(said)) return true;
      if (negative.has(said)) return false;
      return ctx.again(again);
    };
  },

  /** Words that match a pattern, such as a phone number, as written or in half-width letters: the whole match. */
  matching(pattern: RegExp, options: Asked = {}) {
    const again = againOf("answer.matching()", options) ?? "格式不对，请再发一次。";
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
    return (ctx: Reading): string | Move => {
      for (const said of [spoken(ctx), words(ctx)]) {
        const match = stateless.exec(said ?? "")?.[0];
        if (match !== undefined) return match;
      }
      return ctx.again(again);
    };
  },

  /** A picture. */
  photo(options: Asked = {}) {
    const again = againOf("answer.photo()", options) ?? "请发一张照片。";
    return (ctx: Reading): Photo | Move => {
      const { message } = ctx;
      if (message.MsgType !== "image") return ctx.again(again);
      return { mediaId: message.MediaId, url: message.PicUrl };
    };
  },

  /** A place, sent with 位置. */
  place(options: Asked = {}) {
    const again = againOf("answer.place()", options) ?? "请点 + 号，选择「位置」发给我们。";
    return (ctx: Reading): Place | Move => {
      const { message } = ctx;
      if (message.MsgType !== "location") return ctx.again(again);
      const { Location_X: latitude, Location_Y: longitude, Label: label } = message;
      return { latitude, longitude, label };
    };
  },

  /** `null` when the user says this word, else what the other handler makes of the answer. */
  orSkip<C extends Reading, R extends MaybePromise<Json | Move>>(
    word: string,
    handler: (ctx: C) => R,
  ) {
    const skip = plain(word).toLowerCase();
    return (ctx: C): R | null => (words(ctx)?.toLowerCase() === skip ? null : handler(ctx));
  },
};

/** What `answer` has: a handler for each kind of answer. */
export interface UsualAnswers extends Readonly<typeof usual> {}

/**
 * Handlers for the usual answers of a dialogue, each of which asks again when the answer does not
 * fit. What is typed and what is spoken (where WeChat recognises speech) are the same to them.
 *
 * ```ts
 * flow("report")
 *   .ask("age", "您多大了？", answer.number({ min: 18, max: 99, again: "请回复 18 到 99 的数字。" }))
 *   .ask("photo", "请拍一张照片，没有就回复「跳过」。", answer.orSkip("跳过", answer.photo()))
 * ```
 */
export const answer: UsualAnswers = Object.freeze(usual);

/** A range in words: （1 到 20 个字）. */
function range(min: number, max: number, unit: string): string {
  const least = Number.isFinite(min) && (unit === "" || min > 1);
  if (least && Number.isFinite(max)) return `（${min} 到 ${max} ${unit}`.trimEnd().concat("）");
  if (least) return `（至少 ${min} ${unit}`.trimEnd().concat("）");
  if (Number.isFinite(max)) return `（最多 ${max} ${unit}`.trimEnd().concat("）");
  return "";
}

/** Without what people end a word with. A pattern would take long over many dots that end nothing. */
function withoutEnd(said: string): string {
  let end = said.length;
  while (end > 0 && "。.!~".includes(said.charAt(end - 1))) end -= 1;
  return said.slice(0, end);
}
