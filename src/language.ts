/** The languages in which koa-wx explains things. */
export type OutputLanguage = "en" | "zh";

/**
 * The language of whoever reads this process's output: that of `LC_ALL`, `LC_MESSAGES` or `LANG`, the first
 * that is set, as programs on Unix look for it. Windows sets none of them: there it is the system's.
 */
export function ownLanguage(
  env: Readonly<Record<string, string | undefined>> = process.env,
  systemLocale: () => string = () => new Intl.DateTimeFormat().resolvedOptions().locale,
): OutputLanguage {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || systemLocale();
  return /^zh/i.test(locale) ? "zh" : "en";
}

/** A text in both languages. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** A text in both languages, side by side, so that neither is forgotten. */
export function both(en: string, zh: string): Bilingual {
  return { en, zh };
}
