import { type Bilingual, both } from "../../language.js";
import { formatOf, parseBody } from "../../wire/json.js";
import { verify } from "../../wire/signature.js";
import { MalformedXml } from "../../wire/xml/tree.js";
import type { XmlElement } from "../../wire/xml/xml.js";
import type { SimulatedAccount } from "../world/account.js";
import type { Content, NewsArticle } from "../world/chat.js";
import { encodingFault } from "./encoding.js";
import { cipherOf } from "./push.js";

/** What a server answered to a push. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** What the answer is compared with. */
export interface Judged {
  readonly account: SimulatedAccount;
  readonly openid: string;
  /** Events may be answered with up to eight articles, messages with one. */
  readonly isEvent: boolean;
  /** Whether a media id is known, so that WeChat can send its file. */
  hasMedia(mediaId: string): boolean;
}

/** What WeChat makes of the answer. `reason` says why it is refused, and what to do. */
export type Verdict =
  | { readonly outcome: "reply"; readonly content: Content; readonly xml: string }
  | { readonly outcome: "acknowledged" }
  | {
      readonly outcome: "fault";
      readonly reason: string;
      /** The same in Chinese. */
      readonly reasonZh: string;
      readonly xml?: string;
    };

/** The longest text that arrives, in bytes. */
const textLimit = 2_048;

/**
 * Accepts or refuses an answer as WeChat does: what it refuses, the user sees as
 * 该公众号提供的服务出现故障，请稍后再试.
 *
 * Source: 「被动回复用户消息」.
 */
export function judge(answer: ServerAnswer, judged: Judged): Verdict {
  if (answer.status !== 200) {
    return fault(
      both(
        `the server answered with status ${answer.status}; WeChat accepts 200 only`,
        `服务器返回状态码 ${answer.status}；微信只接受 200`,
      ),
    );
  }
  let xml = answer.body.toString("utf8");
  if (xml === "" || xml === "success") return { outcome: "acknowledged" };
  try {
    const { cloudHosting } = judged.account;
    const root = read(answer.body, theAnswer, cloudHosting);
    if (root.Encrypt === undefined) {
      if (judged.account.mode === "safe")
        refuse(
          both("the push was encrypted but the answer is not", "推送是加密的，响应却没有加密"),
        );
      return { outcome: "reply", content: contentOf(root, judged), xml };
    }
    const message = decrypt(root, judged.account);
    xml = message.toString("utf8");
    if (/^[ \t\r\n]*(?:success[ \t\r\n]*)?$/.test(xml))
      refuse(
        both(
          "the answer says nothing, but is encrypted; success or an empty body is sent unencrypted",
          "响应没有内容，却加了密；success 和空内容不加密，直接返回",
        ),
      );
    return { outcome: "reply", content: contentOf(read(message, theMessage), judged), xml };
  } catch (error) {
    if (error instanceof Refusal) return { ...fault(error.reason), xml };
    throw error;
  }
}

/** Why an answer is refused, on its way up to `judge()`. */
class Refusal extends Error {
  readonly reason: Bilingual;

  constructor(reason: Bilingual) {
    super(reason.en);
    this.reason = reason;
  }
}

function refuse(reason: Bilingual): never {
  throw new Refusal(reason);
}

function fault({ en, zh }: Bilingual): Extract<Verdict, { outcome: "fault" }> {
  return { outcome: "fault", reason: en, reasonZh: zh };
}

const theAnswer = both("the answer", "响应");
const theMessage = both("the message", "解密后的消息");

