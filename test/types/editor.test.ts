/** What a user's editor shows: the names it offers, what stands over a name, and what it says of a mistake. */
import { expect } from "chai";
import { Editor } from "../support/editor.js";
import { mistakes } from "./mistakes.js";

const head = `import { answer, createClient, flow, limit, type MessageHandler, observe, RedisStore, reply, Router, session, Wechat } from "koa-wx";
import { simulate } from "koa-wx/testing";

const wx = new Wechat({ token: "AAAAA", appId: "wx1", appSecret: "s" });
const api = createClient({ appId: "wx1", appSecret: "s" });
const counted = new Wechat({ token: "AAAAA" }).use(session({ initial: () => ({ visits: 0 }) }));
const booking = flow("booking").ask("guests", "?", answer.number()).done((ctx) => String(ctx.answers.guests));
`;

/** Handlers of users, the type of their `ctx`, and what stands over the method: H is a handler of such a `ctx`. */
const handlers = String.raw`
wx.on("text", (ctx) => ctx.message.Content);
  Context<TextMessage>
  on<"text">(type: MaybeArray<"text">, HH)
wx.on(["image", "voice"], (ctx) => ctx.message.MediaId);
  Context<ImageMessage | VoiceMessage>
  on<"image" | "voice">(type: MaybeArray<"image" | "voice">, HH)
wx.onText((ctx) => ctx.text);
  Context<TextMessage>
  onText(H)
wx.onText("hi", (ctx) => ctx.match);
  Context<TextMessage> & Matched<"hi">
  onText<"hi">(trigger: Handler<Context<TextMessage>> | MaybeArray<"hi">, HH)
wx.onText(/^add (\d+)$/, (ctx) => ctx.match[1]);
  Context<TextMessage> & Matched<RegExp>
  onText<RegExp>(trigger: Handler<Context<TextMessage>> | MaybeArray<RegExp>, HH)
wx.onImage((ctx) => ctx.message.PicUrl);
  Context<ImageMessage>
  onImage(HH)
wx.onVoice((ctx) => ctx.text);
  Context<VoiceMessage>
  onVoice(HH)
wx.onVideo((ctx) => ctx.message.ThumbMediaId);
  Context<VideoMessage>
  onVideo(HH)
wx.onShortVideo((ctx) => ctx.message.ThumbMediaId);
  Context<ShortVideoMessage>
  onShortVideo(HH)
wx.onLocation((ctx) => ctx.message.Label);
  Context<LocationMessage>
  onLocation(HH)
wx.onLink((ctx) => ctx.message.Url);
  Context<LinkMessage>
  onLink(HH)
wx.onEvent("LOCATION", (ctx) => String(ctx.message.Latitude));
  Context<LocationEvent>
  onEvent<"LOCATION">(event: MaybeArray<"LOCATION">, H)
wx.onEvent(["SCAN", "CLICK"], (ctx) => ctx.message.EventKey);
  Context<ClickEvent | ScanEvent>
  onEvent<"CLICK" | "SCAN">(event: MaybeArray<"CLICK" | "SCAN">, H)
wx.onEvent("CLICK", /^buy_/, (ctx) => ctx.match[0]);
  Context<ClickEvent> & Matched<RegExp>
  onEvent<"CLICK", RegExp>(event: MaybeArray<"CLICK">, key: Handler<Context<ClickEvent>> | MaybeArray<RegExp>, HH)
wx.onSubscribe((ctx) => ctx.scene);
  Context<SubscribeEvent>
  onSubscribe(HH)
wx.onUnsubscribe((ctx) => ctx.store.delete(ctx.openid));
  Context<UnsubscribeEvent>
  onUnsubscribe(HH)
wx.onClick((ctx) => ctx.message.EventKey);
  Context<ClickEvent>
  onClick(H)
wx.onClick("TODAY", (ctx) => ctx.match);
  Context<ClickEvent> & Matched<"TODAY">
  onClick<"TODAY">(key: Handler<Context<ClickEvent>> | MaybeArray<"TODAY">, HH)
wx.onView((ctx) => console.log(ctx.message.EventKey));
  Context<ViewEvent>
  onView(H)
wx.onView("https://a.example/", (ctx) => console.log(ctx.match));
  Context<ViewEvent> & Matched<"https://a.example/">
  onView<"https://a.example/">(url: Handler<Context<ViewEvent>> | MaybeArray<"https://a.example/">, HH)
wx.onScan((ctx) => ctx.scene);
  ScanContext
  onScan(H)
wx.onScan("table", (ctx) => ctx.match);
  ScanContext & Matched<"table">
  onScan<"table">(scene: Handler<ScanContext> | MaybeArray<"table">, HH)
wx.hears("人工", (ctx) => ctx.match);
  Context<ClickEvent | TextMessage | VoiceMessage> & Matched<"人工">
  hears<"人工">(trigger: MaybeArray<"人工">, HH)
wx.fallback((ctx) => ctx.openid);
  Context<Answerable>
  fallback(H | Mountable<Context<Answerable>>, ...more: (Handler<Context<Answerable>> | Mountable<Context<Answerable>>)[])
wx.catch((error, ctx) => ctx.openid + error.message);
  Context<AnyMessage>
  catch(handler: (error: Error, ctx: Context<AnyMessage>) => MaybePromise<Result>)
counted.onText((ctx) => String(ctx.session.visits));
  Context<TextMessage> & SessionFlavor<{ visits: number; }>
  onText(H)
counted.onScan("table", (ctx) => String(ctx.session.visits));
  ScanContext & SessionFlavor<{ visits: number; }> & Matched<"table">
  onScan<"table">(scene: Handler<ScanContext & SessionFlavor<{ visits: number; }>> | MaybeArray<"table">, HH)
`;

