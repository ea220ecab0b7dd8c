import { ConfigError, RequestError } from "../errors.js";
import { place } from "../places.js";
import { MessageCipher, undecryptable } from "./crypto.js";
import { type Format, formatOf, parseBody } from "./json.js";
import type { Query } from "./query.js";
import { sign, verify } from "./signature.js";
import { cdata, type XmlElement } from "./xml/xml.js";

/** Letters of a token that nobody finds by trying, even if it was thought up by a person. */
const longToken = 16;

/** What decides which requests are accepted. The request has no say in it. */
export interface EnvelopeOptions {
  /**
   * The Token of the account's settings for pushes, or `[current, previous]` while it is being changed.
   * Needed, but with `cloudHosting`.
   */
  readonly token?: string | readonly string[];
  /** The account's AppID; needed with `encodingAESKey`. */
  readonly appId?: string;
  /** The EncodingAESKey that stands beside it, or `[current, previous]`. With it, only encrypted pushes are accepted. */
  readonly encodingAESKey?: string | readonly string[];
  /** Accepts plain pushes besides encrypted ones, for the minutes in which the console is being switched over. */
  readonly acceptPlain?: boolean;
  /** How far a request's timestamp may be from now, in seconds either way. Default: 300. */
  readonly maxAge?: number;
  /** The clock, in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

/** The parameters of a request whose signature is right. */
export interface SignedQuery {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly msgSignature: string | undefined;
  /** The token that signed it. */
  readonly token: string;
}

/** An opened push. */
export interface Push<T> {
  /** How it is written, and so its answer. */
  readonly format: Format;
  /** The children of `<xml>`, decrypted if need be. */
  readonly root: XmlElement;
  /** What was read from them. */
  readonly content: T;
  /** What stands for the content of a plain push, which its signature does not cover. */
  readonly fingerprint?: string;
  /** Makes a reply fit for the answer: encrypted if the push was. */
  seal(reply: string): string;
}

/** A body: its text, or what another parser made of it. */
export type Body = string | XmlElement;

/** Opens what WeChat sends to one account and seals what is sent back. */
export class Envelope {
  readonly #tokens: readonly string[];
  readonly #ciphers: readonly MessageCipher[];
  readonly #acceptPlain: boolean;
  readonly #maxAge: number;
  readonly #now: () => number;

