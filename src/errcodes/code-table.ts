/** What a code means in WeChat's own words, and what to do about it in English and in Chinese, if anything. */
export type CodeTable = Readonly<
  Record<number, readonly [meaning: string] | readonly [meaning: string, en: string, zh: string]>
>;
