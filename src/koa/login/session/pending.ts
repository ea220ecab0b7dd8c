import { randomBytes } from "node:crypto";
import type { Store } from "../../../store/store.js";
import { isScope, type LoginScope } from "../user.js";
import type { LoginSession } from "./session.js";
import { digest, sameText, stateLife } from "./state.js";

/** A login that has been begun and not yet come back. */
export interface Pending {
  readonly scope: LoginScope;
  /** An absolute address, checked. */
  readonly returnTo: string;
}

/** A login as the browser brings it back. */
export interface Begun extends Pending {
  /** Random, and the same for all logins that this browser has begun together. */
  readonly browser: string;
}

/** Logins that may be under way in one browser: tabs, and pages that were left. */
const maxPending = 12;
/** Longer addresses go to the store: nginx takes 8 KB of cookies, and the app has its own. */
const maxAddress = 100;
/** Who comes back without what WeChat gives does so at once: such a circle has no human in it. */
const returnTime = 15_000;
const openKey = "logins";
const pendingKey = (id: string) => `login-${id.slice(0, 12)}`;

/** What a browser knows of all the logins it has begun. */
interface Open {
  readonly browser: string;
  /** The round of the last one, and when it was begun, in milliseconds. */
  readonly round: number;
  readonly at: number;
  /** The beginnings of their states' ids, the oldest first. */
  readonly ids: readonly string[];
}

/** The logins that one browser has begun; each is bound to it. */
export class PendingLogins {
  readonly #session: LoginSession;
  readonly #addresses: Store;

  constructor(session: LoginSession, addresses: Store) {
    this.#session = session;
    this.#addresses = addresses;
  }

  /**
   * Keeps a login under the id of its state. Every one has a key of its own: tabs cannot meet. One
   * that is to take the place of an earlier login `isApart` from those.
   */
  async begin(id: string, { scope, returnTo }: Pending, round = 1, isApart = false): Promise<void> {
    const open = await this.#open();
    const ids = [...(open?.ids ?? []), id.slice(0, 12)];
    while (ids.length > maxPending) await this.#session.destroy(pendingKey(ids.shift() as string));
    const text = `${id}.${scope}.${await this.#keep(returnTo)}`;
    await this.#session.set(pendingKey(id), text, stateLife);
    const browser = isApart ? undefined : open?.browser;
    await this.#write({ browser: browser ?? newBrowser(), round, at: Date.now(), ids });
  }

  /** The login that this browser began under a state. */
  async find(id: string): Promise<Begun | undefined> {
    const open = await this.#open();
    const text = await this.#session.get(pendingKey(id));
    if (typeof text !== "string") return undefined;
    const [own = "", scope, address = ""] = text.split(".");
    if (!sameText(own, id) || !isScope(scope)) return undefined;
    return { scope, returnTo: await this.#address(address), browser: open?.browser ?? id };
  }

  /** The login that this browser has begun a moment ago, and in which round. */
  async last(): Promise<(Pending & { readonly round: number }) | undefined> {
    const open = await this.#open();
    const id = open?.ids.at(-1);
    if (open === undefined || id === undefined || Date.now() - open.at > returnTime)
      return undefined;
    const text = await this.#session.get(pendingKey(id));
    const [, scope, address = ""] = typeof text === "string" ? text.split(".") : [];
    if (!isScope(scope)) return undefined;
    return { scope, returnTo: await this.#address(address), round: open.round };
  }

  async end(id: string): Promise<void> {
    await this.#session.destroy(pendingKey(id));
    const open = await this.#open();
    const ids = open?.ids.filter((other) => other !== id.slice(0, 12)) ?? [];
    if (open === undefined || ids.length === 0) await this.forget();
    else await this.#write({ ...open, at: 0, ids });
  }

  /** Says that WeChat's answer has come back whole, whatever it was. */
  async answered(): Promise<void> {
    const open = await this.#open();
    if (open !== undefined && open.at > 0) await this.#write({ ...open, at: 0 });
  }

  /** Has the next login begin apart from those before it. */
  async forget(): Promise<void> {
    await this.#session.destroy(openKey);
  }

  /** Gives up all logins that are under way, and says which states they have. */
  async abandon(): Promise<readonly string[]> {
    const states: string[] = [];
    for (const begin of (await this.#open())?.ids ?? []) {
      const text = await this.#session.get(pendingKey(begin));
      const [id] = typeof text === "string" ? text.split(".") : [];
      if (id) states.push(id);
      await this.#session.destroy(pendingKey(begin));
    }
    await this.forget();
    return states;
  }

  /** What the logins of this browser have in common; `undefined` when it brought back nothing of them. */
  async browser(): Promise<string | undefined> {
    return (await this.#open())?.browser;
  }

  /** What stands for an address in the browser. */
  async #keep(address: string): Promise<string> {
    if (address.length <= maxAddress) return Buffer.from(address).toString("base64url");
    const name = digest(address).slice(0, 32);
    await this.#addresses.set(name, address, stateLife);
    return `~${name}`;
  }

  /** Empty when the store does not have it any more. */
  async #address(kept: string): Promise<string> {
    if (!kept.startsWith("~")) return Buffer.from(kept, "base64url").toString("utf8");
    return (await this.#addresses.get(kept.slice(1))) ?? "";
  }

  async #open(): Promise<Open | undefined> {
    const text = await this.#session.get(openKey);
    const match = /^([\w-]{22})\.(\d)\.(\d{1,16})((?:\.[0-9a-f]{12})+)$/.exec(String(text));
    if (match === null) return undefined;
    const [, browser = "", round, at, ids = ""] = match;
    return { browser, round: Number(round), at: Number(at), ids: ids.slice(1).split(".") };
  }

  async #write({ browser, round, at, ids }: Open): Promise<void> {
    await this.#session.set(openKey, [browser, round, at, ...ids].join("."), stateLife);
  }
}

const newBrowser = () => randomBytes(16).toString("base64url");
