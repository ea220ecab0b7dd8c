// Signatures and encryption as WeChat has them, with the primitives of node:crypto that everybody has.
// Written apart from src/, so that koa-wx is not measured, or judged, by its own code.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { account } from "./account.js";

const { appId, encodingAESKey } = account;
const key = Buffer.from(`${encodingAESKey}=`, "base64");
const iv = key.subarray(0, 16);

export const sha1 = (...parts) => createHash("sha1").update(parts.sort().join("")).digest("hex");

export function encrypt(message) {
  const head = Buffer.concat([randomBytes(16), Buffer.alloc(4)]);
  head.writeUInt32BE(Buffer.byteLength(message), 16);
  const used = Buffer.concat([head, Buffer.from(message + appId)]);
  const padding = 32 - (used.length % 32);
  const padded = Buffer.concat([used, Buffer.alloc(padding, padding)]);
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
}

/** The message; `undefined` if it is for another account. */
export function decrypt(sealed) {
  const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed, "base64"), decipher.final()]);
  const end = 20 + plain.readUInt32BE(16);
  const id = plain.toString("utf8", end, plain.length - plain[plain.length - 1]);
  return id === appId ? plain.toString("utf8", 20, end) : undefined;
}
