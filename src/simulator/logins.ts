import { randomId } from "./account.js";

/** What a user has let the account know: `snsapi_base` or `snsapi_userinfo`. */
export interface Grant {
  readonly openid: string;
  readonly unionid: string;
  readonly nickname: string;
  readonly headimgurl: string;
  readonly scope: "snsapi_base" | "snsapi_userinfo";
  /** The page was open in snapshot mode: the openid is of nobody. */
  readonly snapshot: boolean;
}

interface Issued {
  readonly grant: Grant;
  /** Milliseconds since 1970. */
  readonly until: number;
  used: boolean;
}

const kept = 1000;
const codeLife = 300_000;
const accessLife = 7_200_000;
const refreshLife = 30 * 86_400_000;

/** The codes and tokens of web login (网页授权). */
export class Logins {
  readonly #now: () => number;
  readonly #codes = new Map<string, Issued>();
  readonly #access = new Map<string, Issued>();
  readonly #refresh = new Map<string, Issued>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A code, good once and for five minutes. */
  newCode(grant: Grant): string {
    return this.#issue(this.#codes, randomId("", 32), grant, codeLife);
  }

  /** What the code stands for; it can be asked for once. */
  useCode(code: string): Grant | "unknown" | "used" | "expired" {
    const issued = this.#codes.get(code);
    if (issued === undefined) return "unknown";
    if (issued.used) return "used";
    if (this.#now() >= issued.until) return "expired";
    issued.used = true;
    return issued.grant;
  }

  newTokens(grant: Grant): { readonly access: string; readonly refresh: string } {
    return {
      access: this.newAccess(grant),
      refresh: this.#issue(this.#refresh, randomId("", 100), grant, refreshLife),
    };
  }

  newAccess(grant: Grant): string {
    return this.#issue(this.#access, randomId("", 100), grant, accessLife);
  }

  access(token: string): Grant | "unknown" | "expired" {
    return this.#find(this.#access, token);
  }

  refresh(token: string): Grant | "unknown" | "expired" {
    return this.#find(this.#refresh, token);
  }

  #find(all: Map<string, Issued>, token: string): Grant | "unknown" | "expired" {
    const issued = all.get(token);
    if (issued === undefined) return "unknown";
    return this.#now() < issued.until ? issued.grant : "expired";
  }

  #issue(all: Map<string, Issued>, value: string, grant: Grant, life: number): string {
    all.set(value, { grant, until: this.#now() + life, used: false });
    const [oldest] = all.keys();
    if (all.size > kept && oldest !== undefined) all.delete(oldest);
    return value;
  }
}
