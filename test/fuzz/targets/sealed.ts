import type { PushEvent } from "../../../src/further-types.js";
import { observe, Wechat } from "../../../src/index.js";
import { accounts } from "../bot.js";
import { pushes } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { mutateBytes, nastyText } from "../mutate.js";
import { mutateXml, tokensOf } from "../mutate-xml.js";
import {
  decrypt,
  encrypt,
  type Framing,
  isSealed,
  promised,
  type Secrets,
  seconds,
  sha1,
} from "../oracle.js";
import { jsonOf } from "../push.js";
import type { Random } from "../random.js";

/** Stands in what is encrypted, and nowhere else. */
const canary = /[Cc]anary|CANARY/;
const words = ["Canary", "canary77", "CANARY", "金丝雀Canary"];
/** Refusals leave a fixed time after their reading began; so many wait for it together. */
const together = 12;

/** Sealed requests to be answered at the same time. */
interface Sealed {
  readonly method: "POST" | "GET";
  readonly cipher: string;
}

/**
 * Encrypted pushes and echoes, whole, wrong in every way, and spliced from others that were
 * overheard, all signed as by somebody who knows the Token: no word of what was encrypted leaves, in
 * no answer and on no channel, and every refusal is the same to the byte.
 */
export const sealedTarget: Target = {
  name: "sealed",
  share: 1,
  open() {
    const [, safe, both] = accounts as [Secrets, Secrets, Secrets];
    const told: unknown[] = [];
    const stops = (["koa-wx:push", "koa-wx:run", "koa-wx:reply"] as const).map((channel) =>
      observe(channel, (event) => void told.push(event)),
    );
    const benches = [safe, { ...both, acceptPlain: false }].map((secrets) => ({
      secrets,
      key: secrets.key as string,
      wx: echoBot(secrets),
    }));
    let refusal: string | undefined;

    return {
      async run(random, trace) {
        const bench = random.pick(benches);
        const { secrets, key, wx } = bench;
        const overheard = Array.from({ length: 4 }, () =>
          Buffer.from(encrypt(Buffer.from(genuine(random)), key, frame(secrets)), "base64"),
        );
        const requests = Array.from({ length: together }, (): Sealed => {
          const method = random.chance(0.3) ? "GET" : "POST";
          const isSpliced = random.chance(0.3);
          return {
            method,
            cipher: isSpliced ? spliced(overheard, random) : sealed(secrets, random),
          };
        });
        trace.input = { account: secrets.appId, requests };
        told.length = 0;
        const answers = await trace.time(() =>
          Promise.all(requests.map((one) => wx.receive(requestOf(one, secrets, random)))),
        );
        for (const [index, { status, headers, body }] of answers.entries()) {
          const { method, cipher } = requests[index] as Sealed;
          const whole = JSON.stringify([status, headers, body]);
          promised(!canary.test(whole), `the answer says what was encrypted: ${whole}`);
          const opened = decrypt(cipher, key, secrets.appId)?.toString("utf8");
          if (status === 200 && method === "GET") {
            promised(/^\d{1,32}$/.test(body) && body === opened, "it echoes what is no echostr");
          } else if (status === 200) {
            promised(opened !== undefined, "what cannot be decrypted was taken");
            promised(
              body === "success" || isSealed(body),
              "a sealed push was answered in the clear",
            );
          } else {
            refusal ??= whole;
            promised(whole === refusal, `another refusal: ${whole}`);
          }
        }
        promised(
          !canary.test(JSON.stringify(told, withoutNames)),
          "a channel says what was encrypted",
        );
      },
      async close() {
        for (const stop of stops) stop();
        for (const { wx } of benches) await wx.close();
      },
    };
  },
};

/** The type of a genuine push may be told. */
function withoutNames(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { type, event, ...others } = value as Partial<PushEvent>;
  const { outcome } = others;
  return outcome === "refused" ? value : others;
}

