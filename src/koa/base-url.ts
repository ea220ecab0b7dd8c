import { ConfigError } from "../errors.js";

/** This machine and private networks, where nobody has a certificate. */
const near =
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\]|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2})$/;

/** Whether an address is of this machine: where the simulated WeChat runs. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/**
 * The address of a server, checked: https, or http on this machine and in private networks; without
 * query, fragment and password. Throws a ConfigError that names the option.
 */
export function checkAddress(value: unknown, option: string): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const problem =
    url === undefined
      ? `got ${value === undefined ? "nothing" : "something that is no URL"}`
      : url.protocol !== "https:" && !(url.protocol === "http:" && near.test(url.hostname))
        ? "it must begin with https:// (http:// only on this machine and in private networks)"
        : url.search !== "" || url.hash !== ""
          ? "it has a query or a fragment"
          : url.username !== "" || url.password !== ""
            ? "it holds a user name or a password"
            : undefined;
  if (url === undefined || problem !== undefined) {
    throw new ConfigError(
      `"${option}" must be an address such as "https://shop.example.com": ${problem}.`,
    );
  }
  return url;
}

/**
 * The public address of this app, as browsers have it. It comes from the configuration: `Host` and
 * `X-Forwarded-*` are written by whoever sends the request. Throws a ConfigError.
 */
export function checkBaseUrl(value: unknown): URL {
  if (value === undefined) {
    throw new ConfigError(
      '"baseUrl" is missing: the public address of this app, such as "https://shop.example.com". Its domain is the one of 设置与开发 → 公众号设置 → 功能设置 → 网页授权域名.',
    );
  }
  return checkAddress(value, "baseUrl");
}

/** The origins of an allow-list, checked: addresses without a path. Throws a ConfigError. */
export function checkOrigins(origins: readonly string[], option: string): ReadonlySet<string> {
  return new Set(
    origins.map((origin) => {
      const url = checkAddress(origin, option);
      if (url.pathname === "/") return url.origin;
      throw new ConfigError(
        `"${option}" takes origins such as "https://m.example.com"; ${url.origin} was given with a path.`,
      );
    }),
  );
}

/** A path under a base, whatever slashes stand between them. */
export function under(base: URL, path: string): string {
  return base.origin + base.pathname.replace(/\/$/, "") + path;
}
