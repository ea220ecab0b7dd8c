import { idOf, randomId, type SimulatedAccount } from "./account.js";
import type { Mint } from "./mint.js";
import type { People, Person } from "./people.js";

/** What a user has let the account know: `snsapi_base` or `snsapi_userinfo`. */
export interface Grant {
  readonly openid: string;
  readonly unionid: string;
  readonly nickname: string;
  readonly headimgurl: string;
  readonly scope: Scope;
  /** The page was open in snapshot mode: the openid is of nobody. */
  readonly snapshot: boolean;
}

export type Scope = "snsapi_base" | "snsapi_userinfo";

/** What a server gets of a login. */
export interface LoginTokens {
  readonly grant: Grant;
  readonly access: string;
  readonly refresh: string;
}

/** What a code or a token stands for. */
interface Consent {
  readonly name: string;
  readonly scope: Scope;
  readonly snapshot: boolean;
}

interface Code {
  readonly consent: Consent;
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
  readonly #mint: Mint;
  readonly #people: People;
  readonly #account: SimulatedAccount;
  readonly #codes = new Map<string, Code>();

  constructor(now: () => number, mint: Mint, people: People, account: SimulatedAccount) {
    this.#now = now;
    this.#mint = mint;
    this.#people = people;
    this.#account = account;
  }

  /** A code, good once and for five minutes. */
  newCode({ name }: Person, scope: Scope, snapshot: boolean): string {
    const code = randomId("", 32);
    const consent = { name, scope, snapshot };
    this.#codes.set(code, { consent, until: this.#now() + codeLife, used: false });
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > kept && oldest !== undefined) this.#codes.delete(oldest);
    return code;
  }

  /** The tokens for a code, which can be asked for once. */
  useCode(code: string): LoginTokens | "unknown" | "used" | "expired" {
    const issued = this.#codes.get(code);
    if (issued === undefined) return "unknown";
    if (issued.used) return "used";
    if (this.#now() >= issued.until) return "expired";
    issued.used = true;
    const { consent } = issued;
    const refresh = this.#mint.make("refresh", this.#now(), JSON.stringify(consent));
    return { grant: this.#grantOf(consent), access: this.#newAccess(consent), refresh };
  }

  /** A new access token for a refresh token. */
  renew(refresh: string): LoginTokens | "unknown" | "expired" {
    const consent = this.#find("refresh", refresh, refreshLife);
    if (typeof consent === "string") return consent;
    return { grant: this.#grantOf(consent), access: this.#newAccess(consent), refresh };
  }

  /** Whose access token it is. */
  access(token: string): Grant | "unknown" | "expired" {
    const consent = this.#find("access", token, accessLife);
    return typeof consent === "string" ? consent : this.#grantOf(consent);
  }

  #newAccess(consent: Consent): string {
    return this.#mint.make("access", this.#now(), JSON.stringify(consent));
  }

  #find(kind: string, token: string, life: number): Consent | "unknown" | "expired" {
    const made = this.#mint.read(kind, token);
    if (made === undefined) return "unknown";
    return this.#now() < made.at + life ? (JSON.parse(made.note) as Consent) : "expired";
  }

  #grantOf({ name, scope, snapshot }: Consent): Grant {
    const { openid, unionid, profile } = this.#people.named(name);
    const { nickname, headimgurl } = profile;
    if (!snapshot) return { openid, unionid, nickname, headimgurl, scope, snapshot };
    return {
      openid: idOf("o", 28, this.#account.appId, "snapshot", name),
      unionid: idOf("o6_", 28, "snapshot", name),
      nickname: "微信用户",
      headimgurl: "",
      scope,
      snapshot,
    };
  }
}
