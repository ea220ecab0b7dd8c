import { ReplyError, reply, Wechat } from "../../src/index.js";
import type { AnyMessage } from "../../src/message/messages.js";
import { answer, type Reading } from "../../src/plugins/flow/answer.js";
import { Move } from "../../src/plugins/flow/dialogue.js";
import { Redactor } from "../../src/plugins/recorder/redact.js";
import { Finding, type Secrets, seconds } from "./oracle.js";

/** The accounts that are fuzzed: every kind of configuration. */
export const accounts: readonly Secrets[] = [
  { tokens: ["PLAIN7QxOfTheFuzzer"], appId: "wxplain", key: undefined, acceptPlain: false },
  {
    tokens: ["SAFE9ZkOfTheFuzzer"],
    appId: "wxsafe",
    key: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    acceptPlain: false,
  },
  {
    tokens: ["BOTHnow3OfTheFuzzer", "BOTHold4OfTheFuzzer"],
    appId: "wxboth",
    key: "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
    acceptPlain: true,
  },
];

const redactor = new Redactor("numbers", "salt");
const again = () => new Move("again", [], undefined);
const readers: readonly ((ctx: Reading) => unknown)[] = [
  answer.yes(),
  answer.number({ min: 1, max: 20 }),
  answer.text({ min: 2, max: 20 }),
  answer.matching(/1\d{10}/),
  answer.orSkip("跳过", answer.text()),
];

/** A bot of many talents, and what its handlers have seen of the present case. */
export interface Bot {
  readonly wx: Wechat;
  readonly secrets: Secrets;
  seen: AnyMessage[];
  /** What the handler said, if it is a text. */
  said: string | undefined;
  /** Tells the pushes of one case from those of all others: what they say may be the same. */
  key: string;
}

export function startBot(secrets: Secrets): Bot {
  const { tokens, appId, key, acceptPlain } = secrets;
  const wx = new Wechat({
    token: tokens,
    appId,
    ...(key === undefined ? {} : { encodingAESKey: key, acceptPlain }),
    now: () => seconds * 1000,
    overflow: "truncate",
    dedupeKey: () => bot.key,
  });
  const bot: Bot = { wx, secrets, seen: [], said: undefined, key: "" };
  const say = (text: string) => {
    bot.said = text;
    return text;
  };
  wx.use((ctx, next) => {
    bot.seen.push(ctx.message);
    // What recorder() does with every push, and the questions of flow() with every answer.
    redactor.redact(ctx.raw);
    const asked = Object.assign(Object.create(ctx), { again }) as Reading;
    for (const read of readers) read(asked);
    return next();
  });
  wx.onText(/^(\d+)\s*[+＋]\s*(\d+)$/, (ctx) => say(`${ctx.match[0]}`));
  wx.on("text", (ctx) => say(ctx.message.Content));
  wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
  wx.onVoice((ctx) => say(ctx.message.Recognition ?? ""));
  wx.on("video", (ctx) => reply.video(ctx.message.MediaId, { title: ctx.message.ThumbMediaId }));
  wx.on("location", (ctx) => say(`${ctx.message.Label} ${ctx.message.Location_X}`));
  wx.on("link", (ctx) => {
    const { Title: title, Description: description, Url: url } = ctx.message;
    return reply.news({ title, description, url });
  });
  wx.onSubscribe((ctx) => say(`${ctx.scene}`));
  wx.onScan((ctx) => say(`${ctx.scene}`));
  wx.onClick(/^V(.*)$/, (ctx) => say(`${ctx.match[1]}`));
  wx.onClick("transfer", () => reply.transfer("test1@test"));
  wx.onEvent("LOCATION", (ctx) => say(String(ctx.message.Latitude)));
  wx.catch((error) => {
    // A message can lack what a reply needs; anything else is a fault.
    if (!(error instanceof ReplyError)) throw new Finding(`a handler failed: ${error.stack}`);
  });
  return bot;
}
