/** How a call of the API is made to fail. */
export type Fault =
  /** An error code of WeChat's. */
  | { readonly errcode: number; readonly errmsg?: string }
  /** An HTTP status without JSON, as a gateway in between would answer. */
  | { readonly status: number }
  /** Never answers. */
  | { readonly hang: true };

interface Planned {
  readonly fault: Fault;
  left: number;
}

/** Failures and delays on demand. */
export class Faults {
  readonly #planned = new Map<string, Planned>();
  /** How long every call takes, in milliseconds. */
  latency = 0;
  /** How long each push is on its way to the bot, in milliseconds. */
  pushLatency = 0;

  /** Has the next `times` calls of a path fail; `"*"` is every path. */
  plan(path: string, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#planned.set(normal(path), { fault, left: times });
  }

  /** Forgets the plans for a path, or all of them. */
  clear(path?: string): void {
    if (path === undefined) this.#planned.clear();
    else this.#planned.delete(normal(path));
  }

  /** What is planned for a call of this path; counts as one of its times. */
  take(path: string): Fault | undefined {
    for (const key of [normal(path), "*"]) {
      const planned = this.#planned.get(key);
      if (planned === undefined) continue;
      planned.left -= 1;
      if (planned.left <= 0) this.#planned.delete(key);
      return planned.fault;
    }
    return undefined;
  }

  /** What is planned, for display. */
  get list(): readonly { readonly path: string; readonly fault: Fault; readonly left: number }[] {
    return [...this.#planned].map(([path, { fault, left }]) => ({ path, fault, left }));
  }
}

/** `message/custom/send` and `/cgi-bin/message/custom/send` are one path. */
function normal(path: string): string {
  return path.replace(/^\/+/, "").replace(/^cgi-bin\//, "");
}
