import { webAddress } from "./chat/text.js";

/**
 * Where a picture that the account names is loaded from: here, if WeChat keeps it; nowhere, if it
 * is another site's and the person at the page has not allowed that.
 */
export function pictureAddress(address: string, others: boolean): string | undefined {
  const url = webAddress(address);
  if (url === undefined) return undefined;
  const { hostname, origin, pathname } = new URL(url);
  const kept = /^\/mmbiz\w*\/([\w-]+)\//.exec(pathname)?.[1];
  if (hostname === "mmbiz.qpic.cn" && kept !== undefined) return mediaAddress(kept);
  return others || origin === location.origin || isLoopback(hostname) ? url : undefined;
}

/** Where a file of the simulated WeChat is. */
export function mediaAddress(mediaId: string): string {
  return `/phone/media/${encodeURIComponent(mediaId)}`;
}

/** Whether a name is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
