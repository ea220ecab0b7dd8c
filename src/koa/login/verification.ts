import type { Context as KoaContext } from "koa";
import { ConfigError } from "../../errors.js";

/** The file by which WeChat makes sure that a domain is yours, as the console gives it for download. */
export interface VerifyFile {
  /** Its name, such as `MP_verify_AbCdEfGhIjKlMnOp.txt`. */
  readonly name: string;
  /** The text in it. */
  readonly content: string;
}

/** Throws a ConfigError for a file that WeChat would not ask for. */
export function checkVerify(verify: unknown): VerifyFile | undefined {
  if (verify === undefined) return undefined;
  const { name, content } = (verify ?? {}) as Partial<VerifyFile>;
  if (typeof name === "string" && /^[\w-]+\.txt$/.test(name) && typeof content === "string") {
    // A line break at the end is an editor's, not WeChat's.
    if (content.trim() !== "") return { name, content: content.trim() };
  }
  throw new ConfigError(
    '"verify" is the file that the console gives for the domain: { name: "MP_verify_….txt", content: "the text in it" }.',
  );
}

/** Answers WeChat's request for the file; whether it was one. It has no cookies, and never logs in. */
export function isVerified(ctx: KoaContext, file: VerifyFile | undefined): boolean {
  if (file === undefined || (ctx.method !== "GET" && ctx.method !== "HEAD")) return false;
  if (ctx.originalUrl.replace(/[?#].*$/s, "") !== `/${file.name}`) return false;
  ctx.type = "text/plain";
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.body = file.content;
  return true;
}
