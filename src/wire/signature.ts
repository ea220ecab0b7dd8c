import { hash } from "node:crypto";

/**
 * WeChat's signature of some strings: SHA-1, in lower-case hex, of their concatenation in sorted order.
 *
 * Source: 「接入概述」 (token, timestamp, nonce) and 「消息加解密说明」 (the same and the cipher text).
 */
export function sign(...parts: string[]): string {
  // In one call: an object for each hash would cost the garbage collector more than the hash itself.
  return hash("sha1", parts.sort().join(""), "hex");
}

/** Whether `signature` is the one of `parts`, compared in constant time. Anything but 40 characters is not. */
export function verify(signature: unknown, ...parts: string[]): boolean {
  if (typeof signature !== "string" || signature.length !== 40) return false;
  const right = hash("sha1", parts.sort().join(""), "hex");
  // Every character is looked at, whatever the first ones say; timingSafeEqual would need two Buffers.
  let difference = 0;
  for (let at = 0; at < 40; at++) difference |= signature.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}
