import { isUtf8 } from "node:buffer";
import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  type Decipher,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";
import { ConfigError, RequestError } from "../errors.js";
import { place } from "../places.js";

/** WeChat pads to 32 bytes, twice AES's own block; Node's automatic padding refuses that. */
const block = 32;
/** What another key leaves, but for one time in 256. */
const wrongPadding = "its padding is wrong: it was encrypted with another key";
/** 16 random bytes and the length of the message stand before it. */
const head = 20;

/**
 * Encrypts and decrypts messages of one account: AES-256-CBC with the EncodingAESKey, around
 * `random(16) | length(4, big-endian) | message | appId`.
 *
 * Source: 「消息加解密说明」.
 */
export class MessageCipher {
  readonly #iv: Buffer;
  readonly #appId: Buffer;
  /**
   * One for all messages, for they are dear to make. What CBC carries over from one message to the
   * next falls on the first block alone, which is the random one.
   */
  readonly #decipher: Decipher;
  readonly #cipher: Cipher;
  /** The last block that was encrypted. */
  #last: Buffer;

  /** Throws a ConfigError unless the key has 43 letters and digits and there is an AppID. */
  constructor(encodingAESKey: string, appId: string | undefined) {
    if (typeof encodingAESKey !== "string" || !/^[A-Za-z0-9]{43}$/.test(encodingAESKey)) {
      throw new ConfigError(
        `"encodingAESKey" must be 43 letters and digits, got ${describeKey(encodingAESKey)}. Copy it again from ${place("encodingAESKey")}; do not add "=".`,
      );
    }
    if (typeof appId !== "string" || appId === "") {
      throw new ConfigError(
        `With "encodingAESKey", "appId" is needed too: every encrypted push names the account it is for. It is ${place("appId")}.`,
      );
    }
    // The last letter may have spare bits set, so the key cannot be checked by encoding it again.
    const key = Buffer.from(`${encodingAESKey}=`, "base64");
    this.#iv = key.subarray(0, 16);
    this.#appId = Buffer.from(appId, "utf8");
    this.#decipher = createDecipheriv("aes-256-cbc", key, this.#iv).setAutoPadding(false);
    this.#cipher = createCipheriv("aes-256-cbc", key, this.#iv).setAutoPadding(false);
    this.#last = this.#iv;
  }

  /** Encrypts a message to base64. `random` is for known-answer tests. */
  encrypt(message: string, random: Buffer = nextRandom()): string {
    const length = Buffer.byteLength(message, "utf8");
    const used = head + length + this.#appId.length;
    const padding = block - (used % block);
    const plain = Buffer.allocUnsafe(used + padding);
    for (let at = 0; at < 16; at += 1) {
      const carried = (this.#last[at] as number) ^ (this.#iv[at] as number);
      plain[at] = (random[at] as number) ^ carried;
    }
    plain.writeUInt32BE(length, 16);
    plain.write(message, head, "utf8");
    this.#appId.copy(plain, head + length);
    plain.fill(padding, used);
    const sealed = this.#cipher.update(plain);
    this.#last = sealed.subarray(-16);
    return sealed.toString("base64");
  }

  /** Decrypts what WeChat sent. Every failure is the RequestError of `undecryptable`. */
  decrypt(encrypted: string): string {
    const message = this.#unseal(encrypted);
    if (typeof message === "string") throw undecryptable(message);
    // WeChat sends UTF-8. Blocks of two messages that were put together have a seam, which is none.
    if (!isUtf8(message)) throw undecryptable("it is not UTF-8");
    return message.toString("utf8");
  }

  /** The bytes of the message; undefined when they cannot be decrypted. */
  open(encrypted: string): Buffer | undefined {
    const message = this.#unseal(encrypted);
    return typeof message === "string" ? undefined : message;
  }

  /** The bytes of the message, or what is wrong with it. Its first block is decrypted to nothing. */
  #unseal(encrypted: string): Buffer | string {
    const sealed = Buffer.from(encrypted, "base64");
    // Node passes over what is no base64, or takes another letter whose low byte is one.
    if (sealed.toString("base64") !== encrypted) return "it is not base64";
    if (sealed.length === 0 || sealed.length % 16 !== 0) return "it is not of whole blocks";
    const plain = this.#decipher.update(sealed);
    const padding = plain[plain.length - 1] as number;
    const used = plain.length - padding;
    if (padding < 1 || padding > block || used < head) return wrongPadding;
    for (let at = used; at < plain.length; at++) if (plain[at] !== padding) return wrongPadding;
    const end = head + plain.readUInt32BE(16);
    if (end > used) return "its length is wrong";
    const appId = plain.subarray(end, used);
    if (appId.length !== this.#appId.length || !timingSafeEqual(appId, this.#appId)) {
      return "it is for another AppID";
    }
    return plain.subarray(head, end);
  }
}

/**
 * The one refusal of an encrypted message, whatever is wrong with it or inside it, so that nobody
 * learns from the difference what was encrypted. `flaw` is for the owner alone.
 */
export function undecryptable(flaw: string): RequestError {
  const message = `The push could not be decrypted for this account. Compare "encodingAESKey" with ${place("encodingAESKey")}, and "appId" with the account's.`;
  return new RequestError(403, "WX_DECRYPT", message, {
    reason: `${message} In detail, which the sender is not told: ${flaw.replace(/\.$/, "")}.`,
  });
}

/** Random bytes in stock: asking the system for sixteen costs nearly as much as for thousands. */
const stock = Buffer.alloc(4_096);
let used = stock.length;

function nextRandom(): Buffer {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += 16;
  return stock.subarray(used - 16, used);
}

function describeKey(key: unknown): string {
  if (typeof key !== "string") return `a value of type ${typeof key}`;
  if (key === "") {
    return "an empty string (is the environment variable set? Without a key, which is 明文模式, leave the option out)";
  }
  return key.length === 43 ? "other characters among them" : `${key.length}`;
}
