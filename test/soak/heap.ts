/** A heap, freshly collected. */
export interface Sample {
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** Bytes. */
  readonly heap: number;
}

/** What the samples of one process say. */
export interface Flatness {
  /** Bytes by which the heap grew over the time that counts, by linear regression. */
  readonly growth: number;
  /** Bytes. */
  readonly mean: number;
  /** `undefined` when there are too few samples to tell. */
  readonly isFlat: boolean | undefined;
}

const fewest = 12;
const mebibyte = 1024 * 1024;

/**
 * Whether a heap stays flat: the line through its samples, without the first quarter in which caches
 * fill, rises by no more than 2 MiB or a twentieth of the heap.
 */
export function flatness(samples: readonly Sample[]): Flatness {
  const counted = samples.slice(Math.floor(samples.length / 4));
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const mean = average(counted.map(({ heap }) => heap));
  const middle = average(counted.map(({ at }) => at));
  const spread = average(counted.map(({ at }) => (at - middle) ** 2));
  const joint = average(counted.map(({ at, heap }) => (at - middle) * (heap - mean)));
  const [first, last] = [counted[0]?.at ?? 0, counted.at(-1)?.at ?? 0];
  const growth = spread === 0 ? 0 : (joint / spread) * (last - first);
  const allowed = Math.max(2 * mebibyte, mean / 20);
  return { growth, mean, isFlat: counted.length < fewest ? undefined : growth <= allowed };
}

/** The most that is held at any time in the first and in the second half. */
export interface Peaks {
  /** Bytes. */
  readonly first: number;
  readonly second: number;
  /** `undefined` when there are too few samples to tell. */
  readonly isFlat: boolean | undefined;
}

/** What loses everything now and then, and fills again, has no line through it: its peaks stay the same. */
export function peaksOf(samples: readonly Sample[]): Peaks {
  const middle = (samples.at(-1)?.at ?? 0) / 2;
  const peak = (counted: readonly Sample[]) => Math.max(0, ...counted.map(({ heap }) => heap));
  const first = peak(samples.filter(({ at }) => at <= middle));
  const second = peak(samples.filter(({ at }) => at > middle));
  const isFlat = samples.length < 2 * fewest ? undefined : second <= 1.2 * first + 2 * mebibyte;
  return { first, second, isFlat };
}
