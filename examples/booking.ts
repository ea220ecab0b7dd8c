/**
 * A booking (预约): a dialogue of several questions, with a menu, a branch and a last look before it
 * is done. Send 预约; 上一步 goes back by one question, 取消 ends it.
 *
 *   npx tsx examples/booking.ts
 *
 * The dialogue's place is kept in the session: with REDIS_URL in Redis, so that it survives a restart
 * and a change of process. The other settings are those of echo.ts.
 */
import { Redis } from "ioredis";
import Koa from "koa";
import Router from "koa-router";
import { answer, flow, RedisStore, type SessionFlavor, session, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

/** What is remembered of a guest between two bookings. */
interface Guest {
  name?: string;
  bookings: string[];
}

const booking = flow<SessionFlavor<Guest>>("booking")
  .ask("name", "您好，请问怎么称呼您？", answer.text({ max: 20 }))
  .ask(
    "day",
    ({ answers }) => `${answers.name}，您想哪天来？请这样写：5月1日`,
    (ctx) => dayIn(ctx.text) ?? ctx.again("没看懂日期。请这样写：5月1日"),
  )
  .ask("guests", "一共几位？", answer.number({ min: 1, max: 30 }))
  .choose("seat", "您想坐哪里？", { hall: "大厅", room: "包间" })
  .branch("seat", {
    room: (way) => way.ask("minimum", "包间最低消费 500 元，可以吗？", answer.yes()),
  })
  .when(
    ({ guests }) => guests > 8,
    (way) => way.ask("phone", "人数较多，请留下手机号。", answer.matching(/^1\d{10}$/)),
  )
  .choose(
    "sure",
    ({ answers }) =>
      `${answers.day}，${answers.guests} 位，${answers.seat === "room" ? "包间" : "大厅"}。确认吗？`,
    { yes: "确认", day: "改日期", seat: "换座位", no: "不订了" },
    (ctx, choice) => {
      if (choice === "day") return ctx.change("day");
      if (choice === "seat") return ctx.change("seat");
      if (choice === "no") return ctx.leave("好的，没有预订。");
    },
  )
  .done(({ answers, session }) => {
    if (answers.seat === "room" && !answers.minimum) return "那就不订包间了，欢迎直接到店。";
    session.name = answers.name;
    session.bookings.push(answers.day);
    return `${answers.name}，已为您预订 ${answers.day}，${answers.guests} 位。`;
  });

const { REDIS_URL } = process.env;
const redis = REDIS_URL ? new Redis(REDIS_URL) : undefined;

const wx = new Wechat({ ...account, ...(redis ? { store: new RedisStore(redis) } : {}) })
  .use(session({ initial: (): Guest => ({ bookings: [] }) }))
  .use(booking);

// Who has been here before need not say the name again.
wx.onText(["预约", "预订"], (ctx) =>
  ctx.session.name ? booking.startWith(ctx, { name: ctx.session.name }) : booking.start(ctx),
);
wx.onClick("BOOK", booking.start);
wx.onScan("front-desk", booking.start);
wx.onText("我的预约", (ctx) => ctx.session.bookings.join("\n") || "您还没有预约。");
wx.fallback(() => "发「预约」订位，发「我的预约」查看。");

function dayIn(text: string | undefined): string | undefined {
  const [, month, day] =
    /^\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})\s*[日号]?\s*$/.exec(text ?? "") ?? [];
  const date = new Date(Date.UTC(2024, Number(month) - 1, Number(day)));
  // A day that does not exist, such as 2月30日, has become one of the next month.
  return date.getUTCMonth() === Number(month) - 1
    ? `${Number(month)}月${Number(day)}日`
    : undefined;
}

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));

// What is running comes to its end, then Redis may go.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => wx.close().then(() => redis?.disconnect()));
}
