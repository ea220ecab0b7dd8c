import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { ChaosAccount } from "./wire.js";

/** SHA-1 of the sorted parts: WeChat's signature. Source: 「消息推送」. */
export function signed(...parts: readonly string[]): string {
  return createHash("sha1")
    .update([...parts].sort().join(""))
    .digest("hex");
}

/** AES-256-CBC over 16 random bytes, the length, the message and the AppID. Source: 「消息加解密说明」. */
export function encrypted(message: string, { encodingAESKey, appId }: ChaosAccount): string {
  const text = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const clear = Buffer.concat([randomBytes(16), length, text, Buffer.from(appId)]);
  const pad = 32 - (clear.length % 32);
  const cipher = createCipheriv("aes-256-cbc", ...keyOf(encodingAESKey)).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(Buffer.concat([clear, Buffer.alloc(pad, pad)])),
    cipher.final(),
  ]).toString("base64");
}

/** The message of what the other side has encrypted. */
export function decrypted(sealed: string, { encodingAESKey }: ChaosAccount): string {
  const cipher = createDecipheriv("aes-256-cbc", ...keyOf(encodingAESKey)).setAutoPadding(false);
  const clear = Buffer.concat([cipher.update(sealed, "base64"), cipher.final()]);
  return clear.toString("utf8", 20, 20 + clear.readUInt32BE(16));
}

function keyOf(encodingAESKey = ""): [key: Buffer, iv: Buffer] {
  const key = Buffer.from(`${encodingAESKey}=`, "base64");
  return [key, key.subarray(0, 16)];
}
