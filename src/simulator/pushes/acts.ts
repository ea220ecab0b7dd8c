import type { Content } from "../world/chat.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { newMsgId, type PushFields } from "./push.js";

/** What a person does with their phone. */
export type Act =
  | {
      readonly act: "text";
      readonly text: string /** The tapped item of a msgmenu. */;
      readonly menuItem?: string;
    }
  | { readonly act: "image"; readonly mediaId: string }
  | {
      readonly act: "voice";
      readonly mediaId: string;
      readonly recognition?: string;
      readonly format?: string;
    }
  | {
      readonly act: "video" | "shortvideo";
      readonly mediaId: string;
      readonly thumbMediaId?: string;
    }
  | {
      readonly act: "location";
      readonly latitude: number;
      readonly longitude: number;
      readonly scale?: number;
      readonly label?: string;
    }
  | {
      readonly act: "link";
      readonly title: string;
      readonly description: string;
      readonly url: string;
    }
  | { readonly act: "follow" /** Of the QR code. */; readonly scene?: string }
  | { readonly act: "unfollow" }
  | { readonly act: "scan"; readonly scene: string }
  | { readonly act: "click"; readonly key: string }
  | { readonly act: "view"; readonly url: string }
  /** A tap on a button of the menu that leads to a page of a mini program. */
  | { readonly act: "miniprogram"; readonly path: string }
  /** Any other push: its fields without the envelope, `MsgType` included. */
  | {
      readonly act: "push";
      readonly fields: PushFields /** In the chat, too. */;
      readonly shown?: boolean;
    };

/** What an act means: what the person sees, and what the bot is told. */
export interface Meaning {
  readonly fields: PushFields;
  readonly content?: Content;
}

const day = 86_400_000;

/**
 * Carries out an act in the world and says what is pushed for it: undefined when WeChat pushes
 * nothing, as for an unfollow by somebody who does not follow.
 */
export function carryOut(world: World, person: Person, act: Act): Meaning | undefined {
  const now = world.clock.now();
  switch (act.act) {
    case "follow":
      return follow(world, person, act.scene);
    case "scan":
      if (!person.following) return follow(world, person, act.scene);
      touch(person, now, 3, 60_000);
      return event("SCAN", { EventKey: act.scene, Ticket: ticketOf(act.scene) });
    case "unfollow":
      if (!person.following) return undefined;
      person.following = false;
      person.windows = [];
      world.emit("person", person);
      return event("unsubscribe", { EventKey: "" });
    case "click":
      touch(person, now, 3, 60_000);
      return event("CLICK", { EventKey: act.key });
    case "view":
      return event("VIEW", { EventKey: act.url });
    case "miniprogram":
      return event("view_miniprogram", { EventKey: act.path, MenuId: world.menu.idFor(person) });
    case "push":
      // Of the buttons of the menu, only these open a window besides CLICK.
      if (/^scancode_(?:push|waitmsg)$/.test(String(act.fields.Event)))
        touch(person, now, 3, 60_000);
      if (act.shown !== true) return { fields: act.fields };
      if (act.fields.MsgType === "event") return shown(act.fields);
      touch(person, now, 5, 2 * day);
      return shown({ MsgId: newMsgId(), ...act.fields });
    default:
      // A tap on an item of a msgmenu counts as a tap on the menu, not as a message.
      if (act.act === "text" && act.menuItem !== undefined) touch(person, now, 3, 60_000);
      else touch(person, now, 5, 2 * day);
      return message(world, act);
  }
}

type MessageAct = Extract<
  Act,
  { act: "text" | "image" | "voice" | "video" | "shortvideo" | "location" | "link" }
>;

