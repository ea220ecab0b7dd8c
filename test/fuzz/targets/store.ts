import { answer, flow, session, Wechat, WechatError } from "../../../src/index.js";
import type { Target, Trace } from "../fuzz.js";
import { HostileStore } from "../hostile-store.js";
import { promised, readAnswer, seconds, sha1 } from "../oracle.js";
import { PassingTime } from "../passing-time.js";
import type { Random } from "../random.js";

const token = "STOREq7Zr2mX9kLw4Tb";
const appId = "wxstore";
/** More timers than that in one case are a circle. */
const mostTimers = 4_000;

/**
 * Two processes with a store into which somebody else writes as well, at every key that koa-wx uses:
 * whatever stands there, each push is answered in time and as WeChat takes it, errors say what is
 * wrong, nothing goes round in circles, and users whose keys are sound notice nothing.
 */
export const storeTarget: Target = {
  name: "store",
  share: 1,
  open: () => ({
    async run(random, trace) {
      const time = new PassingTime(seconds * 1000);
      const errors: unknown[] = [];
      const printed = console.error;
      // What no push waits for is reported there: late replies, and what another process is to handle.
      console.error = (error: unknown) => void errors.push(error);
      try {
        await play(random, trace, time, errors);
      } finally {
        await time.end();
        console.error = printed;
      }
    },
  }),
};

interface Push {
  readonly user: string;
  readonly said: string;
  readonly id: string;
  /** `CreateTime`. */
  readonly at: number;
}

async function play(
  random: Random,
  trace: Trace,
  time: PassingTime,
  errors: unknown[],
): Promise<void> {
  const hostile = new HostileStore(random, random.pick([0.02, 0.1, 0.4]));
  const processes = [1, 2].map(() => bot(hostile, errors));
  const trail: string[] = [];
  trace.input = { trail, planted: hostile.planted };
  let ids = 0;

  const deliver = async (push: Push, wx: Wechat) => {
    const controller = new AbortController();
    const request = { ...requestOf(push, random), signal: controller.signal };
    const answer = await trace.time(() => time.await(wx.receive(request), 5_000));
    controller.abort();
    await time.pass(0);
    return answer;
  };

  for (let moves = random.between(1, 3); moves > 0; moves--) {
    const said = random.pick(sayings);
    const push = { user: "oAlice", said, id: String(++ids), at: secondsNow() };
    trail.push(said);
    for (let delivery = 1; delivery <= 3; delivery++) {
      const given = await deliver(push, random.pick(processes));
      if (given === undefined) {
        promised(delivery < 3, "the last delivery was not answered");
        continue;
      }
      const { status, body } = given;
      promised(status === 200 || status === 403, `the status is ${status}`);
      if (status === 200 && body !== "success") check(body);
      break;
    }
    await time.pass(random.pick([0, 1, 15, 70]) * 1000);
    promised(time.fired < mostTimers, "timers without end");
  }
  hostile.rate = 0;
  const bobs = { user: "oBob", said: "count", id: "1", at: secondsNow() };
  const sound = await deliver(bobs, random.pick(processes));
  promised(sound?.body.includes("count 1") === true, `another user got ${sound?.body}`);
  for (const wx of processes) void wx.close({ timeout: 0 });
  await time.pass(0);
  for (const error of errors) {
    if (!(error instanceof WechatError)) throw error;
    promised(!/hostile|planted|\b1699999\d+/.test(error.message), "an error quotes the store");
  }
}

const sayings = ["count", "count", "slow", "late", "long", "继续", "book", "2", "取消", "call"];

function bot(hostile: HostileStore, errors: unknown[]): Wechat {
  const wx = new Wechat({
    token,
    appId,
    appSecret: "fuzz-secret",
    store: hostile.connect(),
    overflow: "split",
    deadline: { late: "collect", onTimeout: () => "please wait" },
    api: { fetch: wechat },
  });
  const booking = flow("booking")
    .ask("guests", "How many?", answer.number())
    .choose("seat", "Where?", { hall: "Hall", room: "Room" })
    .done(({ answers }) => `booked ${typeof answers.guests} ${typeof answers.seat}`);
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  wx.use(session({ initial: () => ({ count: 0 }) }))
    .use(booking)
    .onText("book", booking.start)
    .onText("count", (ctx) => {
      ctx.session.count = (Number(ctx.session.count) || 0) + 1;
      return `count ${ctx.session.count}`;
    })
    .onText("slow", async () => {
      await sleep(6_000);
      return "slow";
    })
    .onText("late", async () => {
      await sleep(20_000);
      return "late";
    })
    .onText("long", () => "a long text. ".repeat(400))
    .onText("call", async (ctx) => {
      const { openid } = await ctx.api.users.get("oAlice");
      const { signature } = await ctx.api.jssdk.sign("https://example.com/");
      return `called ${openid} ${signature.length} ${await ctx.account.can("menu")}`;
    })
    .on("text", () => "heard");
  wx.catch((error) => {
    errors.push(error);
    return "sorry";
  });
  return wx;
}

const wechat = async (url: string) =>
  Response.json(
    url.includes("/user/info")
      ? { subscribe: 1, openid: "oAlice" }
      : { access_token: "TOKEN", ticket: "TICKET", expires_in: 7200, errcode: 0 },
  );

/** A reply to a text is one that WeChat takes. */
function check(body: string): void {
  const { MsgType, Content = "", ...others } = readAnswer(body);
  promised(others.ToUserName === "oAlice" && others.FromUserName === "gh_1", "another address");
  promised(MsgType !== "text" || Content !== "", "an empty text");
  promised(Buffer.byteLength(Content) <= 2_048, "the text is longer than WeChat takes");
  promised(!/undefined|\[object|NaN/.test(body), `a reply of nothing: ${body.slice(0, 300)}`);
}

const secondsNow = () => Math.floor(Date.now() / 1000);

function requestOf({ user, said, id, at }: Push, random: Random) {
  const [timestamp, nonce] = [String(secondsNow()), `${random.next()}${random.next()}`];
  const query = { signature: sha1(token, timestamp, nonce), timestamp, nonce };
  const body = `<xml><ToUserName>gh_1</ToUserName><FromUserName>${user}</FromUserName><CreateTime>${at}</CreateTime><MsgType>text</MsgType><Content>${said}</Content><MsgId>${id}</MsgId></xml>`;
  return { method: "POST", query, body };
}
