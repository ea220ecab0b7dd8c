import { errorMonitor } from "node:events";

/** What koa-wx needs of a client of Redis, whichever package it is from. */
export interface Driver {
  /** Whether a command that is sent now goes out, waits for a connection, or is refused. */
  state(): "ready" | "connecting" | "closed";
  /** The last error of the connection itself, which only the client's `"error"` events tell. */
  trouble(): unknown;
  /** What the client puts before each key by itself, and a channel has to be given. */
  readonly keyPrefix: string;
  /** Sends a command; `keys` of them from `args[keyAt]` on are keys, without the client's prefix. */
  send(args: readonly string[], keyAt: number, keys: number): Promise<unknown>;
  /** Opens one more connection, for listening alone. `undefined` where the client cannot. */
  readonly listen: ((events: LineEvents) => Promise<Line>) | undefined;
}

/** A connection that listens. It never connects again by itself: who lost it opens another. */
export interface Line {
  /** Resolves when the server has confirmed. */
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  /** Whether the server at its other end still hears what is published: not one that was replaced. */
  isCurrent(): boolean;
  close(): void;
}

export interface LineEvents {
  onMessage(channel: string, message: string): void;
  /** It broke. May be called more than once. */
  onLost(): void;
}

/** Remembers the last error of a client, without being a listener: those are the user's. */
export function troubleOf(client: object): () => unknown {
  let last: unknown;
  const { on } = client as { on?(event: symbol, listener: (error: unknown) => void): unknown };
  on?.call(client, errorMonitor, (error) => {
    last = error;
  });
  return () => last;
}
