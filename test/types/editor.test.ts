/** What a user's editor shows: the names it offers, what stands over a name, and what it says of a mistake. */
import { expect } from "chai";
import { Editor } from "../support/editor.js";

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

/** Mistakes of users, and what is said of them: at least the first line. */
const mistakes = `
wx.on("txt", () => "x");
  Argument of type '"txt"' is not assignable to parameter of type 'MaybeArray<"event" | "image" | "link" | "location" | "text" | "video" | "voice" | OtherMessageType>'.
wx.on("subscribe", () => "x");
  Argument of type '"subscribe"' is not assignable to parameter of type 'MaybeArray<"event" | "image" | "link" | "location" | "text" | "video" | "voice" | OtherMessageType>'.
wx.onEvent("click", () => "x");
  Argument of type '"click"' is not assignable to parameter of type 'MaybeArray<"CLICK" | "LOCATION" | "SCAN" | "VIEW" | "subscribe" | "unsubscribe" | OtherEventType>'.
wx.onEvent("text", () => "x");
  Argument of type '"text"' is not assignable to parameter of type 'MaybeArray<"CLICK" | "LOCATION" | "SCAN" | "VIEW" | "subscribe" | "unsubscribe" | OtherEventType>'.
wx.onEvent("MASSSENDJOBFINISH", "key", () => "x");
  Argument of type '"MASSSENDJOBFINISH"' is not assignable to parameter of type 'MaybeArray<"CLICK" | "SCAN" | "VIEW" | "subscribe" | OtherKeyedEvent>'.
const typed: MessageHandler<"txt"> = () => "x";
  Type '"txt"' does not satisfy the constraint '"event" | "image" | "link" | "location" | "text" | "video" | "voice" | OtherMessageType'.
wx.on("text", () => 42);
  Type 'number' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", async () => 42);
  Type 'Promise<number>' is not assignable to type 'MaybePromise<Result>'.
    Type 'Promise<number>' is not assignable to type 'Promise<Result>'.
      Type 'number' is not assignable to type 'Result'.
wx.on("text", () => null);
  Type 'null' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", () => ({ content: "x" }));
  Type '{ content: string; }' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", () => ({ type: "txt", content: "x" }));
  Type '{ type: "txt"; content: string; }' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", (ctx) => ctx.message);
  Type 'TextMessage' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", (ctx) => ctx.openid === "o1" && "x");
  Type 'string | boolean' is not assignable to type 'MaybePromise<Result>'.
wx.onText("hi", async () => 42);
  Type 'Promise<number>' is not assignable to type 'MaybePromise<Result>'.
wx.onClick(/x/, () => true);
  Type 'boolean' is not assignable to type 'MaybePromise<Result>'.
wx.onScan("x", () => 1);
  Type 'number' is not assignable to type 'MaybePromise<Result>'.
wx.use(async () => 42);
  Argument of type '() => Promise<number>' is not assignable to parameter of type 'Handler<Context<AnyMessage>> | Mountable<Context<AnyMessage>>'.
wx.fallback(() => 42);
  Argument of type '() => number' is not assignable to parameter of type 'Handler<Context<Answerable>> | Mountable<Context<Answerable>>'.
wx.filter(() => true, () => 42);
  Argument of type '() => number' is not assignable to parameter of type 'Handler<Context<AnyMessage>> | Mountable<Context<AnyMessage>>'.
wx.onText("hi", "hello");
  Argument of type 'string' is not assignable to parameter of type 'Handler<Context<TextMessage> & Matched<"hi">>'.
wx.onSubscribe("welcome");
  Argument of type 'string' is not assignable to parameter of type 'Handler<Context<SubscribeEvent>>'.
wx.onText(1, () => "x");
  Argument of type 'number' is not assignable to parameter of type 'Handler<Context<TextMessage>> | MaybeArray<Trigger>'.
wx.on("text");
  Expected at least 2 arguments, but got 1.
wx.filter((ctx) => ctx.text, () => "x");
  Type 'string | undefined' is not assignable to type 'MaybePromise<boolean>'.
wx.use(wx.middleware());
  Argument of type 'Middleware' is not assignable to parameter of type 'Handler<Context<AnyMessage>> | Mountable<Context<AnyMessage>>'.
wx.on("text", (ctx) => ctx.message.content);
  Property 'content' does not exist on type 'TextMessage'. Did you mean 'Content'?
wx.on("image", (ctx) => ctx.message.Content);
  Property 'Content' does not exist on type 'ImageMessage'.
wx.onScan((ctx) => ctx.nothing);
  Property 'nothing' does not exist on type 'ScanContext'.
wx.onText("hi", (ctx) => ctx.nothing);
  Property 'nothing' does not exist on type 'Context<TextMessage> & Matched<"hi">'.
wx.onText((ctx) => ctx.match);
  Property 'match' does not exist on type 'Context<TextMessage>'.
wx.onVoice((ctx) => ctx.text.trim());
  'ctx.text' is possibly 'undefined'.
wx.on("text", (ctx) => ctx.session.visits);
  Property 'session' does not exist on type 'Context<TextMessage>'.
wx.on("text", (ctx) => { ctx.body = "x"; });
  Property 'body' does not exist on type 'Context<TextMessage>'.
counted.on("text", (ctx) => ctx.session.count);
  Property 'count' does not exist on type '{ visits: number; }'.
wx.use(booking);
  Argument of type 'Flow<SessionFlavor<object>, Partial<{ readonly guests: number; }>>' is not assignable to parameter of type 'Handler<Context<AnyMessage>> | Mountable<Context<AnyMessage>>'.
new Router().use(new Router<{ visits: number }>());
  Argument of type 'Router<{ visits: number; }>' is not assignable to parameter of type 'Handler<Context<AnyMessage>> | Mountable<Context<AnyMessage>>'.
wx.on("image", async (ctx) => ctx.file().data);
  Property 'data' does not exist on type 'Promise<ReceivedFile>'.
wx.on("text", async (ctx) => ctx.api.users.get(ctx.openid).remark);
  Property 'remark' does not exist on type 'Promise<UserInfo>'.
wx.on("text", (ctx) => ctx.api.qrcode.create({ scene: "a" }));
  Type 'Promise<Qrcode>' is not assignable to type 'MaybePromise<Result>'.
wx.on("text", (ctx) => ctx.send(42));
  Argument of type 'number' is not assignable to parameter of type 'string | FileReply | Reply'.
reply.txt("a");
  Property 'txt' does not exist on type 'Replies'. Did you mean 'text'?
reply.image({ path: "a.png" });
  Object literal may only specify known properties, and 'path' does not exist in type 'SentFile'.
reply.news({ description: "x" });
  Argument of type '{ description: string; }' is not assignable to parameter of type 'Article | readonly Article[]'.
reply.news({ title: "x", picurl: "y" });
  Object literal may only specify known properties, and 'picurl' does not exist in type 'Article | readonly Article[]'.
reply.music({ title: "x" });
  Property 'thumbMediaId' is missing in type '{ title: string; }' but required in type 'Music<string | SentFile>'.
reply.video("id", "title");
  Type '"title"' has no properties in common with type 'VideoText'.
new Wechat({ appId: "wx1" });
  Argument of type '{ appId: string; }' is not assignable to parameter of type 'AccountResolver | CloudHostedOptions | WechatOptions'.
    Property 'token' is missing in type '{ appId: string; }' but required in type 'WechatOptions'.
new Wechat({ token: 5 });
  Type 'number' is not assignable to type 'string | readonly string[]'.
new Wechat({ token: process.env.WECHAT_TOKEN });
  Type 'string | undefined' is not assignable to type 'string | readonly string[]'.
new Wechat({ token: "AAAAA", appid: "wx1" });
  Object literal may only specify known properties, and 'appid' does not exist in type 'AccountResolver | CloudHostedOptions | WechatOptions'.
new Wechat({ token: "AAAAA", encodingAesKey: "x" });
  Object literal may only specify known properties, and 'encodingAesKey' does not exist in type 'AccountResolver | CloudHostedOptions | WechatOptions'.
new Wechat({ token: "AAAAA", overflow: "cut" });
  Type '"cut"' is not assignable to type '"error" | "split" | "truncate" | undefined'.
new Wechat({ token: "AAAAA", deadline: { late: "sent" } });
  Type '"sent"' is not assignable to type 'LatePolicy<Context<AnyMessage>> | undefined'.
new Wechat({ token: "AAAAA", deadline: { timeout: 5 } });
  Object literal may only specify known properties, but 'timeout' does not exist in type 'DeadlineOptions<Context<AnyMessage>>'. Did you mean to write 'onTimeout'?
new Wechat({ token: "AAAAA", store: "redis://localhost" });
  Type 'string' is not assignable to type 'Store'.
new Wechat(() => ({ token: "AAAAA" }));
  Argument of type '() => { token: string; }' is not assignable to parameter of type 'AccountResolver | CloudHostedOptions | WechatOptions'.
new RedisStore("redis://localhost");
  Argument of type 'string' is not assignable to parameter of type 'RedisClient'.
api.customerService.sendText("o1");
  Expected 2-3 arguments, but got 1.
api.customerService.send({ touser: "o1", msgtype: "txt", text: { content: "x" } });
  Type '"txt"' is not assignable to type '"image" | "miniprogrampage" | "mpnews" | "mpnewsarticle" | "msgmenu" | "music" | "news" | "text" | "video" | "voice" | "wxcard"'. Did you mean '"text"'?
api.templates.send({ touser: "o1", template_id: "t", data: { first: "x" } });
  Type 'string' is not assignable to type '{ readonly value: string; readonly color?: string; }'.
api.menu.sync({ buttons: [] });
  Object literal may only specify known properties, but 'buttons' does not exist in type 'MenuSet'. Did you mean to write 'button'?
api.menu.sync({ button: [{ type: "click", name: "x" }] });
  Type '{ type: "click"; name: string; }' is not assignable to type 'MenuButton'.
api.media.upload("photo.jpg", "image");
  Argument of type '"photo.jpg"' is not assignable to parameter of type '"image" | "thumb" | "video" | "voice"'.
api.material.all("picture");
  Argument of type '"picture"' is not assignable to parameter of type '"image" | "news" | "video" | "voice"'.
createClient({ appid: "wx1", secret: "s" });
  Object literal may only specify known properties, but 'appid' does not exist in type 'ClientOptions'. Did you mean to write 'appId'?
wx.oauth({ baseUrl: "https://a.example", scope: "userinfo" });
  Type '"userinfo"' is not assignable to type '"snsapi_base" | "snsapi_userinfo"'.
wx.jssdk({ jsApiList: ["scanQRCode"] });
  Property 'allow' is missing in type '{ jsApiList: string[]; }' but required in type 'JssdkOptions'.
session({ initial: () => 0 });
  Type 'number' is not assignable to type 'object'.
limit({ max: 3 });
  Object literal may only specify known properties, and 'max' does not exist in type 'LimitOptions'.
flow("a").ask("n", "?").done(() => {});
  Expected 3 arguments, but got 2.
flow("a").ask("n", "?", answer.text()).done(({ answers }) => answers.m);
  Property 'm' does not exist on type '{ readonly n: string; }'.
flow("a").ask("n", "?", answer.txt());
  Property 'txt' does not exist on type 'UsualAnswers'. Did you mean 'text'?
observe("koa-wx:runs", () => {});
  Argument of type '"koa-wx:runs"' is not assignable to parameter of type '"koa-wx:call" | "koa-wx:push" | "koa-wx:reply" | "koa-wx:run" | "koa-wx:token"'.
simulate(wx);
  Expected 2 arguments, but got 1.
simulate(wx, { token: "AAAAA", mode: "secure" });
  Type '"secure"' is not assignable to type '"compat" | "plain" | "safe"'.
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

describe("In a user's editor", function () {
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
