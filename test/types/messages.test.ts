/**
 * What the types of messages, events and replies promise. The compiler is the judge (`tsc` runs
 * before the tests); at run time the file only shows that nothing here throws.
 */
import { expectTypeOf } from "expect-type";
import type { EventEnvelope } from "../../src/message/envelope.js";
import type { AnyEvent, EventMap, EventType, KeyedEvent } from "../../src/message/events.js";
import type { SentFile } from "../../src/message/file.js";
import type {
  AnyMessage,
  ImageMessage,
  LocationMessage,
  MessageMap,
  MessageType,
  TextMessage,
  VoiceMessage,
} from "../../src/message/messages.js";
import {
  type FileReply,
  type ImageFileReply,
  type ImageReply,
  type MusicFileReply,
  type MusicReply,
  type NewsReply,
  type NoneReply,
  type RawReply,
  type Reply,
  type Result,
  reply,
  type TextReply,
  type TransferReply,
  type VideoFileReply,
  type VideoReply,
  type VoiceFileReply,
  type VoiceReply,
} from "../../src/message/reply.js";

declare module "../../src/message/messages.js" {
  interface MessageMap {
    acme_sticker: UserMessage<"acme_sticker"> & { StickerId: string };
  }
}

declare module "../../src/message/events.js" {
  interface EventMap {
    acme_door_opened: EventEnvelope<"acme_door_opened"> & { EventKey: string; DoorId: string };
  }
}

const user = { ToUserName: "gh", FromUserName: "o", CreateTime: 1 };