function message(world: World, act: MessageAct): Meaning {
  const MsgId = newMsgId();
  switch (act.act) {
    case "text":
      return {
        fields: { MsgType: "text", Content: act.text, MsgId, bizmsgmenuid: act.menuItem },
        content: { type: "text", content: act.text },
      };
    case "image":
      return {
        fields: {
          MsgType: "image",
          PicUrl: pictureOf(world, act.mediaId),
          MsgId,
          MediaId: act.mediaId,
        },
        content: { type: "image", mediaId: act.mediaId },
      };
    case "voice": {
      const { mediaId, recognition, format = "amr" } = act;
      return {
        fields: {
          MsgType: "voice",
          MediaId: mediaId,
          Format: format,
          Recognition: recognition,
          MsgId,
          MediaId16K: mediaId,
        },
        content: { type: "voice", mediaId, ...(recognition === undefined ? {} : { recognition }) },
      };
    }
    case "video":
    case "shortvideo": {
      const { mediaId, thumbMediaId = mediaId } = act;
      return {
        fields: { MsgType: act.act, MediaId: mediaId, ThumbMediaId: thumbMediaId, MsgId },
        content: { type: "video", mediaId },
      };
    }
    case "location": {
      const { latitude, longitude, scale = 16, label = "" } = act;
      return {
        fields: {
          MsgType: "location",
          Location_X: latitude,
          Location_Y: longitude,
          Scale: scale,
          Label: label,
          MsgId,
        },
        content: { type: "location", latitude, longitude, scale, label },
      };
    }
    case "link": {
      const { title, description, url } = act;
      return {
        fields: { MsgType: "link", Title: title, Description: description, Url: url, MsgId },
        content: { type: "link", title, description, url },
      };
    }
  }
}

function follow(world: World, person: Person, scene: string | undefined): Meaning | undefined {
  if (person.following)
    return scene === undefined ? undefined : carryOut(world, person, { act: "scan", scene });
  person.following = true;
  person.subscribeTime = world.clock.now();
  person.subscribeScene = scene === undefined ? "ADD_SCENE_SEARCH" : "ADD_SCENE_QR_CODE";
  person.scene = scene ?? "";
  touch(person, world.clock.now(), 3, 60_000);
  world.emit("person", person);
  return event(
    "subscribe",
    scene === undefined
      ? { EventKey: "" }
      : { EventKey: `qrscene_${scene}`, Ticket: ticketOf(scene) },
  );
}

function event(Event: string, fields: PushFields): Meaning {
  return {
    fields: { MsgType: "event", Event, ...fields },
    content: {
      type: "event",
      event: Event,
      ...(typeof fields.EventKey === "string" && fields.EventKey !== ""
        ? { key: fields.EventKey }
        : {}),
    },
  };
}

/** A push that somebody has composed, or sends again: a message stands in the chat as if it were written there. */
function shown(fields: PushFields): Meaning {
  const text = (name: string) => {
    const value = fields[name];
    return value === undefined || typeof value === "object" ? "" : String(value);
  };
  const recognition = text("Recognition");
  switch (fields.MsgType) {
    case "event":
      return { ...event(text("Event"), { EventKey: text("EventKey") }), fields };
    case "text":
      return { fields, content: { type: "text", content: text("Content") } };
    case "image":
      return { fields, content: { type: "image", mediaId: text("MediaId") } };
    case "voice": {
      const more = recognition === "" ? {} : { recognition };
      return { fields, content: { type: "voice", mediaId: text("MediaId"), ...more } };
    }
    case "video":
    case "shortvideo":
      return { fields, content: { type: "video", mediaId: text("MediaId") } };
    case "location": {
      const [latitude, longitude] = [Number(text("Location_X")), Number(text("Location_Y"))];
      if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return { fields };
      const label = text("Label");
      return { fields, content: { type: "location", latitude, longitude, scale: 16, label } };
    }
    case "link": {
      const [title, description, url] = [text("Title"), text("Description"), text("Url")];
      return { fields, content: { type: "link", title, description, url } };
    }
    default:
      return { fields };
  }
}

/** Opens a window for customer-service messages (客服消息). */
function touch(person: Person, now: number, left: number, life: number): void {
  person.lastSeen = now;
  const open = person.windows.filter((window) => window.until > now && window.left > 0);
  person.windows = [{ left, until: now + life }, ...open].slice(0, 8);
}

/** Where the bot can look at a picture, as at mmbiz.qpic.cn. */
function pictureOf(world: World, mediaId: string): string {
  return `${world.url}/phone/media/${mediaId}`;
}

function ticketOf(scene: string): string {
  return `gQ${Buffer.from(scene).toString("base64url")}`;
}
