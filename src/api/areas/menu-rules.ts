import { ConfigError } from "../../errors.js";
import type { ConditionalMenu, MenuDefinition } from "./menu-definition.js";

type Fields = Readonly<Record<string, unknown>>;

const keyed = ["key"];
/** What each type of button must have. */
const required: ReadonlyMap<string, readonly string[]> = new Map([
  ["click", keyed],
  ["view", ["url"]],
  ["miniprogram", ["appid", "pagepath", "url"]],
  ["scancode_push", keyed],
  ["scancode_waitmsg", keyed],
  ["pic_sysphoto", keyed],
  ["pic_photo_or_album", keyed],
  ["pic_weixin", keyed],
  ["location_select", keyed],
  ["media_id", ["media_id"]],
  ["view_limited", ["media_id"]],
  ["article_id", ["article_id"]],
  ["article_view_limited", ["article_id"]],
]);
/** The most bytes of a field. */
const limits: Readonly<Record<string, number>> = { key: 128, url: 1024 };

/**
 * Checks a menu against WeChat's rules before it is sent, because WeChat's own errors do not say
 * which button they mean. Throws a ConfigError with the code WX_MENU that names the button by its
 * path, as in `button[1].sub_button[0] "搜索"`, and the rule. Source: 「创建接口」, 自定义菜单.
 */
export function checkMenu(definition: MenuDefinition, path = ""): void {
  const { button } = record(definition, "The menu") as { button?: unknown };
  const at = `${path}button`;
  if (!Array.isArray(button)) throw broken(at, "must be an array of one to three buttons");
  if (button.length < 1 || button.length > 3) {
    throw broken(at, `must hold one to three buttons, got ${button.length}`);
  }
  for (const [index, each] of button.entries()) checkParent(each, `${at}[${index}]`);
}

/** The same for a conditional menu (个性化菜单), whose `matchrule` must name somebody. */
export function checkConditionalMenu(menu: ConditionalMenu, path = ""): void {
  checkMenu(menu, path);
  const rule: unknown = menu.matchrule;
  const at = `${path}matchrule`;
  if (typeof rule !== "object" || rule === null) throw broken(at, "must be an object");
  const filled = Object.values(rule).some((value) => value !== undefined && value !== "");
  if (!filled) throw broken(at, 'must hold at least one field, such as "tag_id"');
}

function checkParent(value: unknown, path: string): void {
  const button = record(value, path);
  const at = checkName(button, path, 16);
  const below = button.sub_button;
  if (below === undefined || (Array.isArray(below) && below.length === 0)) {
    checkAction(button, at);
    return;
  }
  if (!Array.isArray(below)) throw broken(at, '"sub_button" must be an array');
  if (button.type !== undefined) {
    throw broken(at, 'has both "type" and "sub_button"; a button either acts or opens others');
  }
  if (below.length > 5) {
    throw broken(at, `"sub_button" must hold one to five buttons, got ${below.length}`);
  }
  for (const [index, each] of below.entries()) {
    const where = `${path}.sub_button[${index}]`;
    const child = record(each, where);
    const named = checkName(child, where, 60);
    if (Array.isArray(child.sub_button) && child.sub_button.length > 0) {
      throw broken(named, '"sub_button" is allowed on the first level only');
    }
    checkAction(child, named);
  }
}

/** The path with the button's name, for the messages that follow. */
function checkName({ name }: Fields, path: string, max: number): string {
  if (typeof name !== "string" || name.trim() === "") throw broken(path, 'needs a "name"');
  const at = `${path} "${name}"`;
  const bytes = Buffer.byteLength(name);
  if (bytes > max) {
    throw broken(
      at,
      `"name" is ${bytes} bytes long, and at most ${max} are allowed here (a Chinese character takes 3)`,
    );
  }
  return at;
}

function checkAction(button: Fields, at: string): void {
  const { type } = button;
  if (type === undefined) throw broken(at, 'needs a "type", or buttons in "sub_button"');
  const fields = typeof type === "string" ? required.get(type) : undefined;
  if (fields === undefined) {
    const known = [...required.keys()].join(", ");
    throw broken(at, `"type" must be one of ${known}, got ${JSON.stringify(type)}`);
  }
  for (const field of fields) {
    const value = button[field];
    if (typeof value !== "string" || value === "") {
      throw broken(at, `a button of the type "${type}" needs "${field}"`);
    }
    const max = limits[field] ?? Number.POSITIVE_INFINITY;
    const bytes = Buffer.byteLength(value);
    if (bytes > max) {
      throw broken(at, `"${field}" is ${bytes} bytes long, and at most ${max} are allowed`);
    }
    if (field === "url" && !/^https?:\/\/\S+$/i.test(value)) {
      throw broken(at, '"url" must start with http:// or https:// and hold no space');
    }
  }
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(what, "must be an object");
  }
  return value as Fields;
}

const broken = (path: string, rule: string) =>
  new ConfigError(`The menu breaks a rule of WeChat (自定义菜单): ${path}: ${rule}.`, "WX_MENU");
