/** Codes that say the app's token is not valid (any more): fetch a new one and repeat the call once. */
export const tokenErrors: ReadonlySet<number> = new Set([40001, 40014, 42001]);

/** Codes of the token endpoints that no repetition can mend. */
export const hopeless: ReadonlySet<number> = new Set([
  40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 50004, 50007, 61004, 89501, 89503, 89506,
  89507,
]);
