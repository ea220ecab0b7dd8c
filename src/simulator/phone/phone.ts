import type { Context, Middleware } from "koa";
import { WechatError } from "../../errors.js";
import { type Bilingual, both } from "../../language.js";
import { parseXml } from "../../wire/xml/xml.js";
import type { Act } from "../pushes/acts.js";
import { composable } from "../pushes/composable.js";
import { curlOf, testOf } from "../pushes/copies.js";
import { linesOf } from "../pushes/field-lines.js";
import { type PushFields, renewed } from "../pushes/push.js";
import { verifyPage } from "../web-view/jssdk.js";
import type { SimulatedAccount } from "../world/account.js";
import type { Fault } from "../world/faults.js";
import type { PushRecord } from "../world/journal.js";
import { type AccountKind, isKind } from "../world/kinds.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { sendEvents } from "./events.js";
import { pageFile, pageHtml } from "./files.js";
import { showMedia, takeMedia } from "./media.js";
import { harden } from "./policy.js";
import {
  actOf,
  type Json,
  number,
  objectOf,
  optional,
  readJson,
  text,
  Unreadable,
} from "./reading.js";
import { personView, phoneView } from "./view.js";

/** What the page needs of the simulated WeChat. */
export interface PhoneCloud {
  readonly world: World;
  /** 消息加解密方式; throws a WechatError when there is no key for it. */
  mode: SimulatedAccount["mode"];
  kind: AccountKind;
  act(person: Person, act: Act): Promise<PushRecord | undefined>;
  /** The server address (服务器地址) of the bot. */
  readonly target: string;
}

const modes = ["plain", "compat", "safe"] as const;

/**
 * Serves the phone: the page at `/`, and what it needs under `/phone/`. Everything else is passed on.
 *
 * It trusts whoever asks: who may ask is decided by `guard()` before it.
 */
