import { settled } from "./fake-clock.js";

/** Fails the file's tests on a rejection that nobody handles. */
export function failOnUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  before(() => void process.on("unhandledRejection", note));
  after(async () => {
    await settled();
    process.off("unhandledRejection", note);
    if (unhandled.length > 0) throw new Error("unhandled rejections", { cause: unhandled });
  });
}
