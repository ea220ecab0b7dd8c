/** What a FallbackStore knows of how its store is. */
export class Circuit {
  isOpen = false;
  isProbing = false;
  /** While the store is tried by a process that stood still. */
  waking: Promise<void> | undefined;
  /** While what is held is put back. */
  returning: Promise<unknown> | undefined;
  retryAt = 0;
  returnedAt = Number.NEGATIVE_INFINITY;
  /** When a connection that had been lost was there again. */
  reconnectedAt = Number.NEGATIVE_INFINITY;
  /** When the store last answered anything. */
  answeredAt = Number.NEGATIVE_INFINITY;
}
