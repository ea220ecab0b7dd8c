import { ConfigError } from "../../errors.js";
import { place } from "../../places.js";
import type { AppCredentials } from "../transport/http.js";

/** The account's secret, for the calls that send it themselves; a client can be made without. */
export function secretOf({ appSecret }: AppCredentials): string {
  if (appSecret !== "") return appSecret;
  throw new ConfigError(
    `This call needs "appSecret" (${place("appSecret")}); a "tokenProvider" is not enough.`,
  );
}
