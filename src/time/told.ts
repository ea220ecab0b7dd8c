/**
 * Calls a function of somebody else's that is only told something. However it fails, at once or later by a
 * promise that nobody else waits for, `failed` hears of it.
 */
export function tell(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    Promise.resolve(call()).catch(failed);
  } catch (error) {
    failed(error);
  }
}
