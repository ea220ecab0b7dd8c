import { MemoryStore, type Store, Wechat } from "../../../src/index.js";
import { accounts } from "../bot.js";
import type { Target, Trace } from "../fuzz.js";
import { nastyText } from "../mutate.js";
import {
  encrypt,
  openAnswer,
  promised,
  readAnswer,
  type Secrets,
  seconds,
  sha1,
} from "../oracle.js";
import { PassingTime } from "../passing-time.js";
import type { Random } from "../random.js";
import { asShared } from "../shared-store.js";

/** Another account on the same store, whose Token and key are its own. */
const stranger: Secrets = {
  tokens: ["OTHERk5OfTheFuzzer"],
  appId: "wxother",
  key: "zyxwvutsrqponmlkjihgfedcba9876543210ZYXWVUT",
  acceptPlain: true,
};

/** A request as somebody has overheard it. */
interface Overheard {
  readonly method: "POST" | "GET";
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  /** The timestamp, in seconds. */
  readonly at: number;
}

/**
 * Requests that come again, at any time, with the same bytes or with others, to the same process, to
 * another one, or to another account on the same store: handlers run once, and nothing is answered
 * but the same reply or `success`.
 */
export const replayTarget: Target = {
  name: "replay",
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

async function play(random: Random, trace: Trace, time: PassingTime): Promise<void> {
  const secrets = random.pick(accounts);
  const store = random.chance(0.5) ? new MemoryStore() : asShared(new MemoryStore());
  const ran: string[] = [];
  const takes = random.chance(0.6) ? 0 : random.pick([1_000, 6_000, 12_000, 30_000]);
  const start = (of: Secrets) =>
    bot(of, store, async (said) => {
      ran.push(said);
      if (said === "true" && takes > 0) await new Promise((resolve) => setTimeout(resolve, takes));
      return `reply to ${said}`;
    });
  const processes = (store.shared ? [secrets, secrets] : [secrets]).map(start);
  const foreign = start(stranger);
  const trail: string[] = [`${secrets.appId}, ${processes.length} processes, ${takes} ms`];
  trace.input = trail;

  const now = () => Math.floor(Date.now() / 1000);
  const deliver = async (wx: Wechat, { method, query, body }: Overheard) => {
    const controller = new AbortController();
    const { signal } = controller;
    const answer = await time.await(wx.receive({ method, query, body, signal }), 5_000);
    controller.abort();
    await time.pass(0);
    return answer;
  };

  const push = overheard(secrets, textPush("true", random), now(), random);
  const replies = new Set<string>();
  const begun = now();
  for (let moves = random.between(2, 6); moves > 0; moves--) {
    const wait = random.pick([0, 0, 1, 4, 5, 20, 40, 70, 150, 290, 400]);
    await time.pass(wait * 1000);
    const age = now() - push.at;
    if (now() - begun > 620) break;
    const wx = random.pick(processes);
    const kind = trail.length === 1 ? "again" : random.pick(kinds);
    trail.push(`after ${now() - begun} s: ${kind}`);
    if (kind === "honest") {
      for (let left = random.pick([1, 5, 30]); left > 0; left--) {
        await deliver(wx, overheard(secrets, textPush("honest", random), now(), random));
      }
      continue;
    }
    if (kind === "foreign") {
      const answer = await deliver(foreign, push);
      promised(answer?.status === 403, "a push was taken by another account");
      continue;
    }
    const request = kind === "again" ? push : forged(push, secrets, kind, random);
    const answer = await trace.time(() => deliver(wx, request));
    const isTaken = answer === undefined || answer.status === 200;
    // A nonce may be a timestamp; then it is the same request with its parameters in another order.
    const isSame = kind === "again" || kind === "swapped";
    if (!isSame) promised(!isTaken || kind === "echo", `a forged request was taken: ${kind}`);
    if (kind === "again" && age < 299) promised(isTaken, "a repetition was refused");
    if (kind === "again" && age > 301) promised(!isTaken, "a stale request was taken");
    if (isAnswered(answer?.body)) {
      promised(isSame, `a reply to a forged request: ${kind}`);
      replies.add(replyIn(answer?.body ?? "", secrets));
    }
    promised(ran.filter((said) => said === "true").length <= 1, "handlers ran again");
    promised(!ran.includes("forged"), "handlers ran for a forged message");
    promised(
      [...replies].every((text) => text === "reply to true"),
      "another reply",
    );
  }
  for (const wx of [...processes, foreign]) void wx.close({ timeout: 0 });
  await time.pass(0);
}

const kinds = [
  "again",
  "again",
  "again",
  "again",
  "honest",
  "foreign",
  "other body",
  "plain body",
  "echo",
  "swapped",
  "other method",
] as const;

const isAnswered = (body: string | undefined) => body?.startsWith("<xml>") === true;

function replyIn(body: string, secrets: Secrets): string {
  const { key } = secrets;
  const isSealed = key !== undefined && body.includes("<Encrypt>");
  return readAnswer(isSealed ? openAnswer(body, { ...secrets, key }) : body).Content ?? "";
}

/** What somebody makes of a request who has seen it, and knows neither Token nor key. */
function forged(push: Overheard, secrets: Secrets, kind: string, random: Random): Overheard {
  const { query, body } = push;
  const plain = textPush("forged", random);
  switch (kind) {
    case "plain body":
      return { ...push, body: plain };
    case "echo":
      return {
        ...push,
        method: "GET",
        query: {
          ...query,
          echostr: random.chance(0.5)
            ? "5927782489442352469"
            : (/CDATA\[([\w+/=]+)/.exec(body)?.[1] ?? "1"),
        },
      };
    case "swapped": {
      const { timestamp = "", nonce = "" } = query;
      return { ...push, query: { ...query, timestamp: nonce, nonce: timestamp } };
    }
    case "other method":
      return { ...push, method: "GET" };
    default: {
      if (secrets.key === undefined) return { ...push, body: plain };
      // Another cipher text, such as somebody makes of blocks that were overheard.
      const other = encrypt(Buffer.from(plain), secrets.key, {
        random: random.bytes(16),
        appId: secrets.appId,
      });
      return { ...push, body: envelope(other) };
    }
  }
}

function overheard(secrets: Secrets, xml: string, at: number, random: Random): Overheard {
  const { key, appId } = secrets;
  const timestamp = String(at);
  const nonce = random.chance(0.9)
    ? String(random.between(1e8, 2e9))
    : String(at + random.below(9));
  const token = random.pick(secrets.tokens);
  const query = { signature: sha1(token, timestamp, nonce), timestamp, nonce, openid: "oUser" };
  const isPlain = key === undefined || (secrets.acceptPlain && random.chance(0.3));
  if (isPlain) return { method: "POST", query, body: xml, at };
  const sealed = encrypt(Buffer.from(xml), key, { random: random.bytes(16), appId });
  const msg_signature = sha1(token, timestamp, nonce, sealed);
  return { method: "POST", query: { ...query, msg_signature }, body: envelope(sealed), at };
}

const envelope = (sealed: string) => `<xml><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;

function textPush(said: string, random: Random): string {
  // Sealed, and in three bytes a character, it stays below the limit of a body.
  const extra = nastyText(random).replaceAll("]]>", "").slice(0, 10_000);
  const more = random.chance(0.2) ? `<Extra><![CDATA[${extra}]]></Extra>` : "";
  const kind = random.chance(0.8)
    ? `<MsgType>text</MsgType><Content>${said}</Content><MsgId>${random.next()}${random.next()}</MsgId>`
    : `<MsgType>event</MsgType><Event>CLICK</Event><EventKey>${said}</EventKey><Id>${random.next()}</Id>`;
  return `<xml><ToUserName>gh_1</ToUserName><FromUserName>oUser</FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime>${kind}${more}</xml>`;
}

function bot(
  { tokens, appId, key, acceptPlain }: Secrets,
  store: Store,
  answer: (said: string) => Promise<string>,
): Wechat {
  const wx = new Wechat({
    token: tokens,
    appId,
    ...(key === undefined ? {} : { encodingAESKey: key, acceptPlain }),
    store,
    deadline: { late: () => {} },
  });
  wx.on("text", (ctx) => answer(ctx.message.Content));
  wx.onClick((ctx) => answer(ctx.message.EventKey ?? ""));
  return wx;
}
