import { randomBytes } from "node:crypto";
import type { Store } from "../store/store.js";
import type { HeldToken } from "./oauth-identity.js";
import type { LoginSession } from "./oauth-session.js";
import { digest, stateLife } from "./oauth-state.js";
import type { WxUser } from "./oauth-user.js";

/** A user who is logged in. */
export interface LoginRecord {
  readonly user: WxUser;
  readonly token?: HeldToken;
  /** The id of the state that brought the user in. */
  readonly state: string;
  /** By the wall clock, in milliseconds. */
  readonly ends: number;
}

/** What became of a state that came back with a code. */
export type Outcome =
  | {
      readonly kind: "user";
      readonly user: WxUser;
      readonly token?: HeldToken;
      readonly returnTo: string;
      /** The digest of the code. */
      readonly code: string;
    }
  | {
      readonly kind: "snapshot" | "refused" | "spent" | "failed";
      /** Empty after a logout. */
      readonly code: string;
    };

/** How long a second request waits for what the first one is told. Its process may have died. */
const patience = 8_000;
const sessionKey = "id";

/** Who is logged in, in the store. The browser has a random id, the store only its digest. */
export class LoginRecords {
  readonly #store: Store;
  readonly #maxAge: number;

  constructor(store: Store, maxAge: number) {
    this.#store = store;
    this.#maxAge = maxAge;
  }

  /** Logs a browser in, under a new id: one that was known before is worth nothing. */
  async begin(
    session: LoginSession,
    { user, token, state }: Pick<LoginRecord, "user" | "token" | "state">,
  ): Promise<void> {
    const old = await this.#key(session);
    const id = randomBytes(32).toString("base64url");
    const ends = Date.now() + this.#maxAge;
    const record: LoginRecord = { user, ...(token && { token }), state, ends };
    await this.#store.set(keyOf(id), JSON.stringify(record), this.#maxAge);
    await session.set(sessionKey, id, this.#maxAge);
    if (old !== undefined) await this.#store.delete(old);
  }

  /** Whether the browser has brought an id, whether or not it is worth anything. */
  async hasId(session: LoginSession): Promise<boolean> {
    return (await this.#key(session)) !== undefined;
  }

  async find(session: LoginSession): Promise<LoginRecord | undefined> {
    const key = await this.#key(session);
    return key === undefined ? undefined : this.#read(key);
  }

  /** Puts something newer in the place of a record, unless the user has logged out meanwhile. */
  async update(session: LoginSession, change: Partial<LoginRecord>): Promise<void> {
    const key = await this.#key(session);
    const record = key === undefined ? undefined : await this.#read(key);
    if (key === undefined || record === undefined) return;
    const left = record.ends - Date.now();
    await this.#store.set(key, JSON.stringify({ ...record, ...change }), left);
  }

  /** Logs a browser out: its cookie, and any copy of it, is worth nothing from now on. */
  async end(session: LoginSession): Promise<void> {
    const key = await this.#key(session);
    if (key !== undefined) {
      const record = await this.#read(key);
      // What a repetition of the callback would be given must not outlive the login either.
      if (record !== undefined) await this.conclude(record.state, { kind: "spent", code: "" });
      await this.#store.delete(key);
    }
    await session.destroy(sessionKey);
  }

  /** Claims a state for one code; `false` when the state or the code has been used before. */
  async claim(state: string, code: string): Promise<"ours" | "repeated" | "code-used"> {
    if (!(await this.#store.claim(`state:${state}`, "1", 2 * stateLife))) return "repeated";
    const isNew = await this.#store.claim(`code:${digest(code)}`, state, stateLife);
    return isNew ? "ours" : "code-used";
  }

  async conclude(state: string, outcome: Outcome): Promise<void> {
    await this.#store.set(`done:${state}`, JSON.stringify(outcome), stateLife);
  }

  /** What became of a state, as soon as it is known if `wait` is set. */
  async outcome(state: string, wait = false): Promise<Outcome | undefined> {
    const text = wait
      ? await this.#store.wait(`done:${state}`, patience)
      : await this.#store.get(`done:${state}`);
    return text === undefined ? undefined : parse<Outcome>(text);
  }

  async #read(key: string): Promise<LoginRecord | undefined> {
    const text = await this.#store.get(key);
    return text === undefined ? undefined : parse<LoginRecord>(text);
  }

  async #key(session: LoginSession): Promise<string | undefined> {
    const id = await session.get(sessionKey);
    return typeof id === "string" && id !== "" ? keyOf(id) : undefined;
  }
}

const keyOf = (id: string) => `login:${digest(id)}`;

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
