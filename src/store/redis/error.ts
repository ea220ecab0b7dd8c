import { StoreError } from "../../errors.js";

/** An error of Redis, or of the way to it, as koa-wx tells it. */
export function redisError(command: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : "";
  const code = redisCode(text);
  const then =
    remedies.find(([pattern]) => pattern.test(`${code ?? ""} ${text}`))?.[1] ??
    'Check the client\'s connection, and listen to its "error" events for the reason.';
  const what =
    code === undefined ? `could not be asked: ${nameOf(error)}` : `refused a command: ${code}`;
  return tellRedis(command, what, then, scopeOf(code, text));
}

/** The client's error is not passed on, not even as the cause: it quotes the command with its values. */
export function tellRedis(
  command: string,
  what: string,
  then: string,
  scope: "key" | "store" = "store",
): StoreError {
  return new StoreError(`Redis ${what} (${command}). ${then}`, scope);
}

/** The word that an error of the server begins with; a Redis before 7 puts a script's inside. */
function redisCode(text: string): string | undefined {
  const inner = /^ERR Error running script.*?@user_script: ?\d+: (.*)/s.exec(text)?.[1] ?? text;
  return /^-?([A-Z]{2,20})(?= )/.exec(inner)?.[1] ?? (inner === text ? undefined : "ERR");
}

/** What the client's own error is called: the system's code, or its class. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error && /^E[A-Z]{4,20}$/.exec(String(error.code))?.[0];
  return code || error.constructor.name;
}

/** What the server says when it serves nobody, or not this user, or not for now. */
const outages = new Set([
  "ASK",
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "MOVED",
  "NOAUTH",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "TRYAGAIN",
  "WRONGPASS",
]);

/** Errors without a word of their own, or with one that says too little, that all keys would meet. */
const general =
  /unknown command|can't execute|max number of clients|operation not permitted|(?:can't|no permissions to) run|channel|DB index/i;

/** A server's error is the key's own, unless it is known that every key would meet it. */
function scopeOf(code: string | undefined, text: string): "key" | "store" {
  return code === undefined || outages.has(code) || general.test(text) ? "store" : "key";
}

/** What to do when nothing is heard. */
export const unreachable =
  "Check that Redis is up, can be reached from here and is not overloaded.";

const remedies: readonly (readonly [pattern: RegExp, then: string])[] = [
  [/^NOAUTH/, "Give the client Redis' password."],
  [/^WRONGPASS/, "Give the client the right user name and password."],
  [
    /^NOPERM|user executing the script/,
    "Allow the user the store's keys, its channels and the commands, such as ~koa-wx:* &koa-wx:* +@all -@admin.",
  ],
  [/^READONLY/, "Connect to the primary, not to a replica."],
  [
    /^OOM/,
    "Give Redis more memory (maxmemory). Leave maxmemory-policy at noeviction: a key of koa-wx that is evicted lets a push be answered twice.",
  ],
  [
    /^(?:MOVED|ASK|CLUSTERDOWN)/,
    "A Redis Cluster needs a Cluster of ioredis or createCluster() of redis, and all its slots served.",
  ],
  [/^WRONGTYPE/, "Something else than koa-wx writes this key: choose another prefix."],
  [
    /can't execute|subscriber mode/i,
    "This client listens to channels: give RedisStore one of its own.",
  ],
  [/unknown command/i, "This server does not know the command: koa-wx needs Redis 5 or newer."],
  [
    /^ Connection is closed/,
    "The client was closed: close it after wx.close(), and not before all is done.",
  ],
  [/client is closed/, "Call await client.connect() before the first push."],
  [/timed? ?out/i, unreachable],
];
