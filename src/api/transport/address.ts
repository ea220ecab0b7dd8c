import { ConfigError } from "../../errors.js";
import type { Rule } from "../../options.js";

/** Where WeChat's server APIs are. */
export const wechatApi = "https://api.weixin.qq.com";

/** This machine, private networks and names without a dot, where nobody has a certificate. */
const near =
  /^([^.:[\]]+|.+\.localhost|127(\.\d+){3}|\[::1\]|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2})$/;

/** Whether an address is of this machine: where the simulated WeChat runs. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** Why something is no address of a server, as it goes on from the option's name. */
function faultOfAddress(value: unknown): string | undefined {
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
  return problem && `must be an address such as "https://shop.example.com": ${problem}`;
}

/** The address of a server: https, or http on this machine and in private networks; without query, fragment and password. */
export const addressRule: Rule = { fault: faultOfAddress };
/** One, or several. */
export const addressesRule: Rule = {
  fault: (value) =>
    [value]
      .flat()
      .map(faultOfAddress)
      .find((fault) => fault !== undefined),
};

/** Such an address, checked. Throws a ConfigError that names the option. */
export function checkAddress(value: unknown, option: string): URL {
  const fault = faultOfAddress(value);
  if (fault !== undefined) throw new ConfigError(`"${option}" ${fault}.`);
  return new URL(value as string);
}

/** The path of a call, with its first slash. Throws a ConfigError for one that could lead elsewhere. */
export function checkPath(path: string): string {
  const endpoint = path.startsWith("/") ? path : `/${path}`;
  if (/^(\/[\w.-]+)+$/.test(endpoint) && !/\/\.\.?(\/|$)/.test(endpoint)) return endpoint;
  throw new ConfigError(
    'The path of a call must be like "/cgi-bin/user/info"; parameters go to "query".',
  );
}
