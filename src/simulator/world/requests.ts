import { randomBytes } from "node:crypto";

/** A call as `openapi/rid/get` tells it. */
export interface RememberedRequest {
  /** Seconds. */
  readonly invoke_time: number;
  readonly cost_in_ms: number;
  /** The query without the token. */
  readonly request_url: string;
  readonly request_body: string;
  readonly response_body: string;
  readonly client_ip: string;
}

const kept = 1000;

/** The calls that were refused, by the `rid` of the answer. Source: 「查询rid信息」. */
export class Requests {
  readonly #byRid = new Map<string, RememberedRequest>();

  /** A new rid, such as `61725984-6126f6f9-040f19c4`. */
  newRid(seconds: number): string {
    const random = randomBytes(8).toString("hex");
    return `${seconds.toString(16).padStart(8, "0")}-${random.slice(0, 8)}-${random.slice(8)}`;
  }

  remember(rid: string, request: RememberedRequest): void {
    this.#byRid.set(rid, request);
    const [oldest] = this.#byRid.keys();
    if (this.#byRid.size > kept && oldest !== undefined) this.#byRid.delete(oldest);
  }

  find(rid: string): RememberedRequest | undefined {
    return this.#byRid.get(rid);
  }
}
