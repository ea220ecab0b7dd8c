/** What WeChat opens when it is tapped. */
const schemes = /^(?:https?:\/\/[^\s/]|weixin:\/\/|tel:|mailto:|sms:)/i;

/** An address as it may stand in a link; `undefined` for what WeChat cannot open. */
export function addressOf(address: string): string | undefined {
  const url = address.trim().replace(/^\/\//, "https://");
  return schemes.test(url) ? url.replace(/["<>\s]/g, encodeURIComponent) : undefined;
}
