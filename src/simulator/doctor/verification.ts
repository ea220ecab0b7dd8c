import { both } from "../../language.js";
import { place } from "../../places.js";
import { verification } from "../pushes/push.js";
import type { SimulatedAccount } from "../world/account.js";
import { newEchostr, now } from "./accepts.js";
import { examineClock } from "./clock.js";
import { type Finding, more, note, ok, problem } from "./finding.js";
import { isAnswered, probe, type Target } from "./probe.js";
import { elsewhere, explainRefusal } from "./refusal.js";
import { examineResponse, quote } from "./response.js";

/** Verifies the server address as the console does; returns whether it may be saved. */
export async function* examineVerification(
  target: Target,
  account: SimulatedAccount,
): AsyncGenerator<Finding, boolean> {
  if (!/^[A-Za-z0-9]{3,32}$/.test(account.token)) {
    yield problem(
      "token-format",
      both(
        "the token that was given does not have 3 to 32 letters and digits",
        "给出的 token 不是 3 到 32 位字母和数字",
      ),
      both(
        `Copy ${place("token")} without quotes and spaces.`,
        `从 ${place("token")} 复制，不要带引号和空格。`,
      ),
    );
  }
  const echostr = newEchostr();
  const probed = await probe(target, { query: verification(account, now(), echostr) });
  const stuck = examineResponse(target, "GET", probed);
  if (stuck !== undefined || !isAnswered(probed)) {
    if (stuck?.code === "not-found") yield await elsewhere(target, account, stuck);
    else if (stuck !== undefined) yield stuck;
    return false;
  }
  const { status, body, duration } = probed;
  if (status !== 200 || body !== echostr) {
    const changed = status === 200 ? explainEcho(body, echostr) : undefined;
    yield changed ?? (await explainRefusal(target, account, probed));
    return false;
  }
  const clock = examineClock(probed);
  if (clock !== undefined) yield clock;
  yield ok(
    "verification",
    both(
      `the server answers the verification in ${duration} ms`,
      `服务器用 ${duration} 毫秒通过了验证`,
    ),
  );
  if (duration > target.patience * 0.4) {
    yield note(
      "slow",
      both(
        `the verification took ${duration} ms of the ${target.patience} ms that WeChat waits`,
        `验证用了 ${duration} 毫秒，微信只等 ${target.patience} 毫秒`,
      ),
      both(
        "Answer it without asking anything else first, and choose a server closer to WeChat's.",
        "先回答，不要等别的服务；服务器尽量离微信近一些。",
      ),
    );
  }
  if (/html|javascript/i.test(probed.contentType)) {
    yield note(
      "content-type",
      both(`the echostr is sent as ${probed.contentType}`, `echostr 以 ${probed.contentType} 返回`),
      both(
        "Send text/plain: as a page, an echostr that somebody made up could run as a script.",
        "请用 text/plain：当作网页返回时，别人编造的 echostr 可能作为脚本运行。",
      ),
    );
  }
  yield* examineForgery(target, account);
  return true;
}

/** Asks with a wrong signature: whoever answers that, answers everybody. */
async function* examineForgery(target: Target, account: SimulatedAccount): AsyncGenerator<Finding> {
  const echostr = newEchostr();
  const query = verification(account, now(), echostr);
  query.set("signature", "0".repeat(40));
  const probed = await probe(target, { query });
  if (isAnswered(probed) && probed.status === 200 && probed.body.includes(echostr)) {
    yield problem(
      "signature-unchecked",
      both(
        "the server answers a verification with a wrong signature as well: anybody can speak to it in WeChat's name",
        "签名错误的验证服务器也照样通过：任何人都能冒充微信",
      ),
      both(
        "Compare the signature with the one of token, timestamp and nonce before anything else, as wx.middleware() does.",
        "先用 token、timestamp、nonce 核对签名，再做别的事；wx.middleware() 就是这样做的。",
      ),
    );
  } else {
    yield ok(
      "verification",
      both("a verification with a wrong signature is refused", "签名错误的验证被拒绝"),
    );
  }
}

/** What happened to the echostr on its way back; undefined when it is not in the answer. */
function explainEcho(body: string, echostr: string): Finding | undefined {
  const fix = both(
    "Answer with the echostr exactly as it came, as text and not as JSON or a page: ctx.body = ctx.query.echostr.",
    "原样返回 echostr，是文本，不是 JSON 或网页：ctx.body = ctx.query.echostr。",
  );
  const text = body.trim();
  if (text === echostr) {
    const what = body.startsWith("\uFEFF")
      ? both("a byte order mark before it", "前面有字节顺序标记（BOM）")
      : /[\r\n]/.test(body)
        ? both("a line break around it", "前后有换行")
        : both("white space around it", "前后有空白");
    return problem(
      "white-space",
      both(`the answer is the echostr with ${what.en}`, `返回的 echostr ${what.zh}`),
      more(
        fix,
        both(
          "Look for a template, a println or an empty line outside the code.",
          "看看模板、println 或代码外的空行。",
        ),
      ),
    );
  }
  const bare = text.replace(/^(["'])(.*)\1$/s, "$2");
  if (bare === echostr) {
    return problem(
      "quoted",
      both(
        "the answer is the echostr in quotes: it was sent as JSON",
        "返回的 echostr 带了引号：它被当作 JSON 发送",
      ),
      more(
        fix,
        both(
          "A framework that turns every answer into JSON must leave this one alone.",
          "框架如果把所有响应都变成 JSON，这一个要例外。",
        ),
      ),
    );
  }
  if (/^\d[\d.e+]*$/i.test(bare) && Number(bare) === Number(echostr)) {
    return problem(
      "changed",
      both(
        "the answer is the echostr as a rounded number: its last digits are lost",
        "返回的 echostr 是四舍五入后的数字：最后几位丢了",
      ),
      more(
        fix,
        both(
          "Never parse it as a number: it has more digits than a number holds.",
          "不要把它解析成数字：它的位数超过了数字能表示的范围。",
        ),
      ),
    );
  }
  if (text.includes(echostr)) {
    const what = /^[{[]/.test(text)
      ? both("JSON", " JSON")
      : /<\w/.test(text)
        ? both("a page", "网页")
        : both("other text", "其他文字");
    return problem(
      "wrapped",
      both(
        `the answer has the echostr inside ${what.en}${quote(body)}`,
        `返回内容里有 echostr，但外面还有${what.zh}${quote(body)}`,
      ),
      fix,
    );
  }
  return undefined;
}
