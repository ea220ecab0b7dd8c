import { RequestError } from "../errors.js";

const maxUrl = 4_000;
const cure = 'encodeURIComponent(location.href.split("#")[0])';

/**
 * The parameter `url` of a query. Throws a RequestError for one that was not encoded and therefore
 * reads in more than one way: a part of the address has become a parameter, or is decoded now.
 */
export function askedPage(querystring: string): string {
  const urls = new URLSearchParams(querystring).getAll("url");
  const [url] = urls;
  if (url === undefined || urls.length > 1) throw noPage();
  const rest = /(?:^|&)url=(.*)$/s.exec(querystring)?.[1] ?? "";
  // encodeURIComponent leaves none of these as they are.
  const isEncoded = !/[?=]|:\/\//.test(rest.replace(/&.*$/s, ""));
  if (isEncoded || rest === url) return url;
  throw new RequestError(
    400,
    "WX_QUERY",
    `The parameter "url" is not encoded, so that not all of the address has arrived as it is: send ${cure}.`,
  );
}

/**
 * The address to sign: as the browser has it, to the letter, but without the fragment. Throws a
 * RequestError for a page that is not allowed, and for what no browser would call its address.
 * `referer` is where the request comes from, if that is known.
 */
export function checkPage(url: unknown, isAllowed: (url: URL) => boolean, referer = ""): string {
  if (typeof url !== "string") throw noPage();
  const page = withoutFragment(url);
  if (page.length > maxUrl || !/^https?:\/\/[^\s\\]+$/i.test(page) || !URL.canParse(page)) {
    throw noPage();
  }
  const parsed = new URL(page);
  if (parsed.username !== "" || parsed.password !== "" || !isAllowed(parsed)) {
    throw new RequestError(
      403,
      "WX_QUERY",
      `Pages of ${parsed.origin} are not signed: add the origin to "allow" of wx.jssdk() if they are yours.`,
    );
  }
  if (/&(?:amp|#0*38|#x0*26);/i.test(url) && page !== withoutFragment(referer)) {
    throw new RequestError(
      400,
      "WX_QUERY",
      `The address holds "&amp;", as one does that was escaped for HTML: have the page send its own, ${cure}.`,
    );
  }
  if (alike(page) !== alike(parsed.href)) {
    throw new RequestError(
      400,
      "WX_QUERY",
      `No browser has this address as its own: in location.href, Chinese and other letters are escaped, a slash follows the host, and dots and standard ports are gone. Send ${cure}.`,
    );
  }
  return page;
}

const withoutFragment = (address: string) => address.replace(/#.*$/s, "");

/** An address in which it does not matter whether signs are escaped that not all browsers escape. */
const alike = (address: string) =>
  address.replace(/%(?:2[27]|3[CE]|5[BDE]|60|7[BCD])/gi, decodeURIComponent);

function noPage(): RequestError {
  return new RequestError(
    400,
    "WX_QUERY",
    `The parameter "url" must be the address of the page: ${cure}.`,
  );
}