/** Lines at the edge of a table, each with the lines below that are set in. */
const entries = (table: string) =>
  [...table.matchAll(/^(\S.*)\n((?: {2}.*\n)+)/gm)].map(([, line = "", below = ""]) => ({
    line,
    below: below
      .trimEnd()
      .split("\n")
      .map((text) => text.slice(2)),
  }));

describe("koa-wx in a user's editor", function () {
  this.timeout(60_000);
  let editor: Editor;

  before(async () => {
    const lines = [handlers, mistakes].flatMap(entries).map(({ line }) => line);
    editor = await Editor.open([head, ...lines, 'wx.on(["image", ""], () => "x");'].join("\n"));
  });
  after(() => editor.close());

  it("the names are offered where they go", async () => {
    const [messages, inList, events, keyed] = await Promise.all([
      editor.completions('wx.on("txt"', 'wx.on("'),
      editor.completions('wx.on(["image", ""]', '"image", "'),
      editor.completions('wx.onEvent("click"', 'wx.onEvent("'),
      editor.completions('wx.onEvent("MASSSENDJOBFINISH", "key"', 'wx.onEvent("'),
    ]);
    expect(messages).to.include.members([
      "text",
      "image",
      "voice",
      "video",
      "shortvideo",
      "location",
    ]);
    expect(messages).to.include.members(["link", "event"]);
    expect(messages).not.to.include("subscribe");
    expect(inList).to.deep.equal(messages);
    expect(events).to.include.members([
      "subscribe",
      "unsubscribe",
      "SCAN",
      "CLICK",
      "VIEW",
      "LOCATION",
    ]);
    expect(events).to.include.members(["TEMPLATESENDJOBFINISH", "subscribe_msg_popup_event"]);
    expect(keyed).to.include.members(["subscribe", "SCAN", "CLICK", "VIEW", "location_select"]);
    expect(keyed).not.to.include("MASSSENDJOBFINISH");
  });

  it("the fields, options and methods are offered where they go", async () => {
    const offered = {
      message: await editor.completions('wx.on("text", (ctx) => ctx.message.content', "message."),
      ctx: await editor.completions('wx.on("text", (ctx) => ctx.message.content', "=> ctx."),
      reply: await editor.completions("reply.txt", "reply."),
      options: await editor.completions('new Wechat({ appId: "wx1" }', "{ "),
      overflow: await editor.completions('new Wechat({ token: "AAAAA", overflow', 'overflow: "'),
      late: await editor.completions('new Wechat({ token: "AAAAA", deadline: { late', 'late: "'),
      media: await editor.completions("api.media.upload", 'upload("'),
      channels: await editor.completions("observe(", 'observe("'),
    };
    expect(offered.message).to.include.members(["Content", "FromUserName", "MsgId"]);
    expect(offered.ctx).to.include.members(["message", "text", "openid", "send", "file", "api"]);
    expect(offered.ctx).not.to.include("match");
    expect(offered.reply).to.have.members([
      ...["text", "image", "voice", "video", "music", "news", "transfer", "stream", "none", "raw"],
    ]);
    expect(offered.options).to.include.members([
      "token",
      "encodingAESKey",
      "appSecret",
      "deadline",
    ]);
    expect(offered.overflow).to.have.members(["error", "split", "truncate"]);
    expect(offered.late).to.have.members(["send", "collect", "drop"]);
    expect(offered.media).to.have.members(["image", "voice", "video", "thumb"]);
    expect(offered.channels).to.include.members(["koa-wx:push", "koa-wx:run"]);
  });

  it("every method for handlers shows its types in a line, and a sample", async () => {
    const shown = new Set<string>();
    for (const { line, below } of entries(handlers)) {
      const [ctx = "", signature = ""] = below;
      const [, bot = "", method = ""] = /^(\w+)\.(\w+)/.exec(line) ?? [];
      shown.add(method);
      const over = await editor.hover(line, method);
      const flavor = bot === "wx" ? "unknown" : "SessionFlavor<{ visits: number; }>";
      const whole = signature
        .replace("HH", `H, ...more: Handler<${ctx}>[]`)
        .replace(/\bH\b/, `handler: Handler<${ctx}>`);
      expect(over.declaration).to.equal(`(method) Router<${flavor}>.${whole}: Wechat<${flavor}>`);
      expect(over.comment.split("```")[0]?.trim(), line).to.match(/^[A-Z].*\.$/s);
      expect(over.comment, line).to.contain(`\`\`\`ts\nwx.${method}(`);
      expect((await editor.hover(line, "ctx")).declaration).to.equal(`(parameter) ctx: ${ctx}`);
    }
    const methods = await editor.completions('wx.on("txt"', "wx.");
    expect([...shown]).to.include.members(methods.filter((name) => /^on(?![a-z])/.test(name)));
    for (const method of ["use", "filter"]) {
      expect((await editor.hover(`wx.${method}(`, method)).comment).to.contain("```ts");
    }
  });

  it("what a context holds shows its type and a sentence", async () => {
    for (const [line, word, declaration] of [
      [
        'wx.on("text", (ctx) => ctx.message.Content',
        "message",
        "(property) Context<TextMessage>.message: TextMessage",
      ],
      [
        'wx.on("text", (ctx) => ctx.message.Content',
        "Content",
        "(property) TextMessage.Content: string",
      ],
      ["wx.onText((ctx) => ctx.text", "text", "(accessor) Context<TextMessage>.text: string"],
      [
        "wx.onVoice((ctx) => ctx.text",
        "text",
        "(accessor) Context<VoiceMessage>.text: string | undefined",
      ],
      ['wx.onText("hi", (ctx) => ctx.match', "match", '(property) match: "hi"'],
      ["wx.onText(/^add", "match", "(property) match: RegExpExecArray"],
      ["wx.onScan((ctx) => ctx.scene", "scene", "(property) ScanContext.scene: string"],
      [
        "counted.onText(",
        "session",
        "(property) SessionFlavor<{ visits: number; }>.session: { visits: number; }",
      ],
    ] as const) {
      const over = await editor.hover(line, word);
      expect(over.declaration).to.equal(declaration);
      expect(over.comment, line).to.match(/^[A-Z].*\./s);
    }
  });

  it("the first line of each mistake is short and says what is meant", async () => {
    const problems = await editor.problems();
    for (const { line, below } of entries(mistakes)) {
      const lines = problems.get(line)?.[0]?.split("\n") ?? [];
      const [first = ""] = lines;
      expect(lines.slice(0, below.length), line).to.deep.equal(below);
      expect(first.length, first).to.be.at.most(200);
      expect(lines.length, lines.join("\n")).to.be.at.most(6);
    }
    const lines = entries(mistakes).map(({ line }) => line);
    const others = [...problems.keys()].filter((line) => !lines.includes(line));
    expect(others).to.deep.equal(['wx.on(["image", ""], () => "x");']);
  });
});
