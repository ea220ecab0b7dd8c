import type { Store } from "../../../store/store.js";
import { waitFor } from "../../../store/wait.js";
import { type HeldToken, isHeldToken } from "../identity.js";
import { covers, isUser, type WxUser } from "../user.js";
import type { LoginSession } from "./session.js";
import { digest, stateLife } from "./state.js";

/** A user who is logged in. */
export interface LoginRecord {
  readonly user: WxUser;
  readonly token?: HeldToken;
  /** By the wall clock, in milliseconds. */
  readonly ends: number;
}

/** What became of a state that came back with a code. */
export type Outcome =
  | {
      readonly kind: "user";
      readonly openid: string;
      readonly returnTo: string;
      /** The key of the login's record. */
      readonly login: string;
    }
  | { readonly kind: "snapshot" | "refused" | "spent" | "failed" };

/** How long a second request waits for what the first one is told. Its process may have died. */
const patience = 8_000;
const sessionKey = "id";
/** The tombstone of a login that was ended. It outlives every callback that could still bring it. */
const ended = "ended";
const endedLife = 2 * stateLife;
const maxTries = 100;

/**
 * Who is logged in, in the store. The browser has an id that nobody can guess, the store only its
 * digest. Whatever is written in a record's place is written by compare-and-set, and a tombstone
 * stays where one was ended: a slower request cannot bring it back.
 */
export class LoginRecords {
  readonly #store: Store;
  readonly #ttl: number;

  constructor(store: Store, ttl: number) {
    this.#store = store;
    this.#ttl = ttl;
  }

  /** Logs a user in under an id, unless that login has been ended already; says under which key. */
  async begin(id: string, { user, token }: Omit<LoginRecord, "ends">): Promise<string> {
    const ends = Date.now() + this.#ttl;
    await this.#write(id, (old) => {
      // Another tab has asked for more at the same time.
      const isMore = old !== undefined && covers(old.user, user.scope);
      return isMore ? { ...old, ends } : { user, ...(token && { token }), ends };
    });
    return keyOf(id);
  }

  /** Gives a browser the id of its login, and ends the one that it has had. */
  async give(session: LoginSession, id: string): Promise<void> {
    const old = await this.#id(session);
    await session.set(sessionKey, id, this.#ttl);
    if (old !== undefined && old !== id) await this.#bury(keyOf(old));
  }

  /** Whether the browser has brought an id, whether or not it is worth anything. */
  async hasId(session: LoginSession): Promise<boolean> {
    return (await this.#id(session)) !== undefined;
  }

  async find(session: LoginSession): Promise<LoginRecord | undefined> {
    const id = await this.#id(session);
    return id === undefined ? undefined : this.read(id);
  }

  async read(id: string): Promise<LoginRecord | undefined> {
    return recordOf(await this.#store.get(keyOf(id)));
  }

  /** Puts something newer in a record, unless the user has logged out meanwhile. */
  async update(session: LoginSession, change: Partial<LoginRecord>): Promise<void> {
    const id = await this.#id(session);
    if (id !== undefined) await this.#write(id, (old) => old && { ...old, ...change });
  }

  /** Logs a browser out: its cookie, and any copy of it, is worth nothing from now on. */
  async end(session: LoginSession): Promise<void> {
    const id = await this.#id(session);
    if (id !== undefined) await this.#bury(keyOf(id));
    await session.destroy(sessionKey);
  }

  /** Claims a state for one code; `false` when the state or the code has been used before. */
  async claim(state: string, code: string): Promise<"ours" | "repeated" | "code-used"> {
    if (!(await this.#store.claim(`state:${state}`, "1", 2 * stateLife))) return "repeated";
    const isNew = await this.#store.claim(`code:${digest(code)}`, state, stateLife);
    return isNew ? "ours" : "code-used";
  }

  /** Has a state come to nothing, and ends the login that it may have led to. */
  async refuse(state: string): Promise<void> {
    await this.#store.claim(`state:${state}`, "1", 2 * stateLife);
    const outcome = await this.conclude(state, { kind: "spent" });
    if (outcome.kind === "user") await this.#bury(outcome.login);
  }

  /** Remembers what became of a state; the first to say so is right, and its outcome returned. */
  async conclude(state: string, outcome: Outcome): Promise<Outcome> {
    const isFirst = await this.#store.claim(`done:${state}`, JSON.stringify(outcome), stateLife);
    return isFirst ? outcome : ((await this.outcome(state)) ?? { kind: "spent" });
  }

  /** What became of a state, as soon as it is known if `wait` is set. */
  async outcome(state: string, wait = false): Promise<Outcome | undefined> {
    const text = wait
      ? await waitFor(this.#store, `done:${state}`, patience)
      : await this.#store.get(`done:${state}`);
    return outcomeOf(text);
  }

  /** Writes what `change` makes of a record in the place of what it was made of, or nothing. */
  async #write(
    id: string,
    change: (old: LoginRecord | undefined) => LoginRecord | undefined,
  ): Promise<void> {
    const key = keyOf(id);
    // Whenever one try fails, somebody else's has not.
    for (let tries = 0; tries < maxTries; tries += 1) {
      const text = await this.#store.get(key);
      const record = text === ended ? undefined : change(recordOf(text));
      if (record === undefined) return;
      const [value, left] = [JSON.stringify(record), record.ends - Date.now()];
      const isWritten =
        text === undefined
          ? await this.#store.claim(key, value, left)
          : await this.#store.replace(key, text, value, left);
      if (isWritten) return;
    }
  }

  #bury(key: string): Promise<void> {
    return this.#store.set(key, ended, endedLife);
  }

  async #id(session: LoginSession): Promise<string | undefined> {
    const id = await session.get(sessionKey);
    return typeof id === "string" && id !== "" ? id : undefined;
  }
}

const keyOf = (id: string) => `login:${digest(id)}`;

function recordOf(text: string | undefined): LoginRecord | undefined {
  const record = parse(text) as LoginRecord | undefined;
  if (!isUser(record?.user) || !Number.isFinite(record?.ends)) return undefined;
  return record?.token === undefined || isHeldToken(record.token) ? record : undefined;
}

function outcomeOf(text: string | undefined): Outcome | undefined {
  const outcome = parse(text) as Outcome | undefined;
  return typeof outcome?.kind === "string" ? outcome : undefined;
}

/** What the store holds; `undefined` for what is no object, whoever has put it there. */
function parse(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