function echoBot({ tokens, appId, key = "" }: Secrets): Wechat {
  const wx = new Wechat({
    token: tokens,
    appId,
    encodingAESKey: key,
    now: () => seconds * 1000,
    overflow: "truncate",
  });
  wx.on("text", (ctx) => ctx.text);
  wx.onEvent("CLICK", (ctx) => ctx.message.EventKey);
  // What a handler cannot answer is its own affair here.
  wx.catch(() => undefined);
  return wx;
}

function requestOf({ method, cipher }: Sealed, { tokens }: Secrets, random: Random) {
  const [timestamp, nonce] = [String(seconds), `${random.next()}${random.next()}`];
  const token = random.pick(tokens);
  const query = {
    signature: sha1(token, timestamp, nonce),
    timestamp,
    nonce,
    msg_signature: sha1(token, timestamp, nonce, cipher),
  };
  if (method === "GET") return { method, query: { ...query, echostr: cipher } };
  return { method, query, body: `<xml><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>` };
}

/** A push with the canary in places of all kinds, or something else, more or less as WeChat encrypts. */
function sealed({ key = "", appId }: Secrets, random: Random): string {
  let message: Buffer = Buffer.from(marked(random));
  if (random.chance(0.15)) message = mutateBytes(message, random);
  let framing: Framing = frame({ appId });
  if (random.chance(0.3)) {
    const { length } = message;
    const odd = random.pick<() => Partial<Framing>>([
      () => ({ length: random.pick([0, 1, length - 1, length + 1, length + 20, 2 ** 31]) >>> 0 }),
      () => ({ appId: random.pick(["", "wxCanary", `${appId}Canary`, appId.slice(1)]) }),
      () => ({ padding: Buffer.alloc(16 * random.between(0, 3), random.below(256)) }),
      () => ({ padding: random.bytes(random.between(0, 64)) }),
    ])();
    framing = { ...framing, ...odd };
  }
  const cipher = encrypt(message, key, framing);
  if (random.chance(0.05)) return cipher.replaceAll("=", "");
  return cipher;
}

const frame = ({ appId }: Pick<Secrets, "appId">): Framing => ({
  random: Buffer.from("Canary-16-bytes!"),
  appId,
});

/** A message that is as WeChat sends it. */
function genuine(random: Random): string {
  const push = random.pick(pushes);
  return push.replace(/(<Content>(?:<!\[CDATA\[)?)/, `$1${random.pick(words)}`);
}

function marked(random: Random): string {
  const word = random.pick(words);
  const way = random.below(8);
  if (way === 0) return String(random.next()).repeat(random.between(1, 4));
  if (way === 1) return word.repeat(random.between(0, 40));
  if (way === 2) return nastyText(random).slice(0, 2_000) + word;
  const tokens = tokensOf(random.pick(pushes));
  for (let left = random.between(1, 5); left > 0; left--) {
    const at = random.below(tokens.length);
    const token = tokens[at] as string;
    if (token.startsWith("<![CDATA[")) tokens[at] = token.replace("]]>", `${word}]]>`);
    else if (/^<\w/.test(token)) tokens[at] = token.replace(/^<\w+/, (name) => name + word);
    else tokens[at] = token + word;
  }
  const source = tokens.join("");
  if (way === 3)
    return JSON.stringify(jsonOf(random.pick(pushes))).replaceAll(/":"/g, `":"${word}`);
  return way < 6 ? source : mutateXml(source, random).slice(0, 8_000);
}

/** Blocks of what was overheard, put together. */
function spliced(overheard: readonly Buffer[], random: Random): string {
  const blocks: Buffer[] = [];
  for (let left = random.between(1, 4); left > 0; left--) {
    const bytes = random.pick(overheard);
    const count = bytes.length / 16;
    const from = 16 * (random.chance(0.3) ? 0 : random.below(count));
    const to = random.chance(0.4) ? bytes.length : from + 16 * random.between(1, count);
    blocks.push(bytes.subarray(from, to));
  }
  const whole = Buffer.concat(blocks);
  if (random.chance(0.3) && whole.length > 0) {
    const at = random.below(Math.min(32, whole.length));
    whole[at] = (whole[at] as number) ^ (1 << random.below(8));
  }
  return whole.toString("base64");
}
