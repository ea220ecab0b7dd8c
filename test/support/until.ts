/** Waits for a while. */
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so; fails after `ms` milliseconds. */
export async function until(isDone: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(`Not within ${ms} ms.`);
    await pause(10);
  }
}
