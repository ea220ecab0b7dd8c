/** Where a bot finds its Redis, on this machine. */
export type RedisPlace =
  | { readonly kind: "single"; readonly port: number }
  | { readonly kind: "sentinel"; readonly name: string; readonly ports: readonly number[] }
  | { readonly kind: "cluster"; readonly ports: readonly number[] };

/** An Official Account. */
export interface ChaosAccount {
  readonly token: string;
  readonly appId: string;
  readonly appSecret: string;
  /** With it, pushes are encrypted (安全模式). */
  readonly encodingAESKey?: string;
}

/** What a bot is told at its start. */
export interface BotSettings {
  readonly redis: RedisPlace;
  readonly account: ChaosAccount;
  readonly apiUrl: string;
  readonly plugin?: "session" | "flow" | undefined;
  /** By how many milliseconds its clock is wrong. */
  readonly skew?: number | undefined;
  /** How many milliseconds it waits, asked to end, for what it has begun. Default: koa-wx's own. */
  readonly closeIn?: number | undefined;
  /** After how many silent milliseconds its client gives a connection up. */
  readonly socketTimeout?: number | undefined;
}

/** How a bot is, when it is asked. */
export interface BotState {
  /** Milliseconds of processor time that it has used. */
  readonly cpu: number;
  /** For how many milliseconds it stood still at most since it was last asked. */
  readonly held: number;
}

/** What a bot tells the driver. */
export type FromBot =
  | { readonly port: number }
  /** A delivery of a push has come in. */
  | { readonly arrived: string; readonly at: number }
  | { readonly started: string; readonly at: number }
  | { readonly ended: string; readonly at: number }
  | BotState
  /** What came to `wx.catch` or Koa. */
  | { readonly error: string }
  /** What nobody has caught. */
  | { readonly failure: string }
  | { readonly warning: string };

/** What `onTimeout` says. */
export const placeholder = "正在思考…";

/** The time in milliseconds, with fractions, by a clock that all processes of this machine share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
