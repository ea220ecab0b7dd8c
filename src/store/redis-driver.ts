/** What koa-wx needs of a client of Redis, whichever package it is from. */
export interface Driver {
  /** Whether a command that is sent now goes out, waits for a connection, or is refused. */
  state(): "ready" | "connecting" | "closed";
  /** What the client puts before each key by itself, and a channel has to be given. */
  readonly keyPrefix: string;
  /** Sends a command; `args[keyAt]` is the key, without the client's prefix. */
  send(args: readonly string[], keyAt: number): Promise<unknown>;
  /** Opens one more connection, for listening alone. `undefined` where the client cannot. */
  readonly listen: ((events: LineEvents) => Promise<Line>) | undefined;
}

/** A connection that listens. It never connects again by itself: who lost it opens another. */
export interface Line {
  /** Resolves when the server has confirmed. */
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  close(): void;
}

export interface LineEvents {
  onMessage(channel: string, message: string): void;
  /** It broke. May be called more than once. */
  onLost(): void;
}
