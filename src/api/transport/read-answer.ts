import { WechatError } from "../../errors.js";
import type { OutputLanguage } from "../../language.js";
import { ApiError } from "../api-error.js";
import { fileNameOf, isAttachment } from "../files/file-name.js";
import type { Reply } from "./exchange.js";
import { withoutSecrets, withoutSecretsIn } from "./hidden.js";
import type { Download, Progress } from "./http.js";
import { parseJson } from "./json.js";
import { sparing } from "./progress.js";

/** No answer of WeChat comes near it; without a bound, one that does not end fills the memory. */
const maxJson = 32 * 1024 * 1024;
/** What describes a file, or why there is none, is shorter. */
const maxDescription = 64 * 1024;
/** No kind of file of WeChat's may be larger. */
const maxFile = 64 * 1024 * 1024;

/** Reads an answer in JSON; throws an ApiError if it holds an error code. */
export async function readJson<T>(
  reply: Reply,
  secrets: readonly string[],
  language?: OutputLanguage,
): Promise<T> {
  return checked<T>(reply, parsed(await reply.bytes(maxJson)), secrets, language);
}

/**
 * Reads an answer that is a file, or JSON that says where the file is or why there is none. WeChat
 * sends either under any content type: what is called an attachment is a file, and so is what does not
 * begin with `{`.
 */
export async function readFile<T>(
  reply: Reply,
  secrets: readonly string[],
  language?: OutputLanguage,
  onProgress?: Progress,
): Promise<Download | T> {
  const contentType = reply.headers.get("content-type") ?? undefined;
  const disposition = reply.headers.get("content-disposition");
  const isText = contentType === undefined || /json|text/i.test(contentType);
  let head = await reply.peek(0);
  if (!isAttachment(disposition)) {
    const first = firstOf(head.bytes);
    if (first === "{") {
      head = await reply.peek(maxDescription, head);
      const answer = head.isAll ? parsed(head.bytes) : undefined;
      if (isText || answer !== undefined) {
        const all = head.isAll ? answer : parsed(await reply.bytes(maxJson, head));
        return checked<T>(reply, all, secrets, language);
      }
    } else if (isText && (first === "" || (first === "<" && /html/i.test(contentType ?? "")))) {
      // Nothing at all, or the page of a proxy between.
      return checked<T>(reply, undefined, secrets);
    }
  }
  // Of what is compressed on its way, the length is another one.
  const isPacked = !/^(identity)?$/i.test(reply.headers.get("content-encoding") ?? "");
  const size = Number((isPacked ? undefined : reply.headers.get("content-length")) ?? Number.NaN);
  const total = Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const report = onProgress && sparing(onProgress);
  const stream = reply.stream(head, (transferred) => report?.({ transferred, total }));
  return {
    stream,
    contentType,
    filename: fileNameOf(disposition),
    size: total,
    async buffer(limit = maxFile) {
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > limit) {
          stream.destroy();
          throw new WechatError(
            "WX_API_RESPONSE",
            `The file of ${reply.endpoint} is longer than ${limit} bytes. Read its stream, or give buffer() a higher limit.`,
          );
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}

/** The first letter that is not blank; "" when there is none. */
function firstOf(bytes: Buffer): string {
  return bytes
    .toString("latin1", 0, 64)
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart()
    .charAt(0);
}

/** An object or a list; `undefined` for everything else. */
function parsed(bytes: Buffer): object | undefined {
  try {
    const value = parseJson(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function checked<T>(
  { endpoint, status }: Reply,
  answer: object | undefined,
  secrets: readonly string[],
  language?: OutputLanguage,
): T {
  if (answer === undefined) {
    throw new WechatError(
      "WX_API_RESPONSE",
      `${endpoint} was answered with status ${status} and something that is no JSON. Check whether "baseUrl" or a proxy leads elsewhere.`,
    );
  }
  const { errcode, errmsg, rest } = envelopeOf(answer);
  // A number, but for the odd proxy that quotes it; of an object JavaScript may not even make one.
  const code = typeof errcode === "string" ? Number(errcode) : errcode;
  if (typeof code !== "number" || Number.isNaN(code)) {
    throw new WechatError(
      "WX_API_RESPONSE",
      `${endpoint} was answered with an "errcode" that is no number. Check whether "baseUrl" or a proxy leads elsewhere.`,
    );
  }
  if (code === 0) return answer as T;
  const text = typeof errmsg === "string" ? withoutSecrets(errmsg, secrets) : "";
  const data = withoutSecretsIn(rest, secrets) as Readonly<Record<string, unknown>>;
  const isSmall = JSON.stringify(data).length <= maxDescription;
  throw new ApiError(endpoint, code, text, isSmall ? data : {}, language);
}

/** What says whether a call succeeded: `errcode`, or `base_resp`, which /publisher/stat has in its place. */
function envelopeOf(answer: object) {
  const { base_resp, ...plain } = answer as Readonly<Record<string, unknown>>;
  const {
    errcode = 0,
    errmsg,
    ...rest
  } = typeof base_resp === "object" && base_resp !== null && plain.errcode === undefined
    ? renamed(base_resp, plain)
    : plain;
  return { errcode, errmsg, rest };
}

function renamed(
  { ret, err_msg }: { readonly ret?: unknown; readonly err_msg?: unknown },
  rest: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { ...rest, errcode: ret, errmsg: err_msg };
}
