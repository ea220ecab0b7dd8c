import { tell } from "../../time/told.js";
import type { Progress } from "./http.js";

/** The same listener. One that fails costs neither the file nor the process, and is told nothing more. */
export function sparing(onProgress: Progress): Progress {
  let hasFailed = false;
  const failed = (error: unknown) => {
    if (hasFailed) return;
    hasFailed = true;
    const text = `onProgress failed, and is told nothing more of this file: ${String(error)}.`;
    process.emitWarning(text, { code: "WX_MEDIA" });
  };
  return (progress) => {
    if (!hasFailed) tell(() => onProgress(progress), failed);
  };
}