describe("ctx.message: the types of messages", () => {
  it("are keyed by WeChat's names", () => {
    expectTypeOf<MessageMap["text"]>().toEqualTypeOf<TextMessage>();
    expectTypeOf<MessageMap["image"]>().toEqualTypeOf<ImageMessage>();
    expectTypeOf<MessageMap["voice"]>().toEqualTypeOf<VoiceMessage>();
    expectTypeOf<MessageMap["location"]>().toEqualTypeOf<LocationMessage>();
    expectTypeOf<MessageMap["event"]>().toEqualTypeOf<AnyEvent>();
    expectTypeOf<"Text">().not.toExtend<MessageType>();
    expectTypeOf<"SCAN" | "CLICK" | "subscribe" | "MASSSENDJOBFINISH">().toExtend<EventType>();
    expectTypeOf<"scan">().not.toExtend<EventType>();
    // An event of mini programs, which no official account gets.
    expectTypeOf<"wxa_media_check">().not.toExtend<EventType>();
  });

  it("agree with their own keys", () => {
    expectTypeOf<
      { [T in MessageType]: MessageMap[T]["MsgType"] extends T ? never : T }[MessageType]
    >().toBeNever();
    expectTypeOf<
      { [E in EventType]: EventMap[E]["Event"] extends E ? never : E }[EventType]
    >().toBeNever();
  });

  it("keep ids as strings and numbers as numbers", () => {
    expectTypeOf<TextMessage["MsgId"]>().toBeString();
    expectTypeOf<TextMessage["MsgDataId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<TextMessage["Idx"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<AnyMessage["CreateTime"]>().toBeNumber();
    expectTypeOf<LocationMessage["Location_X"]>().toBeNumber();
    expectTypeOf<VoiceMessage["Recognition"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<EventMap["MASSSENDJOBFINISH"]["MsgID"]>().toBeString();
    expectTypeOf<EventMap["MASSSENDJOBFINISH"]["SentCount"]>().toBeNumber();
    expectTypeOf<EventMap["LOCATION"]["Latitude"]>().toBeNumber();
    expectTypeOf<EventMap["SCAN"]["EventKey"]>().toBeString();
  });

  it("have lists as arrays", () => {
    expectTypeOf<EventMap["pic_weixin"]["SendPicsInfo"]["PicList"]>().toEqualTypeOf<
      { PicMd5Sum: string }[]
    >();
    expectTypeOf<
      EventMap["subscribe_msg_change_event"]["SubscribeMsgChangeEvent"]["List"][number]
    >().toEqualTypeOf<{ TemplateId: string; SubscribeStatusString: string }>();
    expectTypeOf<EventMap["PUBLISHJOBFINISH"]["PublishEventInfo"]["fail_idx"]>().toEqualTypeOf<
      number[] | undefined
    >();
  });

  it("narrow on MsgType, and then on Event", () => {
    const seen = (message: AnyMessage): string | undefined => {
      if (message.MsgType === "text") {
        expectTypeOf(message).toEqualTypeOf<TextMessage>();
        return message.Content;
      }
      if (message.MsgType !== "event") return undefined;
      expectTypeOf(message).toEqualTypeOf<AnyEvent>();
      if (message.Event !== "SCAN" && message.Event !== "subscribe") return undefined;
      expectTypeOf(message.EventKey).toEqualTypeOf<string | undefined>();
      return message.EventKey;
    };
    seen({ ...user, MsgType: "text", MsgId: "1", Content: "a" });
  });

  it("know which events carry a key", () => {
    expectTypeOf<
      "CLICK" | "VIEW" | "SCAN" | "subscribe" | "scancode_push" | "location_select"
    >().toExtend<KeyedEvent>();
    expectTypeOf<
      Extract<KeyedEvent, "unsubscribe" | "LOCATION" | "kf_create_session">
    >().toBeNever();
  });

  it("can be extended by declaration merging", () => {
    expectTypeOf<"acme_sticker">().toExtend<MessageType>();
    expectTypeOf<MessageMap["acme_sticker"]["StickerId"]>().toBeString();
    expectTypeOf<"acme_door_opened">().toExtend<KeyedEvent>();
    expectTypeOf<Extract<AnyMessage, { Event: "acme_door_opened" }>["DoorId"]>().toBeString();
  });

  it("refuse a field that is not there", () => {
    // @ts-expect-error an image has no Content
    const content = (message: ImageMessage) => message.Content;
    // @ts-expect-error WeChat writes EventKey
    const key = (message: EventMap["CLICK"]) => message.eventKey;
    void content;
    void key;
  });
});

describe("reply: the types of replies", () => {
  it("are those that the builders return", () => {
    expectTypeOf(reply.text).returns.toEqualTypeOf<TextReply>();
    const [file, id]: [SentFile, string] = [{ file: "a.jpg" }, "m"];
    expectTypeOf(reply.image(id)).toEqualTypeOf<ImageReply>();
    expectTypeOf(reply.voice(id)).toEqualTypeOf<VoiceReply>();
    expectTypeOf(reply.video("m")).toEqualTypeOf<VideoReply>();
    expectTypeOf(reply.music({ thumbMediaId: id })).toEqualTypeOf<MusicReply>();
    expectTypeOf(reply.image(file)).toEqualTypeOf<ImageFileReply>();
    expectTypeOf(reply.voice({ file: Buffer.of(1) })).toEqualTypeOf<VoiceFileReply>();
    expectTypeOf(reply.video(file, { title: "t" })).toEqualTypeOf<VideoFileReply>();
    expectTypeOf(reply.music({ thumbMediaId: file })).toEqualTypeOf<MusicFileReply>();
    expectTypeOf<FileReply>().toExtend<Result>();
    expectTypeOf(reply.news).returns.toEqualTypeOf<NewsReply>();
    expectTypeOf(reply.transfer).returns.toEqualTypeOf<TransferReply>();
    expectTypeOf(reply.none).returns.toEqualTypeOf<NoneReply>();
    expectTypeOf(reply.raw).returns.toEqualTypeOf<RawReply>();
    expectTypeOf<Reply["type"]>().toEqualTypeOf<
      | "text"
      | "image"
      | "voice"
      | "video"
      | "music"
      | "news"
      | "transfer_customer_service"
      | "none"
      | "raw"
    >();
  });

  it("accept what may be missing", () => {
    const maybe: string | undefined = [][0];
    reply.video("m", { title: maybe });
    reply.music({ thumbMediaId: "m", url: maybe });
    reply.news([{ title: "a", url: maybe }]);
    reply.news(Object.freeze([{ title: "a" }]));
    reply.transfer(maybe);
  });

  it("let a handler return a reply, a string or nothing, and no more", () => {
    expectTypeOf<Reply | string | undefined>().toExtend<Result>();
    expectTypeOf<void>().toExtend<Result>();
    expectTypeOf<number>().not.toExtend<Result>();
    expectTypeOf<boolean>().not.toExtend<Result>();
    expectTypeOf<string[]>().not.toExtend<Result>();
    expectTypeOf<{ type: "txt" }>().not.toExtend<Result>();
  });

  it("refuse wrong parts", () => {
    const wrong = [
      // @ts-expect-error a picture has an id
      () => reply.image(),
      // @ts-expect-error music has a picture
      () => reply.music({ title: "t" }),
      // @ts-expect-error an article has a title
      () => reply.news({ url: "u" }),
      // @ts-expect-error it is picUrl
      () => reply.news({ title: "t", picurl: "p" }),
    ];
    const change = (text: TextReply) => {
      // @ts-expect-error a reply does not change
      text.content = "b";
    };
    void [wrong, change];
  });
});
