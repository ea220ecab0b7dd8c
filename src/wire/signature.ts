import { hash, timingSafeEqual } from "node:crypto";

/**
 * WeChat's signature of some strings: SHA-1, in lower-case hex, of their concatenation in sorted order.
 *
 * Source: 「接入概述」 (token, timestamp, nonce) and 「消息加解密说明」 (the same and the cipher text).
 */
export function sign(...parts: string[]): string {
  // In one call: an object for each hash would cost the garbage collector more than the hash itself.
  return hash("sha1", parts.sort().join(""), "hex");
}

/** Where two signatures are compared; reused, because a comparison happens at once. */
const [given, right] = [Buffer.alloc(40), Buffer.alloc(40)];

/** Whether `signature` is the one of `parts`, compared in constant time. Anything but 40 hex digits is not. */
export function verify(signature: unknown, ...parts: string[]): boolean {
  if (typeof signature !== "string" || !/^[0-9a-f]{40}$/.test(signature)) return false;
  given.write(signature, "latin1");
  right.write(sign(...parts), "latin1");
  return timingSafeEqual(given, right);
}