export function phonePage(cloud: PhoneCloud): Middleware {
  const { world } = cloud;

  const routes: Readonly<Record<string, (ctx: Context) => void | Promise<void>>> = {
    "GET /"(ctx) {
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
    "GET /phone/state"(ctx) {
      ctx.body = phoneView(world, personOf(ctx.query.user));
    },
    "GET /phone/events"(ctx) {
      sendEvents(ctx, world, personOf(ctx.query.user));
    },
    async "POST /phone/people"(ctx) {
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
    async "POST /phone/act"(ctx) {
      const json = await readJson(ctx);
      const person = known(text(json, "user", 64));
      if (person === undefined) throw new Unreadable(noUser);
      const act = json.act === "again" ? again(recordOf(json)) : undefined;
      if (json.act === "media") await sendMedia(person, json);
      else await begin(ctx, act === undefined ? person : act.person, act ?? actOf(json));
      ctx.status = 202;
      ctx.body = {};
    },
    "GET /phone/composable"(ctx) {
      ctx.body = composable();
    },
    async "POST /phone/copy"(ctx) {
      const json = await readJson(ctx);
      const record = recordOf(json);
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
    async "POST /phone/media"(ctx) {
      const { mediaId, contentType } = await takeMedia(ctx, world.media);
      ctx.status = 201;
      ctx.body = { mediaId, contentType };
    },
    async "POST /phone/open"(ctx) {
      const address = text(await readJson(ctx), "address", 4_096);
      if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
        throw new Unreadable(both("This is no web address.", "这不是网址。"));
      }
      const frame = await world.views?.addressOf(address, `${ctx.protocol}://${ctx.host}`);
      ctx.body = frame === undefined ? {} : { frame };
    },
    async "POST /phone/jssdk"(ctx) {
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
    async "POST /phone/settings"(ctx) {
      change(await readJson(ctx));
      ctx.status = 204;
    },
  };

  /** The user of that name; the first one, made if need be, when there is none. */
  function personOf(name: unknown): Person {
    const [first] = world.people;
    return known(name) ?? first ?? world.people.named("alice", { nickname: "Alice" });
  }

  function known(name: unknown): Person | undefined {
    return typeof name === "string" ? world.people.called(name) : undefined;
  }

  /** Begins an act; how it ends is told as it happens, for that may take a quarter of a minute. */
  async function begin(ctx: Context, person: Person, act: Act): Promise<void> {
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
  function recordOf(json: Json): PushRecord {
    const id = number(json, "id", 1, Number.MAX_SAFE_INTEGER);
    const record = world.journal.records.find((one) => one.id === id);
    if (record?.kind === "push") return record;
    throw new Unreadable(
      both("This push is not remembered any more.", "这条推送的记录已经不在了。"),
    );
  }

  /** The same push once more, as from the same user: with a new id, or the bot would take it for WeChat's next attempt. */
  function again({ openid, xml }: PushRecord): Act & { readonly person: Person } {
    const person = world.people.find(openid);
    if (person === undefined) throw new Unreadable(noUser);
    return { act: "push", fields: renewed(parseXml(xml) as PushFields), shown: true, person };
  }

  /** A menu's `media_id` button: WeChat sends the file by itself and tells the bot nothing. */
  async function sendMedia(person: Person, json: Json): Promise<void> {
    const mediaId = text(json, "mediaId", 128);
    const file = world.media.get(mediaId);
    const type = file?.type === "thumb" ? "image" : file?.type;
    if (type === undefined || type === "news")
      throw new Unreadable(both("There is no such file.", "没有这个文件。"));
    world.say(person, "account", { type, mediaId }, "reply");
  }

  function change(json: Json): void {
    const mode = optional(json, "mode", 8);
    if (mode !== undefined) {
      const known = modes.find((one) => one === mode);
      if (known === undefined)
        throw new Unreadable(both("There is no such mode.", "没有这种消息加解密方式。"));
      cloud.mode = known;
    }
    const kind = optional(json, "kind", 32);
    if (kind !== undefined) {
      if (!isKind(kind))
        throw new Unreadable(both("There is no such kind of account.", "没有这种账号类型。"));
      cloud.kind = kind;
    }
    const { faults } = world;
    faults.latency = number(json, "latency", 0, 60_000, faults.latency);
    faults.pushLatency = number(json, "pushLatency", 0, 60_000, faults.pushLatency);
    if (json.plan !== undefined) {
      const plan = objectOf(json.plan, "plan");
      const times = number(plan, "times", 1, 1e9, 1e9);
      const path = text(plan, "path", 256).trim();
      faults.plan(path, faultOf(plan), times === 1e9 ? Number.POSITIVE_INFINITY : times);
    }
    if (json.clear !== undefined) faults.clear(text(json, "clear", 256));
    world.emit("settings");
  }

  return async function phonePage(ctx, next) {
    const isMedia = ctx.path.startsWith("/phone/media/");
    const isOurs = ctx.path === "/" || ctx.path.startsWith("/phone/");
    if (!isOurs) return next();
    harden(ctx);
    const method = ctx.method === "HEAD" ? "GET" : ctx.method;
    try {
      if (isMedia && method === "GET") {
        const file = world.media.get(decodeURIComponent(ctx.path.slice("/phone/media/".length)));
        return file === undefined
          ? answer(
              ctx,
              404,
              both(
                "There is no such file, or its three days are over.",
                "没有这个文件，或三天的有效期已过。",
              ),
            )
          : showMedia(ctx, file);
      }
      const key = `${method} ${ctx.path}`;
      const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
      if (route === undefined)
        return answer(ctx, 404, both("There is nothing here.", "这里什么也没有。"));
      await route(ctx);
    } catch (error) {
      if (error instanceof Unreadable) return answer(ctx, error.status, error.said);
      if (error instanceof WechatError) {
        return answer(ctx, 400, both(error.message, error.message));
      }
      if (error instanceof URIError)
        return answer(ctx, 400, both("The address is malformed.", "网址格式不对。"));
      throw error;
    }
  };
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

function faultOf(json: Json): Fault {
  if (json.hang === true) return { hang: true };
  if (json.status !== undefined) return { status: number(json, "status", 400, 599) };
  return { errcode: number(json, "errcode", -1, 1e7) };
}

const noUser = both("There is no such user.", "没有这个用户。");

function answer(ctx: Context, status: number, { en, zh }: Bilingual): void {
  ctx.status = status;
  ctx.body = { error: en, errorZh: zh };
}
