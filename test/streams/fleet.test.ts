import { expect } from "chai";
import { type RedisServer, startRedis } from "../support/redis.js";
import { pause, until } from "../support/until.js";
import { Fleet, said, scale, turnPages, wholeOf, written } from "./fleet.js";
import { same } from "./stage.js";

const broken = "抱歉，刚才的回答中断了，请再发一次。";
const seconds = (count: number) => pause(count * 1_000 * scale);
/** Long enough for anything that is to come, on a machine that has other things to do. */
const patience = 60_000 * scale + 10_000;

/**
 * Two real processes on one real Redis, and the simulated WeChat in front of them: everything at once, each with a user of
 * its own.
 */
describe("async function*: answers that stream from two processes on one Redis", function () {
  this.timeout(300_000 * Math.max(scale, 0.4));
  let redis: RedisServer;
  let verified: Fleet;
  let unverified: Fleet;
  /** What goes on at the same time; a test waits for its own part. */
  const played: Record<string, Promise<void>> = {};

  before(async () => {
    redis = await startRedis();
    [verified, unverified] = await Promise.all([
      Fleet.start(redis.url, "wx0123456789abcdef", "service"),
      Fleet.start(redis.url, "wxfedcba9876543210", "unverified"),
    ]);
    for (const [name, play] of Object.entries({
      whole,
      lastElsewhere,
      fullElsewhere,
      gone,
      newer,
    })) {
      played[name] = play();
      played[name].catch(() => {});
    }
    // The processes that are killed have nothing else to do by then.
    const others = Promise.allSettled(Object.values(played));
    for (const [name, play] of Object.entries({ killed, killedUnverified })) {
      played[name] = others.then(play);
      played[name].catch(() => {});
    }
  });

  after(async () => {
    await verified?.stop();
    await unverified?.stop();
    await redis?.stop();
  });

  const whole = async () => {
    const user = unverified.user("whole", () => Math.floor(Math.random() * 2));
    const { text, banner, attempts } = await user.sends("6000 characters in 40 s");
    expect(banner).to.equal(undefined);
    expect(attempts).to.be.at.most(3);
    expect(text).to.match(/^(这是第1句话。|正在思考…)/);
    await turnPages(user, 4);
    same(wholeOf(user), written(6_000));
    expect(said(user).filter((one) => one === "正在思考…").length).to.be.at.most(1);
    expect(unverified.of(user, "began")).to.have.length(1);
  };

  const lastElsewhere = async () => {
    const user = verified.user("last", (delivery) => (delivery === 1 ? 0 : 1));
    const { text, attempts } = await user.sends("600 characters in 40 s");
    expect(attempts).to.equal(3);
    expect(text).to.match(/^这是第1句话。.*。$/s);
    await until(() => wholeOf(user).length >= written(600).length, patience);
    same(wholeOf(user), written(600));
    expect(verified.of(user, "began")).to.have.length(1);
  };

  const fullElsewhere = async () => {
    const user = verified.user("full", (delivery) => (delivery === 1 ? 0 : 1));
    const { text = "", attempts } = await user.sends("3000 characters in 20 s");
    expect(attempts).to.be.at.most(3);
    expect(text.length).to.be.greaterThan(600);
    await until(() => wholeOf(user).length >= written(3_000).length, patience);
    same(wholeOf(user), written(3_000));
    expect(said(user).length).to.be.at.most(6);
  };

  const stopsBy = async (name: string, act: "unfollows" | "asks") => {
    const user = verified.user(name);
    await user.follows();
    void user.sends("3000 characters in 60 s");
    await until(() => said(user).length > 0, patience);
    verified.route(user, () => 1);
    const at = performance.now();
    if (act === "unfollows") await user.unfollows();
    else expect((await user.sends("新的问题")).text).to.equal("新的回答。");
    await until(() => verified.of(user, "aborted").length > 0, 5_000);
    // 100 ms, and the ways that the push and the news have to go on a machine with much to do.
    expect((verified.of(user, "aborted")[0]?.at ?? 0) - at).to.be.below(600);
    const before = said(user).length;
    await seconds(20);
    expect(said(user).length).to.equal(before);
  };
  const gone = () => stopsBy("gone", "unfollows");
  const newer = () => stopsBy("newer", "asks");

  const killed = async () => {
    const begun = verified.user("begun", (delivery) => (delivery === 1 ? 0 : 1));
    const fresh = verified.user("fresh", (delivery) => (delivery === 1 ? 0 : 1));
    const { text = "" } = await begun.sends("600 characters in 60 s");
    expect(text).to.match(/^这是第1句话。/);
    const answered = fresh.sends("100 characters in 8 s");
    await until(() => verified.of(fresh, "began").length === 1, patience);
    await seconds(1);
    verified.kill(0);
    for (const user of [begun, fresh]) verified.route(user, () => 1);
    await answered;
    await until(() => wholeOf(fresh).length >= written(100).length, patience);
    await until(() => wholeOf(begun).includes(broken), patience);
    await seconds(8);
    same(wholeOf(fresh), written(100));
    expect(verified.of(fresh, "began")).to.have.length(2);
    expect(wholeOf(begun).split(broken)).to.have.length(2);
    const shown = wholeOf(begun).replace(broken, "").trim();
    expect(written(600).startsWith(shown)).to.equal(true);
    expect(verified.of(begun, "began")).to.have.length(1);
  };

  const killedUnverified = async () => {
    const user = unverified.user("begun", (delivery) => (delivery === 1 ? 0 : 1));
    const { text = "" } = await user.sends("600 characters in 60 s");
    expect(text).to.match(/^这是第1句话。/);
    await seconds(2);
    unverified.kill(0);
    unverified.route(user, () => 1);
    await pause(3_500);
    await seconds(10);
    await turnPages(user, 1);
    expect(wholeOf(user).split(broken)).to.have.length(2);
    const shown = wholeOf(user).replace(broken, "").trim();
    expect(written(600).startsWith(shown)).to.equal(true);
    expect(unverified.of(user, "began")).to.have.length(1);
  };

  it("reach the user whole, once and in order where the account may not send: 40 s and 6,000 characters", () =>
    played.whole);

  it("begin in the last delivery, also if that is at the other process, and go on from the first", () =>
    played.lastElsewhere);

  it("begin in the delivery at the other process as soon as the first message is full", () =>
    played.fullElsewhere);

  it("end at once when the user's unfollowing arrives at the other process", () => played.gone);

  it("give way to a newer question that arrives at the other process", () => played.newer);

  it("run again elsewhere when the process is killed before anything was shown, and are said to have broken off after that", () =>
    played.killed);

  it("are said once to have broken off where the user fetches them", () => played.killedUnverified);
});
