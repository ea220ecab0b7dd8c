import { simulatedAccount } from "../account.js";
import type { Content } from "../chat.js";
import type { PushRecord } from "../journal.js";
import { type MediaFile, MediaLibrary } from "../media.js";
import { Postman } from "../postman.js";
import { World } from "../world.js";
import { type AccountFlags, accountOf } from "./options.js";
import { inLine } from "./terminal.js";

/** How pushes of a command are delivered. */
export interface DeliveryFlags extends AccountFlags {
  readonly attempts: number;
  /** Milliseconds. */
  readonly patience: number;
}

/** A world for single pushes, and the postman who delivers them. */
export function courier(url: string, { attempts, patience, ...flags }: DeliveryFlags) {
  const world = new OpenWorld(simulatedAccount(accountOf(flags)));
  return { world, postman: new Postman(world, { target: url, attempts, patience }) };
}

/** The bot has uploaded its files elsewhere, so every media id may be right. */
class AnyMedia extends MediaLibrary {
  override get(mediaId: string): MediaFile {
    const unseen = { type: "image", contentType: "", filename: "", data: Buffer.alloc(0) } as const;
    return super.get(mediaId) ?? this.add({ ...unseen, mediaId });
  }
}

class OpenWorld extends World {
  override readonly media = new AnyMedia(() => this.clock.now());
}

/** What became of a push, in one sentence. */
export function outcomeOf({ outcome, reason, reply, attempts }: PushRecord): string {
  const last = attempts.at(-1);
  const when = `${last?.duration ?? 0} ms${attempts.length > 1 ? `, attempt ${attempts.length}` : ""}`;
  switch (outcome) {
    case "reply":
      return `${reply === undefined ? "a reply" : inLine(summaryOf(reply))} (${when})`;
    case "acknowledged":
      return `accepted without a reply (${when})`;
    default:
      return `WeChat shows 该公众号提供的服务出现故障，请稍后再试: ${inLine(reason ?? "it was given up")}`;
  }
}

/** What the user sees, in one line. */
function summaryOf(content: Content): string {
  switch (content.type) {
    case "text":
      return content.content;
    case "news":
      return `news: ${content.articles.map(({ title }) => title).join(" / ")}`;
    case "transfer_customer_service":
      return "handed over to customer service";
    default:
      return content.type;
  }
}
