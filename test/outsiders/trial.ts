/** A fault of somebody else's software, which has to show itself just so. */
export interface Known {
  /** The deeds, or acts of the user, that fail by it. */
  readonly at: readonly string[];
  /** The modes in which they do. Default: all. */
  readonly modes?: readonly string[];
  /** What is said of the failure, all of it. */
  readonly says: string;
  /** Why it is that software's, and not the simulator's. */
  readonly because: string;
}

/** What came of one thing that was tried. */
export interface Trial {
  readonly name: string;
  readonly outcome: "held" | "known" | "failed";
  readonly note?: string;
}

/** Tries something that is to succeed, or to fail as it is known to. */
export async function attempt(
  name: string,
  known: Known | undefined,
  run: () => Promise<void>,
): Promise<Trial> {
  let says: string | undefined;
  try {
    await run();
  } catch (error) {
    says = error instanceof Error ? error.message : String(error);
  }
  if (says === known?.says) {
    return known === undefined
      ? { name, outcome: "held" }
      : { name, outcome: "known", note: `${says} – ${known.because}` };
  }
  const expected = known === undefined ? "" : `; what is known of it: ${known.says}`;
  return { name, outcome: "failed", note: `${says ?? "it succeeds"}${expected}` };
}
