import { ReplyError } from "../errors.js";
import { isXml, parseXml, sendable, type XmlElement } from "../wire/xml/xml.js";
import type { NoneReply, RawReply, Reply } from "./replies.js";

/** To whom a reply goes, and when, in seconds. */
export interface Address {
  readonly to: string;
  readonly from: string;
  readonly time: number;
}

/**
 * The JSON of a reply, or `undefined` for one that sends no message: in answer to a push in JSON. The list
 * of articles stands in the place of the element around it, as lists do in pushes; XML of `reply.raw()` is rewritten.
 *
 * Source: 「消息推送回复」 (云托管).
 */
export function serializeJson(reply: Reply, { to, from, time }: Address): string | undefined {
  if (reply.type === "none") return undefined;
  if (reply.type === "raw") return isXml(reply.xml) ? rewritten(reply.xml) : reply.xml;
  if (reply.type === "text" && sendable(reply.content) === "") return undefined;
  const head = { ToUserName: to, FromUserName: from, CreateTime: time, MsgType: reply.type };
  return JSON.stringify({ ...head, ...content(reply) }, (_name, value: unknown) =>
    typeof value === "string" ? sendable(value) : value,
  );
}

function content(reply: Exclude<Reply, NoneReply | RawReply>): object {
  switch (reply.type) {
    case "text":
      return { Content: reply.content };
    case "image":
      return { Image: { MediaId: reply.mediaId } };
    case "voice":
      return { Voice: { MediaId: reply.mediaId } };
    case "video": {
      const { mediaId: MediaId, title: Title, description: Description } = reply;
      return { Video: { MediaId, Title, Description } };
    }
    case "music":
      return {
        Music: {
          Title: reply.title,
          Description: reply.description,
          MusicUrl: reply.url,
          HQMusicUrl: reply.hqUrl,
          ThumbMediaId: reply.thumbMediaId,
        },
      };
    case "news":
      return {
        ArticleCount: reply.articles.length,
        Articles: reply.articles.map(({ title, description = "", picUrl = "", url = "" }) => {
          return { Title: title, Description: description, PicUrl: picUrl, Url: url };
        }),
      };
    case "transfer_customer_service":
      return reply.account === undefined ? {} : { TransInfo: { KfAccount: reply.account } };
  }
}

const numbers: ReadonlySet<string> = new Set(["CreateTime", "ArticleCount"]);

/** What the XML of a reply is in JSON: two numbers, and lists without the name of their entries. */
function rewritten(xml: string): string {
  return JSON.stringify(parsed(xml), (name, value: unknown) => {
    if (numbers.has(name) && typeof value === "string") return Number(value);
    const { item } = Object(value) as { item?: unknown };
    return item === undefined ? value : [item].flat();
  });
}

function parsed(xml: string): XmlElement {
  try {
    return parseXml(xml);
  } catch {
    throw new ReplyError(
      "The push was in JSON, so the XML of reply.raw() has to be rewritten, but it is not well-formed. Give JSON, or mend it.",
    );
  }
}
