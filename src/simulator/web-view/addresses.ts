/** Where the stand-in for WeChat's script is, on each web view. */
export const standInPath = "/.koa-wx/jweixin.js";

/** WeChat's script, under whichever of its addresses. */
const script = /(?:https?:)?\/\/res2?\.wx\.qq\.com\/open\/js\/jweixin-[\w.-]{1,32}\.js/g;

/** The two addresses of a web server: its own, and the web view through which its pages are seen. Origins. */
export class Addresses {
  readonly own: string;
  readonly view: string;

  constructor(own: string, view: string) {
    this.own = own;
    this.view = view;
  }

  /** A text of the browser's as the server would have it: the web view is not seen by it. */
  toOwn(text: string): string {
    return replaceOrigin(
      replaceOrigin(text, this.view, this.own),
      encodeURIComponent(this.view),
      encodeURIComponent(this.own),
    );
  }

  /** A text of the server's as the browser is to have it. */
  toView(text: string): string {
    return replaceOrigin(text, this.own, this.view);
  }
}

/** Has a page or a script load the stand-in in the place of WeChat's script. */
export function withStandIn(source: string): string {
  // The checksum of the one is not that of the other.
  return source
    .replace(script, standInPath)
    .replace(/<script\b[^<>]*>/gi, (tag) =>
      tag.includes(standInPath) ? tag.replace(/\sintegrity\s*=\s*(?:"[^"]*"|'[^']*')/i, "") : tag,
    );
}

/** A policy (Content-Security-Policy) that allows WeChat's script allows the stand-in, too. */
export function policyWithStandIn(policy: string): string {
  return policy.replace(/(?:https?:\/\/)?res2?\.wx\.qq\.com(?::\d+)?(?:\/[^\s;,]*)?/g, "'self'");
}

/** An origin, where no further digit makes another port of it, and no further letter another host. */
function replaceOrigin(text: string, from: string, to: string): string {
  return text
    .split(from)
    .reduce(
      (before, after) => before + (/^[\w.-]/.test(after) || /^:\d/.test(after) ? from : to) + after,
    );
}
