import type { WechatOptions } from "../../src/account/options.js";
import { Wechat } from "../../src/wechat.js";
import { parseXml } from "../../src/wire/xml/xml.js";
import { account, signedQuery } from "../support/push.js";

let count = 0;
const id = () => String(6_349_323_426_230_210_995n + BigInt(count++));

const element = ([name, value]: readonly [string, string | number]) =>
  `<${name}><![CDATA[${value}]]></${name}>`;

/** The body of any push, with an id of its own. */
export function pushXml(from: string, fields: Readonly<Record<string, string | number>>): string {
  const all = {
    ToUserName: "gh_1",
    FromUserName: from,
    CreateTime: 1_348_831_860 + count,
    ...fields,
  };
  const ids = fields.MsgType === "event" ? {} : { MsgId: id() };
  count += 1;
  return `<xml>${Object.entries({ ...all, ...ids })
    .map(element)
    .join("")}</xml>`;
}

export const textOf = (from: string, content: string) =>
  pushXml(from, { MsgType: "text", Content: content });
export const clickOf = (from: string, key: string) =>
  pushXml(from, { MsgType: "event", Event: "CLICK", EventKey: key });
export const scanOf = (from: string, scene: string) =>
  pushXml(from, { MsgType: "event", Event: "SCAN", EventKey: scene, Ticket: "T" });
export const imageOf = (from: string, mediaId = "MEDIA") =>
  pushXml(from, { MsgType: "image", MediaId: mediaId, PicUrl: "http://example.com/p" });
export const voiceOf = (from: string, recognition: string) =>
  pushXml(from, { MsgType: "voice", MediaId: "M", Format: "amr", Recognition: recognition });

/** Something that answers pushes. */
export interface Bot {
  receive(request: {
    method: string;
    query: Record<string, string>;
    body: string;
  }): Promise<{ readonly body: string }>;
}

/** Pushes a body and gives the text of the reply, the type of another one, or "" for none. */
export async function say(bot: Bot, body: string): Promise<string> {
  const answer = await bot.receive({ method: "POST", query: signedQuery(), body });
  if (answer.body === "success") return "";
  const reply = parseXml(answer.body);
  return String(reply.MsgType === "text" ? reply.Content : reply.MsgType);
}

/** A bot in 明文模式. */
export function bot(options: Partial<WechatOptions> = {}) {
  return new Wechat({ token: account.token, appId: account.appId, ...options });
}
