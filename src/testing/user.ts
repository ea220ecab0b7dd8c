import { WechatError } from "../errors.js";
import { ownLanguage } from "../language.js";
import type { Cloud } from "../simulator/cloud.js";
import type { Act } from "../simulator/pushes/acts.js";
import type { PushFields } from "../simulator/pushes/push.js";
import { bannerText, type ChatEntry, type Content } from "../simulator/world/chat.js";
import type { PushRecord } from "../simulator/world/journal.js";
import type { MediaFile } from "../simulator/world/media.js";
import type { Person, Profile } from "../simulator/world/people.js";
import { Browser, type OpenOptions, type Page } from "./browser.js";
import { nextMessage } from "./late.js";
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
  /** Why the banner is shown, and what to do; in Chinese where `LANG` says so. */
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

  constructor(cloud: Cloud, name: string) {
    this.#cloud = cloud;
    this.#person = cloud.world.people.named(name);
    this.#browser = new Browser(cloud, this.#person);
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

  /** Changes the user's profile. */
  has(profile: Partial<Profile>): this {
    this.#person.profile = { ...this.#person.profile, ...profile };
    return this;
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
  async taps(content: string): Promise<Answer> {
    const items = this.#person.chat
      .toReversed()
      .flatMap((entry) => (entry.content.type === "menu" ? entry.content.items : []));
    const item = items.find((candidate) => candidate.content === content);
    if (item !== undefined) return this.#does({ act: "text", text: content, menuItem: item.id });
    const there = items.map((candidate) => JSON.stringify(candidate.content)).join(", ");
    throw new WechatError(
      "WX_SIMULATOR",
      `There is no item ${JSON.stringify(content)} to tap in the chat of ${this.#person.name}: ${there === "" ? "no menu message (msgmenu) has come yet" : `its menu messages have ${there}`}.`,
    );
  }

  /** Has WeChat push anything else: the fields without the envelope, such as `{ MsgType: "event", Event: "…" }`. */
  pushes(fields: PushFields): Promise<Answer> {
    return this.#does({ act: "push", fields });
  }

  /**
   * Opens a page inside WeChat, with this user's cookies, through web login if the page asks for it.
   * An address without a host, such as `/profile`, is the bot's.
   */
  opens(url: string, options?: OpenOptions): Promise<Page> {
    return this.#browser.open(url, options);
  }

  #upload(file: Pick<MediaFile, "type" | "contentType" | "filename" | "data">): MediaFile {
    return this.#cloud.world.media.add(file);
  }

  async #does(act: Act): Promise<Answer> {
    const cloud = this.#cloud;
    const person = this.#person;
    let seen = person.chat.at(-1)?.id ?? 0;
    const push = await cloud.act(person, act);
    const { reply } = push ?? {};
    const isBanner = ({ id, content }: ChatEntry) => id > seen && content.type === "banner";
    const fails = push?.outcome === "fault" && person.chat.some(isBanner);
    // The calls of late() take turns, so that no two of them get the same message.
    let last: Promise<unknown> = Promise.resolve();
    return {
      push,
      reply,
      text: reply?.type === "text" ? reply.content : undefined,
      attempts: push?.attempts.length ?? 0,
      banner: fails ? bannerText : undefined,
      reason: ownLanguage() === "zh" ? push?.reasonZh : push?.reason,
      late: (timeout = 30_000) => {
        const next = last
          .catch(() => {})
          .then(() => nextMessage(cloud, person, seen, timeout))
          .then(({ id, content }) => {
            seen = id;
            return content;
          });
        last = next;
        return next;
      },
    };
  }
}
