import { WechatError } from "../errors.js";
import type { Act } from "../simulator/acts.js";
import type { ChatEntry, Content } from "../simulator/chat.js";
import type { Cloud } from "../simulator/cloud.js";
import type { PushRecord } from "../simulator/journal.js";
import type { MediaFile } from "../simulator/media.js";
import type { Person, Profile } from "../simulator/people.js";
import type { PushFields } from "../simulator/push.js";
import { Browser, type OpenOptions, type Page } from "./browser.js";
import { pixel } from "./pixel.js";

/** What a user sees after they did something. */
export interface Answer {
  /** The reply as the handler gave it, such as `{ type: "text", content: "hi" }`; undefined if there is none. */
  readonly reply: Content | undefined;
  /** The text of a text reply. */
  readonly text: string | undefined;
  /** How often the push was delivered. */
  readonly attempts: number;
  /** 该公众号提供的服务出现故障，请稍后再试, if that is what the user sees. */
  readonly banner: string | undefined;
  /** Why the banner is shown, and what to do. */
  readonly reason: string | undefined;
  /** The push with all its attempts, queries and bodies. */
  readonly push: PushRecord | undefined;
  /**
   * What arrives besides the reply, by customer-service message or template: each call waits for the
   * next, at most `timeout` milliseconds (default: 30,000).
   */
  late(timeout?: number): Promise<Content>;
}

/** A user of the simulated WeChat. */
export class User {
  readonly #cloud: Cloud;
  readonly #person: Person;
  readonly #browser: Browser;

  constructor(cloud: Cloud, name: string, profile: Partial<Profile>) {
    this.#cloud = cloud;
    this.#person = cloud.world.people.named(name, profile);
    this.#browser = new Browser(cloud.world, this.#person);
  }

  get openid(): string {
    return this.#person.openid;
  }

  /** Whether the user follows the account. */
  get following(): boolean {
    return this.#person.following;
  }

  /** Whether 对方正在输入 is shown. */
  get seesTyping(): boolean {
    return this.#person.typing;
  }

  /** Everything that stands in the chat. */
  get chat(): readonly ChatEntry[] {
    return this.#person.chat;
  }

  /** Writes a text. */
  sends(text: string): Promise<Answer> {
    return this.#does({ act: "text", text });
  }

  /** Sends a picture; without one, a single pixel. */
  sendsImage(data: Buffer = pixel, contentType = "image/png"): Promise<Answer> {
    const { mediaId } = this.#upload({ type: "image", contentType, filename: "image.png", data });
    return this.#does({ act: "image", mediaId });
  }

  /** Sends a voice message, with what WeChat recognises in it. */
  sendsVoice(recognition?: string, data: Buffer = Buffer.from("#!AMR\n")): Promise<Answer> {
    const contentType = "audio/amr";
    const { mediaId } = this.#upload({ type: "voice", contentType, filename: "voice.amr", data });
    return this.#does({
      act: "voice",
      mediaId,
      ...(recognition === undefined ? {} : { recognition }),
    });
  }

  /** Sends a video. */
  sendsVideo(data: Buffer = Buffer.alloc(0), contentType = "video/mp4"): Promise<Answer> {
    const { mediaId } = this.#upload({ type: "video", contentType, filename: "video.mp4", data });
    return this.#does({ act: "video", mediaId });
  }

  /** Sends a place. */
  sendsLocation(latitude: number, longitude: number, label = ""): Promise<Answer> {
    return this.#does({ act: "location", latitude, longitude, label });
  }

  /** Sends a link card. */
  sendsLink(url: string, title = url, description = ""): Promise<Answer> {
    return this.#does({ act: "link", url, title, description });
  }

  /** Follows the account, by a QR code if there is a scene. */
  follows(by: { readonly scene?: string | number } = {}): Promise<Answer> {
    const { scene } = by;
    return this.#does({ act: "follow", ...(scene === undefined ? {} : { scene: String(scene) }) });
  }

  unfollows(): Promise<Answer> {
    return this.#does({ act: "unfollow" });
  }

  /** Scans the account's QR code of a scene; whoever does not follow yet, follows. */
  scans(scene: string | number): Promise<Answer> {
    return this.#does({ act: "scan", scene: String(scene) });
  }

  /** Taps the button of the account's menu that has this key. */
  clicks(key: string): Promise<Answer> {
    return this.#does({ act: "click", key });
  }

  /** Taps an item of the last menu message (msgmenu) in the chat, by its text. */
  taps(content: string): Promise<Answer> {
    for (const entry of this.#person.chat.toReversed()) {
      if (entry.content.type !== "menu") continue;
      const item = entry.content.items.find((candidate) => candidate.content === content);
      if (item !== undefined) return this.#does({ act: "text", text: content, menuItem: item.id });
    }
    throw new WechatError(
      "WX_SIMULATOR",
      `There is no item ${JSON.stringify(content)} to tap: no menu message in the chat of ${this.#person.name} has it.`,
    );
  }

  /** Has WeChat push anything else: the fields without the envelope, such as `{ MsgType: "event", Event: "…" }`. */
  pushes(fields: PushFields): Promise<Answer> {
    return this.#does({ act: "push", fields });
  }

  /** Opens a page inside WeChat, with this user's cookies, through web login if the page asks for it. */
  opens(url: string, options?: OpenOptions): Promise<Page> {
    return this.#browser.open(url, options);
  }

  #upload(file: Pick<MediaFile, "type" | "contentType" | "filename" | "data">): MediaFile {
    return this.#cloud.world.media.add(file);
  }

  async #does(act: Act): Promise<Answer> {
    let seen = this.#person.chat.at(-1)?.id ?? 0;
    const push = await this.#cloud.act(this.#person, act);
    const { reply } = push ?? {};
    const banner = this.#person.chat.find(
      (entry) => entry.id > seen && entry.content.type === "banner",
    );
    return {
      push,
      reply,
      text: reply?.type === "text" ? reply.content : undefined,
      attempts: push?.attempts.length ?? 0,
      banner: banner?.content.type === "banner" ? banner.content.text : undefined,
      reason: push?.reason,
      late: async (timeout = 30_000) => {
        const entry = await this.#next(seen, timeout);
        seen = entry.id;
        return entry.content;
      },
    };
  }

  /** The first message after `seen` that did not come as a reply. */
  #next(seen: number, timeout: number): Promise<ChatEntry> {
    const isNext = (entry: ChatEntry) =>
      entry.id > seen && entry.from === "account" && entry.by !== "reply";
    const there = this.#person.chat.find(isNext);
    if (there !== undefined) return Promise.resolve(there);
    const { world } = this.#cloud;
    return new Promise((resolve, reject) => {
      const listen = (person: Person, entry: ChatEntry) => {
        if (person !== this.#person || !isNext(entry)) return;
        stop();
        resolve(entry);
      };
      const timer = setTimeout(() => {
        stop();
        reject(
          new WechatError(
            "WX_SIMULATOR",
            `No message came for ${this.#person.name} within ${timeout} ms. The calls are in phone.api.calls().`,
          ),
        );
      }, timeout);
      const stop = () => {
        clearTimeout(timer);
        world.off("chat", listen);
      };
      world.on("chat", listen);
    });
  }
}
