import { expect } from "chai";
import type { WechatError } from "../../src/errors.js";

/** The error with which something fails; it has to fail, and with an error of the class if one is given. */
export async function errorOf<E extends Error = WechatError>(
  work: Promise<unknown> | (() => unknown),
  of: (abstract new (...given: never[]) => E) | typeof Error = Error,
): Promise<E> {
  let error: unknown;
  try {
    await (typeof work === "function" ? work() : work);
  } catch (thrown) {
    error = thrown;
  }
  expect(error, "what was thrown").to.be.instanceOf(of);
  return error as E;
}
