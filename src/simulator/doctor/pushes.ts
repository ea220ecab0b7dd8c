import { type Bilingual, both } from "../../language.js";
import { place } from "../../places.js";
import { encodingFault } from "../pushes/encoding.js";
import type { SimulatedAccount } from "../world/account.js";
import { type Finding, more, note, ok, problem } from "./finding.js";
import { seconds } from "./network.js";
import { type Answered, isAccepted, isAnswered, type Probe, probe, type Target } from "./probe.js";
import { speaksOfSignature } from "./refusal.js";
import { examineResponse, quote } from "./response.js";
import { textPush } from "./sample.js";
import { explainRefusedSeal } from "./sealed.js";
import { examineTrust, verdictOn } from "./trust.js";

/** How often WeChat delivers a push at most. */
const attempts = 3;

/** Pushes a text message as the account's mode asks for, and looks at what comes back. */
export async function* examinePushes(
  target: Target,
  account: SimulatedAccount,
  text: string,
): AsyncGenerator<Finding> {
  const encrypted = account.mode === "safe";
  const push = textPush(account, text);
  let probed: Probe = { failure: "TIMEOUT" };
  let attempt = 0;
  while (attempt < attempts && !isAnswered(probed) && probed.failure === "TIMEOUT") {
    attempt += 1;
    probed = await probe(target, push);
  }
  const stuck = await explainStuck(target, account, text, probed);
  if (stuck !== undefined || !isAnswered(probed)) {
    if (stuck !== undefined) yield stuck;
    return;
  }
  const verdict = verdictOn(account, probed);
  if (verdict.outcome === "fault") {
    yield explainFault(account, both(verdict.reason, verdict.reasonZh), probed);
    return;
  }
  const kind = encrypted ? both("an encrypted push", "加密推送") : both("a push", "推送");
  const how =
    verdict.outcome === "reply"
      ? both(`with a ${verdict.content.type} reply`, `并回复了 ${verdict.content.type}`)
      : both("and says nothing", "没有回复");
  yield ok(
    "push",
    both(
      `the server accepts ${kind.en} ${how.en}, in ${probed.duration} ms`,
      `服务器接受${kind.zh}，${how.zh}，用了 ${probed.duration} 毫秒`,
    ),
  );
  if (attempt > 1) {
    yield note(
      "slow",
      both(
        `${attempt - 1} of WeChat's ${attempts} deliveries passed unanswered for ${seconds(target.patience)} each`,
        `微信的 ${attempts} 次推送里，有 ${attempt - 1} 次等了 ${target.patience / 1000} 秒没有回答`,
      ),
      both(
        "The user sees the reply, but late. Answer sooner, or say that it takes time and send the rest as 客服消息.",
        "用户能看到回复，但晚了。请早一点回答；做不到就先告诉用户需要时间，余下的用客服消息发送。",
      ),
    );
  }
  yield* examineTrust(target, account, text, verdict);
}

/** Why there was no answer with status 200. */
async function explainStuck(
  target: Target,
  account: SimulatedAccount,
  text: string,
  probed: Probe,
): Promise<Finding | undefined> {
  if (isAnswered(probed) && probed.status === 200) return undefined;
  const answer = isAnswered(probed) ? probed.body : "";
  const mayBeTheBody =
    !isAnswered(probed) || [400, 403, 415].includes(probed.status) || probed.status >= 500;
  if (
    mayBeTheBody &&
    (saysBodyIsTaken.test(answer) || (await parserTakesXml(target, account, text)))
  ) {
    return bodyTaken(answer);
  }
  const response = examineResponse(target, "POST", probed);
  if (!isAnswered(probed)) return response;
  if (/csrf/i.test(answer)) {
    return problem(
      "status",
      both(
        `a CSRF check refuses the push (status ${probed.status})${quote(answer)}`,
        `CSRF 检查拒绝了推送（状态码 ${probed.status}）${quote(answer)}`,
      ),
      both(
        "Exempt this path from the CSRF middleware, or mount wx.middleware() above it: WeChat's pushes are signed.",
        "让这个路径不经过 CSRF 中间件，或把 wx.middleware() 挂在它前面：微信的推送有签名。",
      ),
    );
  }
  if ([400, 401, 403].includes(probed.status) && speaksOfSignature.test(answer)) {
    return problem(
      "token",
      both(
        `the server refuses a push for its signature (status ${probed.status})${quote(answer)}`,
        `服务器因为签名拒绝了推送（状态码 ${probed.status}）${quote(answer)}`,
      ),
      both(
        `Compare the program's token with ${place("token")}. If they are equal, see what it compares on POST: signature is of token, timestamp and nonce; msg_signature, of an encrypted push, is of the same and Encrypt.`,
        `把程序的 token 与 ${place("token")} 核对。如果相同，看看 POST 时比较的是什么：signature 由 token、timestamp、nonce 得出；加密推送的 msg_signature 再加上 Encrypt。`,
      ),
    );
  }
  if (account.mode === "safe") {
    const sealed = await explainRefusedSeal(target, account, text, probed);
    if (sealed !== undefined) return sealed;
  }
  if (response !== undefined) return response;
  if (/encodingAESKey.+only encrypted|only encrypted/is.test(answer)) {
    return problem(
      "encryption-expected",
      both(
        `the server takes only encrypted pushes, and this one was plain (status ${probed.status})`,
        `服务器只接受加密推送，这一次是明文（状态码 ${probed.status}）`,
      ),
      both(
        `Run the doctor with --aes-key and --app-id, and choose 安全模式 in ${place("mode")}.`,
        `用 --aes-key 和 --app-id 运行 doctor，并在 ${place("mode")} 里选安全模式。`,
      ),
    );
  }
  return problem(
    "status",
    both(
      `the server answers a push with status ${probed.status}${quote(answer)}`,
      `服务器对推送返回状态码 ${probed.status}${quote(answer)}`,
    ),
    both(
      "WeChat wants status 200: with a reply, success or nothing. It verified the same token by GET just now, so look at what is different for POST: a proxy, a firewall (WAF), a CSRF check, a body parser.",
      "微信要求状态码 200：带上回复、success 或空内容。刚才的 GET 用同一个 token 验证通过了，所以看看 POST 有什么不同：代理、防火墙（WAF）、CSRF 检查、正文解析中间件。",
    ),
  );
}