  /**
   * Throws a ConfigError that names the option and where to find its value. Where pushes come by a way
   * on which nothing is signed, there may be no token; then nothing that is signed is taken.
   */
  constructor(options: EnvelopeOptions, isUnsigned = false) {
    this.#tokens =
      isUnsigned && options.token === undefined ? [] : currentAndPrevious(options.token, "token");
    for (const token of this.#tokens) checkToken(token);
    if (this.#tokens.some((token) => token.length < longToken)) warnOfShortToken();
    const { appId, encodingAESKey, maxAge = 300, now = Date.now } = options;
    this.#ciphers =
      encodingAESKey === undefined
        ? []
        : currentAndPrevious(encodingAESKey, "encodingAESKey").map(
            (key) => new MessageCipher(key, appId),
          );
    this.#acceptPlain = this.#ciphers.length === 0 || options.acceptPlain === true;
    this.#maxAge = maxAge;
    this.#now = now;
  }

  /** Whether it decrypts what is encrypted. */
  get decrypts(): boolean {
    return this.#ciphers.length > 0;
  }

  /**
   * Checks the query's signature and age, before the body is read.
   * Throws a RequestError: 400 for a repeated parameter, 403 for a wrong signature or a stale one.
   */
  check(query: Query): SignedQuery {
    const signature = one(query, "signature");
    const timestamp = one(query, "timestamp") ?? "";
    const nonce = one(query, "nonce") ?? "";
    const msgSignature = one(query, "msg_signature");
    const token = this.#tokens.find((token) => verify(signature, token, timestamp, nonce));
    if (token === undefined || signature === undefined) throw unsigned();
    this.#checkAge(timestamp);
    return { signature, timestamp, nonce, msgSignature, token };
  }

  /** Answers the verification of the server address: returns the `echostr` of a signed request. */
  echo(query: Query): string {
    const { timestamp, nonce, msgSignature, token } = this.check(query);
    const echostr = one(query, "echostr");
    if (echostr !== undefined && msgSignature !== undefined && this.decrypts) {
      if (!verify(msgSignature, token, timestamp, nonce, echostr)) throw unsigned();
      const { message } = this.#decrypt(echostr);
      // Pushes and replies are encrypted with the same key. Whoever overheard one is not to read it here.
      if (!/^\d{1,32}$/.test(message)) throw undecryptable("it is no echostr, which is digits");
      return message;
    }
    // It goes back as it came, so it must not be able to be anything else than such a string.
    if (echostr === undefined || !/^[\w+/=.-]{1,512}$/.test(echostr)) {
      throw new RequestError(
        400,
        "WX_QUERY",
        'The signature is right, but "echostr" is missing or not of the kind that WeChat sends: a GET is there to verify the server address (服务器地址). See whether a proxy turns a POST into a GET or drops a part of the query string.',
      );
    }
    return echostr;
  }

  /**
   * Opens the body of a request that `check` has let pass. With a key configured it verifies
   * `msg_signature`, which covers the cipher text, and returns nothing but what was encrypted.
   *
   * `read` makes of it what is wanted; `was` says what another parser has parsed. What is wrong inside an encrypted message is the one refusal
   * of `undecryptable`, whoever finds it.
   */
  open<T>(
    query: SignedQuery,
    body: Body,
    read: (root: XmlElement) => T,
    was: Format = "xml",
  ): Push<T> {
    const { root: outer, format } = parsed(body, was);
    const encrypted = outer.Encrypt;
    if (this.decrypts && encrypted !== undefined) {
      return this.#openSealed(query, encrypted, format, read);
    }
    if (!this.#acceptPlain) {
      throw new RequestError(
        403,
        "WX_PLAIN",
        `A plain push arrived, but "encodingAESKey" is set, so only encrypted ones are accepted. Choose 安全模式 in ${place("mode")}, or set "acceptPlain" while you switch over.`,
      );
    }
    if (encrypted !== undefined && outer.MsgType === undefined) {
      throw new RequestError(
        400,
        "WX_ENCRYPTED",
        `An encrypted push arrived, but no "encodingAESKey" is set. Add it and "appId", or choose 明文模式 in ${place("mode")}.`,
      );
    }
    return {
      format,
      root: outer,
      content: read(outer),
      fingerprint: typeof body === "string" ? body : JSON.stringify(body),
      seal: (reply) => reply,
    };
  }

  #openSealed<T>(
    { timestamp, nonce, msgSignature, token }: SignedQuery,
    encrypted: unknown,
    format: Format,
    read: (root: XmlElement) => T,
  ): Push<T> {
    if (
      typeof encrypted !== "string" ||
      !verify(msgSignature, token, timestamp, nonce, encrypted)
    ) {
      throw unsigned();
    }
    const { message, cipher } = this.#decrypt(encrypted);
    // WeChat's are digits. Another could hold what XML cannot, and then the reply's signature would not fit.
    const echoed = /^[\w-]{1,64}$/.test(nonce) ? nonce : "0";
    const { format: inner, root, content } = inside(message, read);
    return {
      format: inner,
      root,
      content,
      seal: (reply) => {
        const timestamp = String(Math.floor(this.#now() / 1000));
        return seal(reply, cipher, token, timestamp, echoed, format);
      },
    };
  }

  #decrypt(encrypted: string): { message: string; cipher: MessageCipher } {
    let failure: unknown;
    for (const cipher of this.#ciphers) {
      try {
        return { message: cipher.decrypt(encrypted), cipher };
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  #checkAge(timestamp: string): void {
    const age = Math.round(this.#now() / 1000 - Number(timestamp));
    if (/^\d{1,10}$/.test(timestamp) && Math.abs(age) <= this.#maxAge) return;
    throw new RequestError(
      403,
      "WX_STALE",
      `The signature is right, but the request is ${Math.abs(age)} seconds ${age < 0 ? "ahead of" : "behind"} this server's clock; ${this.#maxAge} are allowed. Check the clock (NTP), or whether somebody repeats old requests.`,
    );
  }
}

/** Opens a push that came by a way on which nothing is signed or encrypted. Throws a RequestError (400). */
export function openUnsigned<T>(body: Body, read: (root: XmlElement) => T, was: Format): Push<T> {
  const { root, format } = parsed(body, was);
  return { format, root, content: read(root), seal: (reply) => reply };
}

function parsed(body: Body, was: Format = "xml"): Pick<Push<unknown>, "root" | "format"> {
  if (typeof body !== "string") return { root: body, format: was };
  const format = formatOf(body);
  return { root: parseBody(body, format), format };
}

/** Reads what was encrypted, without a word about it if that fails. */
function inside<T>(
  message: string,
  read: (root: XmlElement) => T,
): Pick<Push<T>, "format" | "root" | "content"> {
  try {
    const { root, format } = parsed(message);
    return { root, format, content: read(root) };
  } catch (error) {
    throw undecryptable(error instanceof RequestError ? error.reason : "it cannot be read");
  }
}

/**
 * Encrypts and signs a message as both sides of the wire do, as a reply is written.
 *
 * Source: 「消息加解密说明」.
 */
function seal(
  message: string,
  cipher: MessageCipher,
  token: string,
  timestamp: string,
  nonce: string,
  format: Format = "xml",
): string {
  const encrypted = cipher.encrypt(message);
  const signature = sign(token, timestamp, nonce, encrypted);
  if (format === "json") {
    const TimeStamp = Number(timestamp);
    return JSON.stringify({ Encrypt: encrypted, MsgSignature: signature, TimeStamp, Nonce: nonce });
  }
  return `<xml><Encrypt>${cdata(encrypted)}</Encrypt><MsgSignature>${cdata(signature)}</MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce>${cdata(nonce)}</Nonce></xml>`;
}

function one(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === "string") return value;
  throw new RequestError(
    400,
    "WX_QUERY",
    `The query parameter "${name}" is there twice; WeChat sends it once. See whether a proxy adds to the query string.`,
  );
}

function unsigned(): RequestError {
  return new RequestError(
    403,
    "WX_SIGNATURE",
    `The request is not signed with this account's token. If WeChat sent it, compare "token" with ${place("token")}, and see whether a proxy changes the query string.`,
  );
}

function currentAndPrevious(
  value: string | readonly string[] | undefined,
  option: string,
): readonly string[] {
  const values: readonly string[] = typeof value === "string" ? [value] : (value ?? []);
  if (!Array.isArray(values) || values.length === 0 || values.length > 2) {
    throw new ConfigError(
      `Wechat needs "${option}": a string, or [current, previous] while you change it. It stands in ${place("pushes")}.`,
    );
  }
  return values;
}

function checkToken(token: unknown): void {
  if (typeof token === "string" && /^[A-Za-z0-9]{3,32}$/.test(token)) return;
  const got =
    typeof token !== "string"
      ? `a value of type ${typeof token}`
      : token === ""
        ? "an empty string, with which anybody could sign (is the environment variable set?)"
        : token.trim() !== token
          ? "one with white space around it"
          : token.length < 3 || token.length > 32
            ? `${token.length} characters`
            : `${token.length} characters with others among them`;
  throw new ConfigError(
    `"token" must be 3 to 32 letters and digits, got ${got}. It is what you typed in ${place("token")}.`,
  );
}

let isWarned = false;

/** Once: who has a hundred accounts reads it as well. */
function warnOfShortToken(): void {
  if (isWarned) return;
  isWarned = true;
  process.emitWarning(
    `A "token" is shorter than ${longToken} characters. All that keeps others from pushing to this account is that nobody guesses it, and anybody who sees one request can try at home: take a long random one (openssl rand -hex 16 gives 32 characters) and set it in ${place("token")} too.`,
    { code: "WX_TOKEN" },
  );
}
