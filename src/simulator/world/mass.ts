/** A sending to many (群发). */
export interface MassJob {
  readonly msgId: string;
  readonly clientMsgId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  status: "SEND_SUCCESS" | "SEND_FAIL" | "SENDING" | "DELETE";
}

const day = 86_400_000;

/** The sendings of the account. */
export class MassJobs {
  readonly #jobs = new Map<string, MassJob>();
  /** The level of speed, 0 to 4. */
  speed = 0;

  add(job: MassJob): void {
    this.#jobs.set(job.msgId, job);
  }

  find(msgId: string): MassJob | undefined {
    return this.#jobs.get(msgId);
  }

  /** The sending of the last day with that clientmsgid. */
  same(clientMsgId: string, now: number): MassJob | undefined {
    return [...this.#jobs.values()].find(
      (job) => job.clientMsgId === clientMsgId && now - job.at < day,
    );
  }
}
