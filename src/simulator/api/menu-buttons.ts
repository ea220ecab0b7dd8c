import type { SimulatedButton } from "../world/menu.js";
import type { World } from "../world/world.js";
import { type Fields, isFields, textOf } from "./call.js";
import { refuse } from "./refusal.js";

/** What each type of button must have. */
const required: ReadonlyMap<string, readonly string[]> = new Map([
  ["click", ["key"]],
  ["view", ["url"]],
  ["miniprogram", ["appid", "pagepath", "url"]],
  ["scancode_push", ["key"]],
  ["scancode_waitmsg", ["key"]],
  ["pic_sysphoto", ["key"]],
  ["pic_photo_or_album", ["key"]],
  ["pic_weixin", ["key"]],
  ["location_select", ["key"]],
  ["media_id", ["media_id"]],
  ["view_limited", ["media_id"]],
  ["article_id", ["article_id"]],
  ["article_view_limited", ["article_id"]],
]);

/** What is refused with which error code, on the first level and below. */
const levels = [
  {
    name: 16,
    count: 3,
    errcodes: { count: 40016, type: 40017, name: 40018, key: 40019, url: 40020, domain: 40054 },
  },
  {
    name: 60,
    count: 5,
    errcodes: { count: 40023, type: 40024, name: 40025, key: 40026, url: 40027, domain: 40055 },
  },
] as const;

type Level = (typeof levels)[number];

/** Reads and checks the buttons of a menu. Source: 「创建接口」. */
export function readButtons(world: World, body: Fields): readonly SimulatedButton[] {
  const [first, second] = levels;
  return readList(body.button, first).map(([fields, button]) => {
    const below = fields.sub_button;
    if (below === undefined || (Array.isArray(below) && below.length === 0)) {
      return { ...button, ...action(world, fields, first) };
    }
    if (!Array.isArray(below)) refuse(41007);
    const sub_button = readList(below, second).map(([child, named]) => {
      if (Array.isArray(child.sub_button) && child.sub_button.length > 0) refuse(40023);
      return { ...named, ...action(world, child, second) };
    });
    return { ...button, sub_button };
  });
}

function readList(
  list: unknown,
  { name: longest, count, errcodes }: Level,
): readonly (readonly [Fields, { readonly name: string }])[] {
  if (!Array.isArray(list) || list.length < 1 || list.length > count) refuse(errcodes.count);
  return list.map((fields: unknown) => {
    if (!isFields(fields)) refuse(errcodes.count);
    const name = textOf(fields, "name");
    if (name === "" || Buffer.byteLength(name) > longest) refuse(errcodes.name);
    return [fields, { name }];
  });
}

function action(world: World, fields: Fields, { errcodes }: Level): Omit<SimulatedButton, "name"> {
  const type = textOf(fields, "type");
  const names = required.get(type);
  if (names === undefined) refuse(errcodes.type);
  const values = Object.fromEntries(names.map((name) => [name, textOf(fields, name)]));
  const { key, url, media_id, article_id } = values;
  if (key !== undefined && (key === "" || Buffer.byteLength(key) > 128)) refuse(errcodes.key);
  if (url !== undefined) {
    if (url === "" || Buffer.byteLength(url) > 1024) refuse(errcodes.url);
    if (!/^https?:\/\/\S+$/i.test(url)) refuse(errcodes.domain);
  }
  if (media_id !== undefined && world.media.get(media_id)?.permanent !== true) refuse(40007);
  if (article_id !== undefined && world.publications.find(article_id) === undefined) refuse(53600);
  if (values.appid === "") refuse(40013);
  if (values.pagepath === "") refuse(41030);
  return { type, ...values };
}
