import type { Context } from "koa";
import { both } from "../../language.js";
import { parseXml } from "../../wire/xml/xml.js";
import type { Act } from "../pushes/acts.js";
import { type PushFields, renewed } from "../pushes/push.js";
import type { PushRecord } from "../world/journal.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import type { PhoneCloud } from "./phone-cloud.js";
import { actOf, type Json, number, text, Unreadable } from "./reading.js";

const noUser = both("There is no such user.", "没有这个用户。");

/** Does what the page says that a person does: an act, a push once more, or a tap that only WeChat answers. */
export async function carryOutFor(ctx: Context, cloud: PhoneCloud, json: Json): Promise<void> {
  const { world } = cloud;
  const person = personCalled(world, text(json, "user", 64));
  if (person === undefined) throw new Unreadable(noUser);
  if (json.act === "media") return sendMedia(world, person, json);
  if (json.act !== "again") return begin(ctx, cloud, person, actOf(json));
  const act = again(world, recordOf(world, json));
  await begin(ctx, cloud, act.person, act);
}

/** The user of that name. */
export function personCalled({ people }: World, name: unknown): Person | undefined {
  return typeof name === "string" ? people.called(name) : undefined;
}

/** Begins an act; how it ends is told as it happens, for that may take a quarter of a minute. */
async function begin(ctx: Context, cloud: PhoneCloud, person: Person, act: Act): Promise<void> {
  const done = cloud.act(person, act).then(
    () => undefined,
    (error: Error) => error,
  );
  const soon = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
  const failed = await Promise.race([done, soon]);
  if (failed !== undefined) throw failed;
  void done.then((error) => error && ctx.app.emit("error", error, ctx));
}

/** A push that stands in the inspector. */
export function recordOf({ journal }: World, json: Json): PushRecord {
  const id = number(json, "id", 1, Number.MAX_SAFE_INTEGER);
  const record = journal.records.find((one) => one.id === id);
  if (record?.kind === "push") return record;
  throw new Unreadable(both("This push is not remembered any more.", "这条推送的记录已经不在了。"));
}

/** The same push once more, as from the same user: with a new id, or the bot would take it for WeChat's next attempt. */
function again({ people }: World, { openid, xml }: PushRecord): Act & { readonly person: Person } {
  const person = people.find(openid);
  if (person === undefined) throw new Unreadable(noUser);
  return { act: "push", fields: renewed(parseXml(xml) as PushFields), shown: true, person };
}

/** A menu's `media_id` button: WeChat sends the file by itself and tells the bot nothing. */
function sendMedia(world: World, person: Person, json: Json): void {
  const mediaId = text(json, "mediaId", 128);
  const file = world.media.get(mediaId);
  const type = file?.type === "thumb" ? "image" : file?.type;
  if (type === undefined || type === "news")
    throw new Unreadable(both("There is no such file.", "没有这个文件。"));
  world.say(person, "account", { type, mediaId }, "reply");
}
