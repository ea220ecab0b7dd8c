/** Something at once, or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether a value has to be awaited. What users keep may well have something that is called `then`. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  if (typeof value !== "object" || value === null || !("then" in value)) return false;
  return typeof value.then === "function";
}

/** Goes on with a value: at once, if it is there. */
export function andThen<T, U>(
  value: MaybePromise<T>,
  go: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? value.then(go) : go(value);
}

/** Does a last thing when some work is over, however it ended. */
export function lastly<T>(work: () => MaybePromise<T>, last: () => void): MaybePromise<T> {
  let result: MaybePromise<T>;
  try {
    result = work();
  } catch (error) {
    last();
    throw error;
  }
  if (isPromise(result)) return result.finally(last);
  last();
  return result;
}
