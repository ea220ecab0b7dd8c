import type { Context } from "koa";
import { both } from "../../language.js";
import { parseXml } from "../../wire/xml/xml.js";
import { composable } from "../pushes/composable.js";
import { curlOf, testOf } from "../pushes/copies.js";
import { linesOf } from "../pushes/field-lines.js";
import { type PushFields, renewed } from "../pushes/push.js";
import { verifyPage } from "../web-view/jssdk.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { carryOutFor, personCalled, recordOf } from "./acting.js";
import { sendEvents } from "./events.js";
import { pageFile, pageHtml } from "./files.js";
import { takeMedia } from "./media.js";
import type { PhoneCloud } from "./phone-cloud.js";
import { optional, readJson, text, Unreadable } from "./reading.js";
import { changeSettings } from "./settings.js";
import { personView, phoneView } from "./view.js";

/** What answers a request of the page, by method and path. */
export const routes: Readonly<
  Record<string, (ctx: Context, cloud: PhoneCloud) => void | Promise<void>>
> = {
  "GET /"(ctx, { world }) {
    ctx.type = "html";
    ctx.body = pageHtml(world.account.name);
  },
  async "GET /phone/app.js"(ctx) {
    ctx.type = "text/javascript; charset=utf-8";
    await sendPage(ctx, "app.js");
  },
  async "GET /phone/app.css"(ctx) {
    ctx.type = "text/css; charset=utf-8";
    await sendPage(ctx, "app.css");
  },
  "GET /phone/state"(ctx, { world }) {
    ctx.body = phoneView(world, personOf(world, ctx.query.user));
  },
  "GET /phone/events"(ctx, { world }) {
    sendEvents(ctx, world, personOf(world, ctx.query.user));
  },
  async "POST /phone/people"(ctx, { world }) {
    const json = await readJson(ctx);
    const name = text(json, "name", 32).trim();
    if (name === "" || /\p{C}/u.test(name))
      throw new Unreadable(both("This is no name.", "这不是名字。"));
    const person = world.people.invited(name);
    if (person === undefined)
      throw new Unreadable(both("There are enough users.", "用户已经够多了。"));
    world.emit("person", person);
    ctx.body = personView(person);
  },
  async "POST /phone/act"(ctx, cloud) {
    await carryOutFor(ctx, cloud, await readJson(ctx));
    ctx.status = 202;
    ctx.body = {};
  },
  "GET /phone/composable"(ctx) {
    ctx.body = composable();
  },
  async "POST /phone/copy"(ctx, cloud) {
    const { world } = cloud;
    const json = await readJson(ctx);
    const record = recordOf(world, json);
    const push = parseXml(record.xml) as PushFields;
    const copies: Readonly<Record<string, () => string>> = {
      curl: () => curlOf(world, cloud.target, record, push),
      test: () => testOf(world, cloud.target, record, push),
      fields: () => linesOf(renewed(push)),
    };
    const as = text(json, "as", 8);
    const copy = Object.hasOwn(copies, as) ? copies[as] : undefined;
    if (copy === undefined)
      throw new Unreadable(both("There is no such copy.", "没有这种复制方式。"));
    ctx.body = { text: copy() };
  },
  async "POST /phone/media"(ctx, { world }) {
    const { mediaId, contentType } = await takeMedia(ctx, world.media);
    ctx.status = 201;
    ctx.body = { mediaId, contentType };
  },
  async "POST /phone/open"(ctx, { world }) {
    const address = text(await readJson(ctx), "address", 4_096);
    if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
      throw new Unreadable(both("This is no web address.", "这不是网址。"));
    }
    const frame = await world.views?.addressOf(address, `${ctx.protocol}://${ctx.host}`);
    ctx.body = frame === undefined ? {} : { frame };
  },
  async "POST /phone/jssdk"(ctx, { world }) {
    const json = await readJson(ctx);
    const url = world.views?.own(text(json, "url", 4_096));
    if (url === undefined)
      throw new Unreadable(
        both("This page is not seen through the phone.", "这个网页不是在手机里打开的。"),
      );
    const [appId, timestamp, nonceStr, signature] = [
      "appId",
      "timestamp",
      "nonceStr",
      "signature",
    ].map((name) => optional(json, name, 256) ?? "") as [string, string, string, string];
    ctx.body = { ...verifyPage(world, { appId, timestamp, nonceStr, signature, url }), url };
  },
  async "POST /phone/settings"(ctx, cloud) {
    changeSettings(cloud, await readJson(ctx));
    ctx.status = 204;
  },
};

/** The user of that name; the first one, made if need be, when there is none. */
function personOf(world: World, name: unknown): Person {
  const [first] = world.people;
  return personCalled(world, name) ?? first ?? world.people.named("alice", { nickname: "Alice" });
}

async function sendPage(ctx: Context, name: "app.js" | "app.css"): Promise<void> {
  const file = await pageFile(name);
  // The built file changes only with the package; while it is developed it changes all the time.
  ctx.set("Cache-Control", "no-cache");
  ctx.vary("Accept-Encoding");
  if (ctx.acceptsEncodings("gzip", "identity") === "gzip") {
    ctx.set("Content-Encoding", "gzip");
    ctx.body = file.gzipped;
  } else {
    ctx.body = file.plain;
  }
}
