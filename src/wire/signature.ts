import * as crypto from "node:crypto";

/**
 * WeChat's signature of some strings: SHA-1, in lower-case hex, of their concatenation in sorted order.
 *
 * Source: 「接入概述」 (token, timestamp, nonce) and 「消息加解密说明」 (the same and the cipher text).
 */
export function sign(...parts: string[]): string {
  // In one call: an object for each hash would cost the garbage collector more than the hash itself.
  return crypto.hash("sha1", joined(parts), "hex");
}

/** Whether `signature` is the one of `parts`, compared in constant time. Anything but 40 characters is not. */
export function verify(signature: unknown, ...parts: string[]): boolean {
  if (typeof signature !== "string" || signature.length !== 40) return false;
  const right = crypto.hash("sha1", joined(parts), "hex");
  // Every character is looked at, whatever the first ones say; timingSafeEqual would need two Buffers.
  let difference = 0;
  for (let at = 0; at < 40; at++) difference |= signature.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}

/** The parts in sorted order. So few are sorted by insertion in half the time. */
function joined(parts: string[]): string {
  for (let end = 1; end < parts.length; end++) {
    const part = parts[end] as string;
    let at = end;
    for (; at > 0 && (parts[at - 1] as string) > part; at--) parts[at] = parts[at - 1] as string;
    parts[at] = part;
  }
  return parts.join("");
}
