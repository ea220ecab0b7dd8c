import { type CallEvent, calls, errcodeOf, errorName } from "../../diagnostics.js";
import { ApiError } from "../api-error.js";

/** How often a call was tried. */
export interface Count {
  tries: number;
}

/** Makes a call while somebody watches. */
export async function watchCall<T>(
  about: Pick<CallEvent, "appId" | "method" | "endpoint">,
  signal: AbortSignal | undefined,
  call: (count: Count) => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  const count: Count = { tries: 0 };
  const tell = (outcome: CallEvent["outcome"], error?: unknown) =>
    calls.publish({
      ...about,
      outcome,
      errcode: errcodeOf(error),
      error: error === undefined ? undefined : errorName(error),
      tries: count.tries,
      duration: performance.now() - begun,
    });
  try {
    const result = await call(count);
    tell("ok");
    return result;
  } catch (error) {
    if (signal?.aborted) tell("aborted");
    else tell(error instanceof ApiError ? "refused" : "failed", error);
    throw error;
  }
}
