import { Postman } from "../pushes/postman.js";
import { simulatedAccount } from "../world/account.js";
import type { Content } from "../world/chat.js";
import type { PushRecord } from "../world/journal.js";
import { type MediaFile, MediaLibrary } from "../world/media.js";
import { World } from "../world/world.js";
import { type AccountFlags, accountOf } from "./account-flags.js";
import { inLine, type Tell } from "./terminal.js";

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
export function outcomeOf(record: PushRecord, t: Tell): string {
  const { outcome, reply, attempts } = record;
  const { duration = 0 } = attempts.at(-1) ?? {};
  const when =
    attempts.length > 1
      ? t(
          ` (${duration} ms, attempt ${attempts.length})`,
          `（第 ${attempts.length} 次，${duration} 毫秒）`,
        )
      : t(` (${duration} ms)`, `（${duration} 毫秒）`);
  switch (outcome) {
    case "reply":
      return `${reply === undefined ? t("a reply", "有回复") : inLine(summaryOf(reply, t))}${when}`;
    case "acknowledged":
      return t("accepted without a reply", "已接受，没有回复") + when;
    default: {
      const reason = t(
        record.reason ?? "it was given up",
        record.reasonZh ?? record.reason ?? "已放弃",
      );
      return t(
        `WeChat shows 该公众号提供的服务出现故障，请稍后再试: ${inLine(reason)}`,
        `微信显示“该公众号提供的服务出现故障，请稍后再试”：${inLine(reason)}`,
      );
    }
  }
}

/** What the user sees, in one line. */
function summaryOf(content: Content, t: Tell): string {
  switch (content.type) {
    case "text":
      return content.content;
    case "news":
      return `${t("news:", "图文：")} ${content.articles.map(({ title }) => title).join(" / ")}`;
    case "transfer_customer_service":
      return t("handed over to customer service", "转接人工客服");
    default:
      return content.type;
  }
}
