import type { Areas } from "../../../src/api/areas.js";

/** A call of the client, what must arrive at WeChat, what it answers and what the call resolves to. */
export interface Endpoint {
  readonly call: (api: Areas) => Promise<unknown>;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Without `access_token`. */
  readonly query?: Readonly<Record<string, string>>;
  /** The JSON body; none is expected when it is left out. */
  readonly body?: unknown;
  /** The parts of a multipart body: a text, or a file's name, type and content. */
  readonly parts?: Readonly<Record<string, string | readonly [string, string, string]>>;
  /** False for the calls that carry no access token of the app. */
  readonly token?: false;
  readonly answer?: unknown;
  /** What the call resolves to, if it is not the answer. */
  readonly result?: unknown;
}

export const ok = { errcode: 0, errmsg: "ok" };
