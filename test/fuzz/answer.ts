import type { Bot } from "./bot.js";
import {
  allowed,
  decrypt,
  isSealed,
  isSigned,
  openAnswer,
  promised,
  readAnswer,
  type Secrets,
  signedCipher,
  valuesOf,
} from "./oracle.js";
import { outsider, type Request } from "./push.js";

/** What came back for a request. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** 431 is Node's own, for a first line that is too long. */
const statuses = new Set([200, 400, 403, 405, 408, 413, 431]);

/** Checks every promise about an answer: above all that nothing unsigned was accepted. */
export function checkAnswer({ method, query, body }: Request, answer: Answered, bot: Bot): void {
  const { secrets, seen } = bot;
  const { status } = answer;
  promised(statuses.has(status), `the status is ${status}`);
  if (status !== 200) {
    promised(seen.length === 0, `handlers ran, but the status is ${status}`);
    promised(!secrets.tokens.some((token) => answer.body.includes(token)), "the token is shown");
    return;
  }
  promised(isSigned(query, secrets.tokens), "a request was accepted that is not signed");
  if (method.toUpperCase() === "GET") {
    checkEcho(query, answer.body, secrets);
    return;
  }
  promised(method.toUpperCase() === "POST", `${method} was accepted`);

  const text = body.toString("utf8");
  const sealed = signedCipher(query, text, secrets);
  const mayBePlain = secrets.key === undefined || secrets.acceptPlain;
  promised(sealed !== undefined || mayBePlain, "a plain push was accepted in 安全模式");
  promised(seen.length <= 1, "handlers ran twice for one push");
  const [message] = seen;
  const isBelieved = message === undefined || message.FromUserName !== outsider;
  promised(isBelieved || mayBePlain, "what stands outside the cipher was believed");
  if (answer.body === "success") return;

  promised(message !== undefined, "there is a reply, but no handler ran");
  const { key } = secrets;
  const hasKey = isSealed(answer.body);
  promised(!hasKey || sealed !== undefined, "a plain push was answered with a sealed reply");
  promised(hasKey || mayBePlain, "a sealed push was answered with a plain reply");
  const xml =
    hasKey && key !== undefined ? openAnswer(answer.body, { ...secrets, key }) : answer.body;
  const reply = readAnswer(xml);
  promised(reply.ToUserName === allowed(message.FromUserName), "the reply is to somebody else");
  promised(reply.FromUserName === allowed(message.ToUserName), "the reply is from somebody else");
  promised(/^\d+$/.test(reply.CreateTime ?? ""), "CreateTime is no number");
  if (reply.MsgType !== "text") return;
  const { Content = "" } = reply;
  const said = allowed(bot.said ?? "");
  promised(Buffer.byteLength(Content) <= 2_048, "the text is longer than WeChat takes");
  promised(
    Content === said || said.startsWith(Content.replace(/…$/, "")),
    "the text of the reply is not what the handler said",
  );
}

function checkEcho(query: string, body: string, { key, appId, tokens }: Secrets): void {
  const [echo = ""] = valuesOf(query, "echostr");
  const [signature] = valuesOf(query, "msg_signature");
  promised(!/[<>&"]/.test(echo), "an echostr with markup was accepted");
  if (signature === undefined || key === undefined) {
    promised(body === echo, "the echostr was not answered as it came");
    return;
  }
  promised(
    signedCipher(query, echo, { key, appId, tokens, acceptPlain: true }) !== undefined,
    "an unsigned echostr was decrypted",
  );
  promised(body === decrypt(echo, key, appId)?.toString("utf8"), "the echostr was misread");
}
