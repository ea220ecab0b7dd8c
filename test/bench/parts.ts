// `npx tsx test/bench/parts.ts [part …]`: what the tricks of PERFORMANCE.md gain, each beside what anybody would write.
import {
  createDecipheriv,
  createHash,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { xml2js } from "xml-js";
import { PlaceInCode, takePlaces } from "../../src/router/place-in-code.js";
import { Recent } from "../../src/store/recent.js";
import { systemClock } from "../../src/time/clock.js";
import { Expiry } from "../../src/time/expiry.js";
import { dictionary } from "../../src/wire/dictionary.js";
import { sign, verify } from "../../src/wire/signature.js";
import { scan } from "../../src/wire/xml/scan.js";

/** One way to do a thing: called with a number that is another each time. */
type Way = (index: number) => unknown;
interface Part {
  readonly rounds: number;
  /** What anybody would write, and what stands in the code. */
  readonly ways: Readonly<Record<string, () => Way>>;
}

const text = readFileSync("test/fixtures/messages/text.xml", "utf8");
const triple = (index: number) => ["onlyOnThisMachine", `1700${index}`, `${index}`];
const wrong = "0".repeat(40);
const stock = Buffer.alloc(4_096);
const [aes, sealed] = [randomBytes(32), randomBytes(416)];
const iv = aes.subarray(0, 16);
const parts: Readonly<Record<string, Part>> = {
  parser: {
    rounds: 20_000,
    ways: {
      "xml-js": () => () => xml2js(text, { compact: false }),
      "scan()": () => () => scan(text),
    },
  },
  recent: {
    rounds: 300_000,
    ways: {
      "two maps in turn": () => {
        let [young, old] = [new Map<string, string>(), new Map<string, string>()];
        return (index) => {
          const found = young.get(key(index)) ?? old.get(key(index));
          young.set(key(index), answer(index));
          if (young.size >= 20_000) [young, old] = [new Map(), young];
          return found;
        };
      },
      Recent: () => {
        const recent = new Recent(20_000, 60_000, () => performance.now());
        return (index) => {
          const found = recent.get(key(index));
          recent.set(key(index), answer(index));
          return found;
        };
      },
    },
  },
  signature: {
    rounds: 100_000,
    ways: {
      "createHash, sort, timingSafeEqual": () => (index) => {
        const right = createHash("sha1").update(triple(index).sort().join("")).digest("hex");
        return timingSafeEqual(Buffer.from(right), Buffer.from(wrong));
      },
      "verify()": () => (index) => verify(wrong, ...triple(index)),
    },
  },
  random: {
    rounds: 200_000,
    ways: {
      "randomBytes(16)": () => () => randomBytes(16),
      "from stock": () => {
        let used = stock.length;
        return () => {
          if (used === stock.length) {
            randomFillSync(stock);
            used = 0;
          }
          used += 16;
          return stock.subarray(used - 16, used);
        };
      },
    },
  },
  cipher: {
    rounds: 40_000,
    ways: {
      "an object each": () => () => {
        const decipher = createDecipheriv("aes-256-cbc", aes, iv).setAutoPadding(false);
        return Buffer.concat([decipher.update(sealed), decipher.final()]);
      },
      "one for all": () => {
        const decipher = createDecipheriv("aes-256-cbc", aes, iv).setAutoPadding(false);
        return () => decipher.update(sealed);
      },
    },
  },
  fields: {
    rounds: 500_000,
    ways: {
      "Object.create(null)": () => () => read(Object.create(null) as Record<string, string>),
      "dictionary()": () => () => read(dictionary<string>()),
    },
  },
  timers: {
    rounds: 200_000,
    ways: {
      "a timer each": () => () => clearTimeout(setTimeout(() => {}, 5_000)),
      Expiry: () => {
        const expiry = new Expiry(systemClock);
        return () => expiry.remove(expiry.after(5_000, () => {}));
      },
    },
  },
  places: {
    rounds: 20_000,
    ways: {
      "not taken": () => () => new PlaceInCode(sign),
      taken: () => {
        takePlaces();
        return () => new PlaceInCode(sign);
      },
    },
  },
};

const key = (index: number) => `wx0000000000000001:o_user_${index % 5_000}:634932426${index}`;
const answer = (index: number) =>
  `<xml><Content>answer ${index} ${"x".repeat(120)}</Content></xml>`;

function read(fields: Record<string, string>): string {
  fields.ToUserName = "gh_1";
  fields.FromUserName = "o_1";
  fields.MsgType = "text";
  return `${fields.ToUserName}${fields.FromUserName}${fields.MsgType}`;
}

let collecting = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration;
}).observe({ entryTypes: ["gc"] });

const chosen = process.argv.slice(2);
for (const [name, { rounds, ways }] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const [way, prepare] of Object.entries(ways)) {
    const run = prepare();
    for (let index = 0; index < rounds / 4; index++) run(index);
    await sleep(20);
    collecting = 0;
    const begun = performance.now();
    for (let index = rounds; index < 2 * rounds; index++) run(index);
    const each = ((performance.now() - begun) * 1_000) / rounds;
    await sleep(20);
    const gc = (collecting * 1_000) / rounds;
    console.log(
      `${name.padEnd(10)} ${way.padEnd(34)} ${each.toFixed(2)} µs, of it ${gc.toFixed(2)} for the garbage collector`,
    );
  }
}
process.exit(0);
