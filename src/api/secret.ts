import { ConfigError } from "../errors.js";
import type { AppCredentials } from "./http.js";

/** The account's secret, for the calls that send it themselves; a client can be made without. */
export function secretOf({ appSecret }: AppCredentials): string {
  if (appSecret !== "") return appSecret;
  throw new ConfigError(
    'This call needs "appSecret", the 开发者密码(AppSecret) in 设置与开发 → 基本配置; a "tokenProvider" is not enough.',
  );
}
