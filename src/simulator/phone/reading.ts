import type { Context } from "koa";
import getRawBody from "raw-body";
import { type Bilingual, both } from "../../language.js";
import type { Act } from "../pushes/acts.js";
import type { PushFields, PushValue } from "../pushes/push.js";

/** What a request of the page says is not what it should be. */
export class Unreadable extends Error {
  readonly status: 400 | 413 | 415;

  /** What it is, in both languages. */
  readonly said: Bilingual;

  constructor(said: Bilingual, status: Unreadable["status"] = 400) {
    super(said.en);
    this.said = said;
    this.status = status;
  }
}

/** A parsed JSON object of unknown content. */
export type Json = Readonly<Record<string, unknown>>;

/** The body as it came, at most `limit` bytes. */
export async function readBytes(ctx: Context, limit: number): Promise<Buffer> {
  try {
    const length = ctx.req.headers["content-length"] ?? null;
    return await getRawBody(ctx.req, { length, limit });
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 413) {
      throw new Unreadable(
        both(`The body is longer than ${limit} bytes.`, `内容超过 ${limit} 字节。`),
        413,
      );
    }
    throw error;
  }
}

/** The body as a JSON object. */
export async function readJson(ctx: Context): Promise<Json> {
  // A form of another site cannot send this type without asking first.
  if (!ctx.is("application/json"))
    throw new Unreadable(both("Send application/json.", "请发送 application/json。"), 415);
  const text = (await readBytes(ctx, 65_536)).toString("utf8");
  try {
    return objectOf(JSON.parse(text), "body");
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(both("The body is not JSON.", "内容不是 JSON。"));
  }
}

/** What a person does, from JSON; throws Unreadable unless it is complete and of bearable length. */
export function actOf(json: Json): Act {
  switch (json.act) {
    case "text": {
      const menuItem = optional(json, "menuItem", 256);
      return { act: "text", text: text(json, "text", 8_192), ...set("menuItem", menuItem) };
    }
    case "image":
      return { act: "image", mediaId: mediaId(json) };
    case "voice":
      return {
        act: "voice",
        mediaId: mediaId(json),
        ...set("recognition", optional(json, "recognition", 4_096)),
        ...set("format", optional(json, "format", 16)),
      };
    case "video":
      return { act: "video", mediaId: mediaId(json) };
    case "location":
      return {
        act: "location",
        latitude: number(json, "latitude", -90, 90),
        longitude: number(json, "longitude", -180, 180),
        scale: number(json, "scale", 1, 22, 16),
        label: optional(json, "label", 512) ?? "",
      };
    case "link":
      return {
        act: "link",
        title: text(json, "title", 512),
        description: optional(json, "description", 2_048) ?? "",
        url: text(json, "url", 2_048),
      };
    case "follow":
      return { act: "follow", ...set("scene", optional(json, "scene", 128)) };
    case "unfollow":
      return { act: "unfollow" };
    case "scan":
      return { act: "scan", scene: text(json, "scene", 128) };
    case "click":
      return { act: "click", key: text(json, "key", 256) };
    case "view":
      return { act: "view", url: text(json, "url", 2_048) };
    case "miniprogram":
      return { act: "miniprogram", path: optional(json, "path", 1_024) ?? "" };
    case "push":
      return {
        act: "push",
        fields: fieldsOf(json.fields),
        ...(json.shown === true ? { shown: true } : {}),
      };
    default:
      throw new Unreadable(both("This is nothing that a person can do.", "用户做不了这件事。"));
  }
}

/** A text that is there, trimmed of nothing, of `length` characters at most. */
export function text(json: Json, name: string, length: number): string {
  const value = optional(json, name, length);
  if (value === undefined)
    throw new Unreadable(both(`"${name}" is missing or empty.`, `缺少 ${name}，或它是空的。`));
  return value;
}

/** A text, or undefined when it is missing or empty. */
export function optional(json: Json, name: string, length: number): string | undefined {
  const value = json[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string")
    throw new Unreadable(both(`"${name}" is not a text.`, `${name} 不是文本。`));
  if (value.length > length)
    throw new Unreadable(
      both(`"${name}" is longer than ${length} characters.`, `${name} 超过 ${length} 个字符。`),
    );
  return value;
}

/** A number within its bounds, or the fallback when it is missing. */
export function number(
  json: Json,
  name: string,
  least: number,
  most: number,
  fallback?: number,
): number {
  const value = json[name] ?? fallback;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new Unreadable(
      both(
        `"${name}" is not a number from ${least} to ${most}.`,
        `${name} 不是 ${least} 到 ${most} 的数字。`,
      ),
    );
  }
  return value;
}

/** A value that is a JSON object. */
export function objectOf(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new Unreadable(both(`"${name}" is not an object.`, `${name} 不是对象。`));
}

function mediaId(json: Json): string {
  return text(json, "mediaId", 128);
}

function fieldsOf(value: unknown, depth = 0): PushFields {
  const fields: Record<string, PushValue> = {};
  for (const [name, field] of Object.entries(objectOf(value, "fields"))) {
    // Names become elements of the push as they are.
    if (!/^[A-Za-z_]\w{0,63}$/.test(name))
      throw new Unreadable(
        both("A field's name is no word.", "字段的名称只能由字母、数字和下划线组成。"),
      );
    fields[name] = fieldOf(field, depth);
  }
  return fields;
}

function fieldOf(value: unknown, depth: number): PushValue {
  if (depth > 4)
    throw new Unreadable(both("The fields are nested too deeply.", "字段嵌套得太深。"));
  if (typeof value === "string" || (typeof value === "number" && Number.isFinite(value))) {
    return value;
  }
  if (!Array.isArray(value)) return fieldsOf(value, depth + 1);
  return value.map((one) => (typeof one === "string" ? one : fieldsOf(one, depth + 1)));
}

function set<K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: string };
}