const saysBodyIsTaken =
  /read before wx\.middleware|stream is not readable|body (?:was|has been|is) (?:already )?(?:read|used|consumed)/i;

/** Whether a push passes as soon as it does not say that it is XML: then a parser took it before. */
async function parserTakesXml(
  target: Target,
  account: SimulatedAccount,
  text: string,
): Promise<boolean> {
  const disguised = { ...textPush(account, text), contentType: "application/octet-stream" };
  if (!isAccepted(await probe(target, disguised))) return false;
  // Once more as XML, so that a failure that comes and goes is not blamed on a parser.
  return !isAccepted(await probe(target, textPush(account, text)));
}

function bodyTaken(answer: string): Finding {
  return problem(
    "body",
    both(
      `another parser took the body before WeChat's handler could read it${quote(answer)}`,
      `别的解析中间件先读走了正文，微信的处理函数读不到${quote(answer)}`,
    ),
    both(
      "Mount wx.middleware() above the body parser, or let the parser keep XML as text (koa-bodyparser: enableTypes: ['json', 'form', 'xml']).",
      "把 wx.middleware() 挂在正文解析中间件前面，或让它把 XML 保留为文本（koa-bodyparser：enableTypes: ['json', 'form', 'xml']）。",
    ),
  );
}

/** Why WeChat does not accept an answer that came with status 200. */
function explainFault(
  account: SimulatedAccount,
  reason: Bilingual,
  { bytes, body }: Answered,
): Finding {
  const banner = both(
    "The user sees 该公众号提供的服务出现故障，请稍后再试 instead.",
    "用户看到的会是“该公众号提供的服务出现故障，请稍后再试”。",
  );
  const encoding = encodingFault(bytes);
  if (encoding !== undefined) {
    return problem(
      "encoding",
      both(
        `the answer to a push ${encoding.what.en}${quote(body)}`,
        `对推送的响应${encoding.what.zh}${quote(body)}`,
      ),
      more(encoding.fix, banner),
    );
  }
  if (/^\s*[{["]/.test(body)) {
    return problem(
      "json",
      both(`the answer to a push is JSON${quote(body)}`, `对推送的响应是 JSON${quote(body)}`),
      more(
        both("Answer with XML, success or an empty body.", "请返回 XML、success 或空内容。"),
        banner,
      ),
    );
  }
  if (/encrypted but the answer is not/.test(reason.en)) {
    return problem(
      "unencrypted",
      both(
        `the push was encrypted, but the answer is not${quote(body)}`,
        `推送是加密的，响应却没有加密${quote(body)}`,
      ),
      more(
        both(
          "Encrypt replies with the same key, unless they are success or empty.",
          "回复要用同一个密钥加密，success 和空内容除外。",
        ),
        banner,
      ),
    );
  }
  if (account.mode === "safe" && /cannot be decrypted|MsgSignature/.test(reason.en)) {
    return problem(
      "decryption",
      reason,
      both(
        `Compare the program's Token and EncodingAESKey with ${place("pushes")}, and its AppID with the account's.`,
        `把程序的 Token 和 EncodingAESKey 与 ${place("pushes")} 核对，AppID 与账号的核对。`,
      ),
    );
  }
  return problem(
    "answer",
    both(`${reason.en}${quote(body)}`, `${reason.zh}${quote(body)}`),
    more(
      both(
        "Answer with a reply of 「被动回复用户消息」, success or nothing.",
        "请按「被动回复用户消息」回复，或返回 success、空内容。",
      ),
      banner,
    ),
  );
}
