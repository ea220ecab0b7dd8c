import { both } from "../../language.js";
import type { SimulatedAccount } from "../world/account.js";
import { accepts, now } from "./accepts.js";
import { type Finding, more, note, problem } from "./finding.js";
import type { Answered, Target } from "./probe.js";
import { quote } from "./response.js";

/** How far apart the clocks may be until requests look too old, in seconds. */
const tolerance = 120;

/** What a program says that finds a request too old or too new. */
const speaksOfTime =
  /\bstale\b|\btoo old\b|\bclock\b|\btimestamp (?:is |has |was )?(?:invalid|expired|too|out|not)\b|\binvalid timestamp\b|(?:时间戳|请求|签名).{0,8}(?:过期|超时|失效)/i;

/** The server's clock in seconds ahead of this machine's, as the `Date` of its answers tells; undefined when they are alike. */
function difference({ date }: Answered): number | undefined {
  if (date === undefined) return undefined;
  const ahead = Math.round((date - Date.now()) / 1000);
  return Math.abs(ahead) < tolerance ? undefined : ahead;
}

/** Notes that the server's clock differs from this machine's, although nothing has come of it yet. */
export function examineClock(answer: Answered): Finding | undefined {
  const ahead = difference(answer);
  if (ahead === undefined) return undefined;
  return note(
    "clock",
    both(
      `the server's clock is ${inWords(ahead)} this machine's`,
      `服务器的时钟比本机${inWordsZh(ahead)}`,
    ),
    byNtp,
  );
}

/**
 * Whether it is the time for which a signed request was refused: the server takes one that is signed
 * for another time, or says so. The `Date` of its answers tells whose clock it is: a program can have
 * another time than its server.
 */
export async function explainClock(
  target: Target,
  account: SimulatedAccount,
  refusal: Answered,
): Promise<Finding | undefined> {
  const ahead = difference(refusal);
  // Pages have words of every kind.
  const said = refusal.body.length < 2_000 && speaksOfTime.test(refusal.body);
  const { status, body } = refusal;
  const stale = both(
    `and it refuses the request (${status}), which looks stale to it${quote(body)}`,
    `它认为请求已经过期，拒绝了（${status}）${quote(body)}`,
  );
  if (ahead !== undefined && (said || (await takes(target, account, ahead)))) {
    return problem(
      "clock",
      both(
        `the server's clock is ${inWords(ahead)} this machine's, ${stale.en}`,
        `服务器的时钟比本机${inWordsZh(ahead)}，${stale.zh}`,
      ),
      byNtp,
    );
  }
  const shift = await shiftOf(target, account);
  if (shift === undefined && !said) return undefined;
  const off =
    shift === undefined
      ? both("not the one of this machine", "与本机不一致")
      : both(`${inWords(shift)} this machine's`, `比本机${inWordsZh(shift)}`);
  return problem(
    "clock",
    both(
      `the time that the program goes by is ${off.en}, ${stale.en}`,
      `程序使用的时间${off.zh}，${stale.zh}`,
    ),
    refusal.date === undefined
      ? more(
          byNtp,
          both(
            "If both are right, see how the program compares the times: WeChat's timestamp is in seconds since 1970, in UTC.",
            "如果两边都准，就看程序怎样比较时间：微信的 timestamp 是 1970 年以来的秒数，UTC。",
          ),
        )
      : both(
          'The clock of its server is right, as the Date of its answers shows, so look at what the program takes for now: the option "now", milliseconds in place of seconds, or hours of a time zone that are added. WeChat\'s timestamp is in seconds since 1970, in UTC.',
          "响应的 Date 说明服务器的时钟是准的，问题在程序取的当前时间：选项 now、把毫秒当成秒、多加了时区的几个小时。微信的 timestamp 是 1970 年以来的秒数，UTC。",
        ),
  );
}

const byNtp = both(
  "Let NTP set the clock of the server, or of this machine if that is the one that is wrong.",
  "用 NTP 校准服务器的时钟；如果不准的是本机，就校准本机。",
);

/** By how many seconds the program's time is shifted, if it is by whole hours, as a mistaken time zone does it. */
async function shiftOf(target: Target, account: SimulatedAccount): Promise<number | undefined> {
  // China's own first, and no more than there are on earth.
  for (const hours of [8, -8, 1, -1, 7, -7, 9, -9, 12, -12]) {
    if (await takes(target, account, hours * 3600)) return hours * 3600;
  }
  return undefined;
}

function takes(target: Target, account: SimulatedAccount, ahead: number): Promise<boolean> {
  return accepts(target, account, { at: now() + ahead });
}

function inWordsZh(ahead: number): string {
  return `${ahead > 0 ? "快" : "慢"} ${Math.abs(ahead)} 秒`;
}

function inWords(ahead: number): string {
  const count = Math.abs(ahead);
  return `${count} seconds ${ahead > 0 ? "ahead of" : "behind"}`;
}