/** `pushed` says how the push was written, where it may have been JSON; then so is the answer. */
function read(bytes: Buffer, what: Bilingual, pushed?: "json" | "xml"): XmlElement {
  const fault = encodingFault(bytes);
  if (fault !== undefined)
    refuse(
      both(
        `${what.en} ${fault.what.en}. ${fault.fix.en}`,
        `${what.zh}${fault.what.zh}。${fault.fix.zh}`,
      ),
    );
  const xml = bytes.toString("utf8");
  const start = xml.trimStart();
  const isJson = formatOf(xml) === "json" && pushed !== undefined;
  if (!isJson && pushed === "json" && start.startsWith("<")) {
    refuse(both(`${what.en} is XML, but the push was JSON`, `推送是 JSON，${what.zh}却是 XML`));
  }
  if (!isJson && !start.startsWith("<")) {
    const kind =
      start.trimEnd() === "success"
        ? both('"success" with white space around it', "前后有空白的 success")
        : /^[{["]/.test(start)
          ? both("JSON", " JSON")
          : both("plain text", "纯文本");
    const accepted = pushed === "json" ? "JSON" : "XML";
    refuse(
      both(
        `${what.en} is ${kind.en}; WeChat accepts ${accepted}, "success" or an empty body`,
        `${what.zh}是${kind.zh}；微信只接受 ${accepted}、success 或空内容`,
      ),
    );
  }
  try {
    return parseBody(xml);
  } catch (error) {
    if (error instanceof MalformedXml) {
      const format = isJson ? "JSON" : "XML";
      refuse(
        both(
          `${what.en} is not ${format} as WeChat reads it: ${error.what}`,
          `${what.zh}不是微信能读的 ${format}：${error.what}`,
        ),
      );
    }
    throw error;
  }
}

function decrypt(root: XmlElement, account: SimulatedAccount): Buffer {
  if (account.mode === "plain")
    refuse(both("the answer is encrypted but the push was not", "推送没有加密，响应却是加密的"));
  const encrypted = textOf(root, "Encrypt");
  const timestamp = textOf(root, "TimeStamp");
  const nonce = textOf(root, "Nonce");
  if (!verify(textOf(root, "MsgSignature"), account.token, timestamp, nonce, encrypted)) {
    refuse(
      both(
        "MsgSignature does not fit Token, TimeStamp, Nonce and Encrypt of the answer",
        "MsgSignature 与响应里的 Token、TimeStamp、Nonce、Encrypt 对不上",
      ),
    );
  }
  return (
    cipherOf(account).open(encrypted) ??
    refuse(
      both(
        "the answer cannot be decrypted with this account's EncodingAESKey and AppID",
        "用这个账号的 EncodingAESKey 和 AppID 无法解密响应",
      ),
    )
  );
}

function contentOf(root: XmlElement, judged: Judged): Content {
  const to = textOf(root, "ToUserName");
  const from = textOf(root, "FromUserName");
  if (to !== judged.openid || from !== judged.account.id) {
    refuse(
      to === judged.account.id
        ? both(
            "ToUserName and FromUserName are not swapped: the answer goes to the user",
            "ToUserName 和 FromUserName 没有对调：响应是发给用户的",
          )
        : both(
            "ToUserName must be the user's openid and FromUserName the account's original id (原始ID)",
            "ToUserName 必须是用户的 openid，FromUserName 必须是公众号的原始ID",
          ),
    );
  }
  if (!/^\d+$/.test(textOf(root, "CreateTime")))
    refuse(both("CreateTime is not a number", "CreateTime 不是数字"));
  const type = textOf(root, "MsgType").toLowerCase();
  const readContent = contents[type];
  if (readContent === undefined)
    refuse(
      both(
        `MsgType "${type}" is not one that can be answered with`,
        `不能用 MsgType “${type}” 回复`,
      ),
    );
  return readContent(root, judged);
}

const contents: Readonly<Record<string, (root: XmlElement, judged: Judged) => Content>> = {
  text(root) {
    const text = textOf(root, "Content");
    if (text === "")
      refuse(
        both(
          "Content is empty; to say nothing, answer with success",
          "Content 是空的；不想回复就返回 success",
        ),
      );
    const bytes = Buffer.byteLength(text);
    if (bytes > textLimit)
      refuse(
        both(
          `Content is ${bytes} bytes long; WeChat accepts ${textLimit}`,
          `Content 长 ${bytes} 字节；微信最多接受 ${textLimit} 字节`,
        ),
      );
    return { type: "text", content: text };
  },
  image: (root, judged) => ({ type: "image", mediaId: mediaOf(child(root, "Image"), judged) }),
  voice: (root, judged) => ({ type: "voice", mediaId: mediaOf(child(root, "Voice"), judged) }),
  video(root, judged) {
    const video = child(root, "Video");
    return {
      type: "video",
      mediaId: mediaOf(video, judged),
      ...optional("title", video.Title),
      ...optional("description", video.Description),
    };
  },
  music(root, judged) {
    const music = child(root, "Music");
    return {
      type: "music",
      thumbMediaId: mediaOf(music, judged, "ThumbMediaId"),
      ...optional("title", music.Title),
      ...optional("description", music.Description),
      ...optional("url", music.MusicUrl),
      ...optional("hqUrl", music.HQMusicUrl),
    };
  },
  news(root, judged) {
    const items = articlesIn(root);
    const count = Number(textOf(root, "ArticleCount"));
    if (count !== items.length)
      refuse(
        both(
          `ArticleCount is ${count}, but there are ${items.length}`,
          `ArticleCount 是 ${count}，实际有 ${items.length} 篇`,
        ),
      );
    if (count > 10)
      refuse(
        both(
          `there are ${count} articles; WeChat does not answer above 10`,
          `有 ${count} 篇图文；超过 10 篇微信不会回复`,
        ),
      );
    // WeChat shows as many as are allowed and drops the others.
    const shown = items.slice(0, judged.isEvent ? 8 : 1);
    return { type: "news", articles: shown.map(articleOf) };
  },
  transfer_customer_service(root) {
    const info = root.TransInfo;
    const account = typeof info === "object" && "KfAccount" in info ? info.KfAccount : undefined;
    return { type: "transfer_customer_service", ...optional("account", account) };
  },
};

/** The articles, each within `<item>`, or in JSON as a list in the place of `<Articles>`. */
function articlesIn(root: XmlElement): readonly (string | XmlElement)[] {
  const { Articles } = root;
  const isOne = typeof Articles === "object" && "Title" in Articles;
  if (Array.isArray(Articles) || isOne) return [Articles].flat() as readonly XmlElement[];
  return [child(root, "Articles").item ?? []].flat() as readonly (string | XmlElement)[];
}

function articleOf(item: string | XmlElement): NewsArticle {
  const from: XmlElement = typeof item === "string" ? {} : item;
  return {
    title: leaf(from.Title),
    ...optional("description", from.Description),
    ...optional("picUrl", from.PicUrl),
    ...optional("url", from.Url),
  };
}

function mediaOf(parent: XmlElement, judged: Judged, name = "MediaId"): string {
  const mediaId = textOf(parent, name);
  if (mediaId === "") refuse(both(`${name} is empty`, `${name} 是空的`));
  if (!judged.hasMedia(mediaId)) {
    refuse(
      both(
        `no file has the ${name} ${JSON.stringify(mediaId)} here: it was never uploaded, or its three days are over`,
        `这里没有 ${name} 为 ${JSON.stringify(mediaId)} 的文件：没有上传过，或三天的有效期已过`,
      ),
    );
  }
  return mediaId;
}

function child(root: XmlElement, name: string): XmlElement {
  const element = root[name];
  if (typeof element === "object" && !Array.isArray(element)) return element as XmlElement;
  return refuse(missing(name));
}

function textOf(root: XmlElement, name: string): string {
  const text = root[name];
  if (typeof text === "string") return text;
  return refuse(
    text === undefined
      ? missing(name)
      : both(`<${name}> is repeated or no text`, `<${name}> 重复了，或不是文本`),
  );
}

function missing(name: string): Bilingual {
  return both(`<${name}> is missing`, `缺少 <${name}>`);
}

function leaf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function optional<K extends string>(name: K, value: unknown): { readonly [P in K]?: string } {
  const text = leaf(value);
  return (text === "" ? {} : { [name]: text }) as { readonly [P in K]?: string };
}
