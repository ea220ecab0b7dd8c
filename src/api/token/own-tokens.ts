import { ConfigError, WechatError } from "../../errors.js";
import { kindOf } from "../../options.js";
import { abortable } from "../../time/abortable.js";
import { isToken } from "./renewed-value.js";
import type { TokenProvider } from "./token.js";

/** Longer than any token server needs; without a bound, a call would wait for ever. */
const patience = 30_000;

/** A provider of the user's own, whose tokens are looked at before they are sent anywhere. */
export function ownTokens(provider: TokenProvider | (() => Promise<string>)): TokenProvider {
  const own: TokenProvider = typeof provider === "function" ? { get: provider } : provider;
  return {
    get: async () => checked(await inTime(() => own.get()), "an access token"),
    async invalidate(token) {
      // That it fails is no reason to hide what WeChat said.
      await inTime(() => own.invalidate?.(token)).catch(() => {});
    },
    life(token) {
      const life: unknown = own.life?.(token);
      return Number.isFinite(life) ? (life as number) : undefined;
    },
    ...(own.ticket === undefined
      ? {}
      : {
          ticket: async (type) =>
            checked(await inTime(() => own.ticket?.(type)), `a ticket for ${type}`),
        }),
  };
}

/** Says what was given in place of a token; never the value, which may hold one. */
function checked(value: unknown, wanted: string): string {
  if (isToken(value)) return value;
  throw new ConfigError(`"tokenProvider" gave ${faultOf(value)} in place of ${wanted}.`);
}

function faultOf(value: unknown): string {
  if (value === "") return "an empty string (is a variable or a key not set?)";
  if (typeof value !== "string") {
    return `${kindOf(value)} (of WeChat's answer, give the text of access_token or ticket alone)`;
  }
  return value.trim() === value
    ? "a text that no token can be (white space, quotes of another alphabet, or much too long)"
    : "a text with white space or a line break at an end (trim it)";
}

/** What a function of the user's gives, if it does so in time. */
async function inTime<T>(work: () => Promise<T> | T): Promise<T> {
  const late = AbortSignal.timeout(patience);
  try {
    return await abortable(work(), late);
  } catch (error) {
    if (!late.aborted) throw error;
    const text = `"tokenProvider" gave nothing within ${patience / 1000} seconds. Let it fail sooner, and see what it waits for.`;
    throw new WechatError("WX_API_TIMEOUT", text);
  }
}
