import { MemoryStore, session, Wechat } from "../../../src/index.js";
import { parseXml } from "../../../src/wire/xml/xml.js";
import type { Target, Trace } from "../fuzz.js";
import { promised, seconds, sha1 } from "../oracle.js";
import { PassingTime } from "../passing-time.js";
import type { Random } from "../random.js";
import { asShared } from "../shared-store.js";

const tenants = [
  { appId: "wxgood", token: "GOODq7Zr2mX9kLw4Tb" },
  { appId: "wxevil", token: "EVILq7Zr2mX9kLw4Tb" },
] as const;
type Name = (typeof tenants)[number]["appId"];

/** The same person's OpenID differs between accounts; whoever has a Token can claim any. */
const users = ["oAlice", "oBob", "wxgood:oAlice", "oAlice}:1", "{oAlice}", "__proto__", "*"];
const ids = ["1", "2", "3", "4", "5"];

/**
 * Two accounts with the same handlers and one store, of which one does with its own Token what it
 * likes: users, ids and times of its own making. Whatever that is, the other one's users get what
 * was remembered for them, at the delivery that is theirs, and nobody else does.
 */
export const tenantsTarget: Target = {
  name: "tenants",
  share: 1,
  open: () => ({
    async run(random, trace) {
      const time = new PassingTime(seconds * 1000);
      try {
        await play(random, trace, time);
      } finally {
        await time.end();
      }
    },
  }),
};

interface Push {
  readonly to: Name;
  readonly user: string;
  readonly said: string;
  readonly id: string;
  /** `CreateTime`. */
  readonly at: number;
  readonly signedBy: Name;
}

async function play(random: Random, trace: Trace, time: PassingTime): Promise<void> {
  const isShared = random.chance(0.5);
  const wx = bot(new MemoryStore(), isShared);
  /** What the honest account has remembered for its users. */
  const known = new Map<string, string>();
  const trail: object[] = [];
  trace.input = trail;

  const deliver = async (push: Push) => {
    trail.push(push);
    const controller = new AbortController();
    const request = { ...requestOf(push, random), signal: controller.signal };
    const answer = await trace.time(() => time.await(wx.receive(request), 5_000));
    controller.abort();
    await time.pass(0);
    return answer;
  };

  for (let moves = random.between(3, 7); moves > 0; moves--) {
    if (random.chance(0.3)) await time.pass(random.pick([1, 5, 30, 70, 200]) * 1000);
    const signedBy = random.pick(tenants).appId;
    const isEvil = signedBy === "wxevil";
    const push: Push = {
      signedBy,
      to: isEvil && random.chance(0.15) ? "wxgood" : signedBy,
      user: isEvil ? random.pick(users) : random.pick(users.slice(0, 2)),
      said: random.pick(["recall", "slow", `remember ${signedBy}${random.below(1000)}`]),
      id: isEvil ? random.pick(ids) : `${random.next()}${random.next()}`,
      at:
        Math.floor(Date.now() / 1000) +
        (isEvil ? random.pick([0, 0, -5, -11, 5, 11, 290, -290, 1e9, -1e9]) : 0),
    };
    const answer = await deliver(push);
    if (push.to !== signedBy) {
      promised(answer?.status === 403, "an account has taken another one's push");
      continue;
    }
    if (isEvil) {
      promised(!textOf(answer?.body).includes("wxgood"), "an account was told what another knows");
      continue;
    }
    if (push.said === "slow") {
      // Its own delivery tells how old it is, and nobody else's does.
      promised(answer === undefined, "the first delivery of a slow push was answered");
      const again = await deliver(push);
      promised(textOf(again?.body) === "slow", "the second delivery has not got the reply");
      continue;
    }
    promised(answer?.status === 200, `an honest push was answered with ${answer?.status}`);
    const [, what] = /^remember (.*)$/.exec(push.said) ?? [];
    if (what !== undefined) known.set(push.user, what);
    const right = what ?? known.get(push.user) ?? "nothing";
    promised(textOf(answer.body) === right, `a user got ${textOf(answer.body)}, not ${right}`);
  }
  void wx.close({ timeout: 0 });
  await time.pass(0);
}

function bot(store: MemoryStore, isShared: boolean): Wechat {
  const accounts = ({ path }: { readonly path: string }) =>
    tenants.find(({ appId }) => path === `/${appId}`);
  const wx = new Wechat(accounts, {
    store: isShared ? asShared(store) : store,
    deadline: { late: () => {} },
  });
  const remembering = session({ initial: () => ({ what: "nothing" }) });
  wx.use(remembering).on("text", async (ctx) => {
    const { session, text } = ctx;
    if (text === "slow") {
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      return "slow";
    }
    const [, what] = /^remember (.*)$/.exec(text) ?? [];
    if (what !== undefined) session.what = what;
    return session.what;
  });
  return wx;
}

function requestOf({ to, user, said, id, at, signedBy }: Push, random: Random) {
  const token = tenants.find(({ appId }) => appId === signedBy)?.token ?? "";
  const now = Math.floor(Date.now() / 1000);
  const [timestamp, nonce] = [String(now), `${random.next()}${random.next()}`];
  const query = { signature: sha1(token, timestamp, nonce), timestamp, nonce };
  const body = `<xml><ToUserName>gh_1</ToUserName><FromUserName><![CDATA[${user}]]></FromUserName><CreateTime>${at}</CreateTime><MsgType>text</MsgType><Content>${said}</Content><MsgId>${id}</MsgId></xml>`;
  return { method: "POST", path: `/${to}`, query, body };
}

function textOf(body: string | undefined): string {
  return body?.startsWith("<xml>") ? String(parseXml(body).Content) : String(body);
}
