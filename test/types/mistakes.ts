/** Mistakes of users, and what is said of them: at least the first line. */
export const mistakes = `
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
  Type 'number' is not assignable to type 'object | Promise<object>'.
limit({ max: 3 });
  Object literal may only specify known properties, and 'max' does not exist in type 'LimitOptions'.
flow("a").ask("n", "?").done(() => {});
  Expected 3 arguments, but got 2.
flow("a").ask("n", "?", answer.text()).done(({ answers }) => answers.m);
  Property 'm' does not exist on type '{ readonly n: string; }'.
flow("a").ask("n", "?", answer.txt());
  Property 'txt' does not exist on type 'UsualAnswers'. Did you mean 'text'?
observe("koa-wx:runs", () => {});
  Argument of type '"koa-wx:runs"' is not assignable to parameter of type '"koa-wx:call" | "koa-wx:push" | "koa-wx:reply" | "koa-wx:run" | "koa-wx:store" | "koa-wx:token"'.
simulate(wx);
  Expected 2 arguments, but got 1.
simulate(wx, { token: "AAAAA", mode: "secure" });
  Type '"secure"' is not assignable to type '"compat" | "plain" | "safe"'.
`;
