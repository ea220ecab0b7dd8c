import { expect } from "chai";
import type { AnyMessage } from "../../src/message/messages.js";
import { checkAnswer } from "./answer.js";
import { accounts, type Bot, startBot } from "./bot.js";
import { describeFailure, fuzz, type Target } from "./fuzz.js";
import { Finding, seconds, sha1 } from "./oracle.js";
import { Random } from "./random.js";
import { targets } from "./targets.js";

/** Takes so many milliseconds of processor time, and asks seldom how many it was: to ask takes longer than to count. */
function work(ms: number): void {
  const begun = process.cpuUsage();
  const isOver = () => {
    const { user, system } = process.cpuUsage(begun);
    return user + system >= ms * 1_000;
  };
  while (!isOver()) for (let left = 100_000; left > 0; left--);
}

/** The same cases each time, so that a change is judged by nothing but itself; `npm run fuzz` has others. */
const seed = 20_240_601;

describe("npm run fuzz: mutations of everything that comes from outside", function () {
  this.timeout(180_000);

  it("break nothing and get nothing accepted that was not signed, in ten thousand cases", async () => {
    const { cases, failures } = await fuzz({ seed, cases: 10_000, targets });
    if (failures.length > 0) {
      expect.fail(failures.map((failure) => describeFailure(failure, 20_000)).join("\n\n"));
    }
    const shares = Object.fromEntries(targets.map(({ name, share }) => [name, share * 100]));
    expect(cases).to.deep.equal(shares);
  });

  it("are judged by what must not be: what is unsigned accepted, a plain push in 安全模式, a wrong reply", () => {
    const [open, safe] = accounts.map(startBot) as [Bot, Bot];
    const [timestamp, nonce] = [String(seconds), "1"];
    const query = (bot: Bot, more = "") => {
      const signature = sha1(bot.secrets.tokens[0] as string, timestamp, nonce);
      return `signature=${signature}&timestamp=${timestamp}&nonce=${nonce}${more}`;
    };
    const body = "<xml><FromUserName>a</FromUserName></xml>";
    const judge = (bot: Bot, text: string, answer = "success", status = 200) => {
      const request = { method: "POST", query: text, body };
      return () => checkAnswer(request, { status, body: answer }, bot);
    };
    expect(judge(open, query(open))).not.to.throw();
    expect(judge(open, "signature=x")).to.throw(Finding, "not signed");
    expect(judge(open, query(open, "&nonce=2"))).to.throw(Finding, "not signed");
    expect(judge(safe, query(safe))).to.throw(Finding, "安全模式");
    expect(judge(open, query(open), "<xml/>")).to.throw(Finding, "no handler ran");
    expect(judge(open, query(open), "", 500)).to.throw(Finding, "the status is 500");
    const message = { FromUserName: "a", ToUserName: "b", MsgType: "text" };
    open.seen = [message as unknown as AnyMessage];
    const toAnother = "<xml><ToUserName>c</ToUserName></xml>";
    expect(judge(open, query(open), toAnother)).to.throw(Finding, "somebody else");
  });

  it("are the same for the same seed and number, whatever ran before", async () => {
    const seen: string[] = [];
    const target: Target = {
      name: "numbers",
      share: 100,
      open: () => ({
        run(random) {
          seen.push(`${random.next()} ${random.between(1, 6)} ${random.bytes(4).toString("hex")}`);
        },
      }),
    };
    await fuzz({ seed: 7, cases: 20, targets: [target] });
    await fuzz({ seed: 7, cases: 1, from: 13, targets: [target] });
    expect(new Set(seen).size).to.equal(20);
    expect(seen[20]).to.equal(seen[13]);
  });

  it("are reported when they break something, stall or leave a rejection behind", async () => {
    const faulty: Target = {
      name: "faulty",
      share: 100,
      open: () => ({
        run(random, trace) {
          trace.input = "the input";
          const way = random.below(3);
          if (way === 0) throw new Error("broken");
          if (way === 1) void Promise.reject(new Error("nobody looks"));
          if (way === 2) trace.time(() => work(90));
        },
      }),
    };
    const { failures } = await fuzz({ seed: 1, cases: 4, targets: [faulty] });
    const reasons = failures.map(({ reason }) => reason.split("\n")[0]).join();
    expect(reasons).to.contain("broken").and.contain("nobody looks").and.contain("a stall");
    expect(failures[0]).to.include({ seed: 1, target: "faulty", input: "the input" });
    expect(new Random(1, 0).next()).to.equal(new Random(1, 0).next());
  });
});
