import { ConfigError } from "../errors.js";

/** An address of WeChat's servers. Throws a ConfigError unless it is https and nothing but an address. */
export function checkBase(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const local = url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (
    url === undefined ||
    (url.protocol !== "https:" && !(local && url.protocol === "http:")) ||
    url.username !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw new ConfigError(
      `"baseUrl" must be an https address without user, query and fragment (http only for this machine).`,
    );
  }
  return url;
}

/** The path of a call, with its first slash. Throws a ConfigError for one that could lead elsewhere. */
export function checkPath(path: string): string {
  const endpoint = path.startsWith("/") ? path : `/${path}`;
  if (/^(\/[\w.-]+)+$/.test(endpoint) && !/\/\.\.?(\/|$)/.test(endpoint)) return endpoint;
  throw new ConfigError(
    'The path of a call must be like "/cgi-bin/user/info"; parameters go to "query".',
  );
}
