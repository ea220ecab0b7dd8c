import { addressRule, checkAddress } from "../api/transport/address.js";
import { ConfigError } from "../errors.js";
import { kindOf, required } from "../options.js";
import { place } from "../places.js";

/**
 * The public address of this app, as browsers have it. It comes from the configuration: `Host` and
 * `X-Forwarded-*` are written by whoever sends the request.
 */
export const baseUrlRule = required({
  fault: (value) =>
    value === undefined
      ? `is missing: the public address of this app, such as "https://shop.example.com". Its domain is the one of ${place("loginDomain")}`
      : addressRule.fault(value),
});

/** The origins of an allow-list, checked: addresses without a path. Throws a ConfigError. */
export function checkOrigins(origins: unknown, option: string): ReadonlySet<string> {
  if (!Array.isArray(origins)) {
    throw new ConfigError(
      `"${option}" takes a list of origins, such as ["https://m.example.com"], got ${kindOf(origins)}.`,
    );
  }
  return new Set(
    origins.map((origin: unknown) => {
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
