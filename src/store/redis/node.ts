import { type Driver, type Line, type LineEvents, troubleOf } from "./driver.js";

/** What is needed of a client or a pool of the package `redis`. */
export interface NodeRedisClient {
  /** Whether commands reach the server. */
  readonly isReady?: boolean;
  sendCommand(args: string[]): Promise<unknown>;
}

/** What is needed of a `createCluster()` of the package `redis`. */
export interface NodeRedisCluster {
  readonly masters: readonly unknown[];
  sendCommand(
    key: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
  ): Promise<unknown>;
}

/** What is needed of a `createSentinel()` of the package `redis`. */
export interface NodeRedisSentinel {
  getMasterNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}

interface ClusterNode {
  readonly address: string;
}

/** What such a client has besides, when it is one of the package itself. */
interface NodeRedis {
  readonly isOpen?: boolean;
  readonly isReady?: boolean;
  readonly options?: { readonly socket?: object };
  /** From version 6 on. It is put before the keys of the client's methods, but not by sendCommand. */
  readonly _keyPrefix?: string | Buffer;
  readonly masters?: readonly ClusterNode[];
  sendCommand(...args: unknown[]): Promise<unknown>;
  /** Of a cluster. */
  nodeClient?(node: unknown): NodeRedis | Promise<NodeRedis>;
  /** Of a Sentinel. */
  getMasterNode?(): unknown;
  _execute?<T>(isReadonly: boolean, work: (client: NodeRedis) => Promise<T>): Promise<T>;
  /** Of a pool. */
  execute?<T>(work: (client: NodeRedis) => T): Promise<T>;
  duplicate?(options: object): NodeRedis;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  /** Until version 4. */
  disconnect?(): Promise<unknown>;
  destroy?(): void;
  unref?(): void;
  on(event: string, listener: () => void): unknown;
}

export function nodeRedisDriver(
  given: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
  timeout: number,
): Driver {
  const client = given as unknown as NodeRedis;
  const keyPrefix = String(client._keyPrefix ?? "");
  // Whatever types the client was told to give, here they are the plain ones; and what still waits
  // for a connection when its time is over is dropped.
  const options = { typeMapping: {}, timeout };
  const isCluster = typeof client.nodeClient === "function";
  const isSentinel = typeof client.getMasterNode === "function";
  const wait = isSentinel ? oneTurnApart() : undefined;
  const isPool = !isCluster && !isSentinel && typeof client.execute === "function";
  return {
    state: () => {
      const { isOpen = true, isReady = isOpen } = client;
      if (!isOpen) return "closed";
      return isReady ? "ready" : "connecting";
    },
    trouble: troubleOf(client),
    keyPrefix,
    send: async (args, keyAt, keys) => {
      const command = args.map((arg, at) =>
        at >= keyAt && at < keyAt + keys ? keyPrefix + arg : arg,
      );
      const key = command[keyAt];
      if (isCluster) return client.sendCommand(key, false, command, options);
      await wait?.();
      if (isSentinel) return client.sendCommand(false, command, options);
      return client.sendCommand(command, options);
    },
    listen:
      isCluster || isPool || typeof (isSentinel ? client._execute : client.duplicate) === "function"
        ? (events) => listen(client, events)
        : undefined,
  };
}

/**
 * A Sentinel takes a connection for each command that begins while none is under way, and there may
 * be but one: those of the same turn would go one after the other, a round trip each. So all but the
 * first begin a turn later, when they join it.
 */
function oneTurnApart(): () => Promise<void> | undefined {
  let turn: Promise<void> | undefined;
  return () => {
    if (turn !== undefined) return turn;
    turn = new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    });
    return undefined;
  };
}

/** A copy of the connection to a server where what is published is heard, and whether it still is. */
async function copyOf(client: NodeRedis): Promise<[NodeRedis | undefined, () => boolean]> {
  const copy = (source: NodeRedis) =>
    source.duplicate?.({
      disableOfflineQueue: false,
      pingInterval: undefined,
      socket: { ...source.options?.socket, reconnectStrategy: false, socketTimeout: undefined },
    });
  const { masters = [] } = client;
  if (client.nodeClient !== undefined) {
    // Each node of a cluster passes on what is published at any other.
    const node = masters[Math.floor(Math.random() * masters.length)];
    const isNode = (other: ClusterNode) => other.address === node?.address;
    const isCurrent = () => client.masters?.some(isNode) ?? false;
    return [copy(await client.nodeClient(node)), isCurrent];
  }
  if (client.getMasterNode !== undefined) {
    const primary = () => JSON.stringify(client.getMasterNode?.());
    const was = primary();
    const copied = client._execute?.(false, async (source) => copy(source));
    return [await copied, () => primary() === was];
  }
  const isPool = client.execute !== undefined && client.duplicate === undefined;
  return [isPool ? await client.execute?.(copy) : copy(client), () => true];
}

async function listen(client: NodeRedis, events: LineEvents): Promise<Line> {
  const [copy, isCurrent] = await copyOf(client);
  if (copy === undefined) throw new Error("The client cannot be duplicated.");
  const close = () => {
    try {
      if (copy.destroy === undefined) copy.disconnect?.().catch(() => {});
      else copy.destroy();
    } catch {
      // It is closed already.
    }
  };
  copy.on("error", events.onLost);
  copy.on("end", events.onLost);
  try {
    await copy.connect();
    // A process that has nothing else to do is not kept alive.
    copy.unref?.();
  } catch (error) {
    close();
    throw error;
  }
  return {
    subscribe: (channel) =>
      copy.subscribe(channel, (message) => events.onMessage(channel, message)),
    unsubscribe: (channel) => copy.unsubscribe(channel),
    ping: () => copy.ping(),
    isCurrent,
    close,
  };
}
