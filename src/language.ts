/** The languages in which koa-wx explains things. */
export type OutputLanguage = "en" | "zh";

/**
 * The language of whoever reads this process's output: that of `LC_ALL`, `LC_MESSAGES` or `LANG`, the first
 * that is set, as programs on Unix look for it.
 */
export function ownLanguage(
  env: Readonly<Record<string, string | undefined>> = process.env,
): OutputLanguage {
  return /^zh/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || "") ? "zh" : "en";
}
