import { answer, flow, session, Wechat } from "../../../src/index.js";
import type { Target } from "../fuzz.js";
import { nastyText } from "../mutate.js";
import { allowed, promised, readAnswer, seconds, sha1 } from "../oracle.js";
import type { Random } from "../random.js";
import { slowness } from "../slowness.js";

const token = "TALKq7Zr2mX9kLw4Tb";
/** What one text may take, in milliseconds of processor time, and how long texts are, in bytes. */
const mostTime = 20;
const longest = 60 * 1024;

const seats = { hall: "大厅", room: "包间", bar: "Ｂ２" };
const [cancelled, unclear] = ["left", "unclear"];

/** What a step makes of the words, in Unicode's plain form, and of the text as it was said. */
type Reading = (words: string, said: string) => string | undefined;

/** The steps of the dialogue, and what each takes, written a second time. */
const steps: readonly (readonly [question: string, again: string, takes: Reading])[] = [
  ["name?", "again name", (_, said) => ([...said].length <= 20 && said !== "" ? said : undefined)],
  ["guests?", "again guests", (words) => inRange(words, 1, 20)],
  [
    "deposit?",
    "again deposit",
    (words) => (words.toLowerCase() === "跳过" ? "" : inRange(words, 0, 500)),
  ],
  [
    `seat?\n1. ${seats.hall}\n2. ${seats.room}\n3. ${seats.bar}`,
    `${unclear}\n1. ${seats.hall}\n2. ${seats.room}\n3. ${seats.bar}`,
    (words) => {
      const number = Number(/^(\d{1,3})\s*[.,、。)]?$/.exec(words)?.[1]);
      const byNumber = Object.keys(seats)[number - 1];
      const label = words.toLowerCase();
      const [byLabel] = Object.entries(seats).find(([, name]) => plain(name) === label) ?? [];
      return byNumber ?? byLabel;
    },
  ],
  ["phone?", "again phone", (words) => /1\d{10}/.exec(words)?.[0]],
];

const plain = (text: string) => text.normalize("NFKC").trim().toLowerCase();

function inRange(words: string, least: number, most: number): string | undefined {
  const number = /^[-+]?\d+(\.\d+)?$/.test(words) ? Number(words) : Number.NaN;
  return Number.isSafeInteger(number) && number >= least && number <= most
    ? String(number)
    : undefined;
}

/**
 * Dialogues with users who answer as they like, in texts up to the longest: each answer is taken as it
 * is meant or asked for again, in little time.
 */
export const dialogueTarget: Target = {
  name: "dialogue",
  share: 1,
  open() {
    const wx = bot();
    let users = 0;
    return {
      async run(random, trace) {
        const trail: string[] = [];
        trace.input = trail;
        const user = `u${++users}`;
        const say = async (text: string, isVoice: boolean, who = user) => {
          const { status, body } = await wx.receive(pushOf(who, text, isVoice, random));
          promised(status === 200, `the status is ${status}`);
          return readAnswer(body).Content ?? "";
        };
        promised((await say("book", false)) === "name?", "the dialogue has not begun");
        const answers: string[] = [];
        for (
          let moves = random.between(2, 8);
          moves > 0 && answers.length < steps.length;
          moves--
        ) {
          const text = makeText(random);
          const isVoice = random.chance(0.2);
          trail.push(text);
          const expected = next(answers, text, isVoice);
          const begun = process.cpuUsage();
          const got = await say(text, isVoice);
          let took = since(begun);
          // New code is slow, and a collection of garbage strikes once.
          for (let tries = 1; took > mostTime && tries < 12; tries++) {
            const other = `u${++users}`;
            await say("book", false, other);
            const again = process.cpuUsage();
            await say(text, isVoice, other);
            took = Math.min(took, since(again));
          }
          const isSlow = took > mostTime && took > mostTime * slowness();
          promised(!isSlow, `a text of ${text.length} takes ${Math.round(took)} ms`);
          promised(got === expected, `the answer is ${got.slice(0, 200)}, not ${expected}`);
          if (expected === cancelled) return;
        }
      },
      async close() {
        await wx.close();
      },
    };
  },
};

function since(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** What is answered to a text by the rules; adds to the answers what it is taken for. */
function next(answers: string[], text: string, isVoice: boolean): string {
  const heard = allowed(Buffer.from(text).toString("utf8"));
  const said = (isVoice ? heard.replace(/[。.！!？?]$/, "") : heard).trim();
  const words = said.normalize("NFKC").trim();
  if (/^(取消|cancel)$/i.test(words)) return cancelled;
  if (/^(上一步|back)$/i.test(words)) {
    answers.pop();
    return steps[answers.length]?.[0] ?? "";
  }
  const [, again, takes] = steps[answers.length] as (typeof steps)[number];
  const taken = takes(words, said);
  if (taken === undefined) return again;
  answers.push(taken);
  return steps[answers.length]?.[0] ?? `done: ${answers.join(" ")}`;
}

const good = [
  "王小明",
  " 3 ",
  "１２",
  "大厅",
  "b2",
  "2.",
  "跳过",
  "13800138000",
  "取消",
  "上一步",
  "0",
  "20",
];

function makeText(random: Random): string {
  const way = random.below(10);
  // Without a text there is no voice to hear; both are known to be asked for again.
  if (way < 5) return random.pick(good) + random.pick(["", "", "", "。", "\u3000", "\u0301"]);
  if (way < 8) return nastyText(random).slice(0, 200) || "x";
  const unit = nastyText(random).slice(0, random.between(1, 20)) || "x";
  const parts = [unit, random.pick(good), nastyText(random).slice(0, 20)].slice(
    0,
    random.between(1, 3),
  );
  const whole = parts.join("");
  const size = random.pick([1_000, 10_000, longest]);
  const many = whole.repeat(Math.ceil(size / Buffer.byteLength(whole)));
  return Buffer.from(many).subarray(0, size).toString("utf8").replaceAll(/\]+>/g, ">");
}

function bot(): Wechat {
  const booking = flow("booking", { cancelled, unclear: () => unclear })
    .ask("name", "name?", answer.text({ max: 20, again: "again name" }))
    .ask("guests", "guests?", answer.number({ min: 1, max: 20, again: "again guests" }))
    .ask(
      "deposit",
      "deposit?",
      answer.orSkip("跳过", answer.number({ min: 0, max: 500, again: "again deposit" })),
    )
    .choose("seat", "seat?", seats)
    .ask("phone", "phone?", answer.matching(/1\d{10}/, { again: "again phone" }))
    .done(({ answers }) => `done: ${Object.values(answers).join(" ")}`);
  const wx = new Wechat({ token, now: () => seconds * 1000, overflow: "truncate" });
  wx.use(session()).use(booking).onText("book", booking.start);
  return wx;
}

function pushOf(user: string, text: string, isVoice: boolean, random: Random) {
  const [timestamp, nonce] = [String(seconds), `${random.next()}${random.next()}${random.next()}`];
  const query = { signature: sha1(token, timestamp, nonce), timestamp, nonce };
  const content = `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
  const kind = isVoice
    ? `<MsgType>voice</MsgType><MediaId>M</MediaId><Format>amr</Format><Recognition>${content}</Recognition>`
    : `<MsgType>text</MsgType><Content>${content}</Content>`;
  const id = `${random.next()}${random.next()}`;
  const body = `<xml><ToUserName>gh_1</ToUserName><FromUserName>${user}</FromUserName><CreateTime>${seconds}</CreateTime>${kind}<MsgId>${id}</MsgId></xml>`;
  return { method: "POST", query, body: Buffer.from(body) };
}
