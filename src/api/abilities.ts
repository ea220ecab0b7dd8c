import { type Store, scoped } from "../store/store.js";
import { ApiError } from "./api-error.js";

/**
 * What an account may do or not, by its kind, and the calls that it takes: those that begin with a path ending in `/`,
 * and those of the other paths. Source: section 适用范围 of each call's page.
 */
const paths = {
  "customer-service": ["/cgi-bin/message/custom/"],
  agents: ["/customservice/", "/cgi-bin/customservice/"],
  menu: ["/cgi-bin/menu/"],
  templates: ["/cgi-bin/template/", "/cgi-bin/message/template/send", "/wxa/sec/queryblocktmplmsg"],
  "one-time-messages": ["/cgi-bin/message/template/subscribe"],
  subscriptions: ["/wxaapi/newtmpl/", "/cgi-bin/message/subscribe/"],
  "mass-by-openid": ["/cgi-bin/message/mass/send"],
  mass: ["/cgi-bin/message/mass/", "/cgi-bin/media/uploadnews", "/cgi-bin/media/uploadvideo"],
  drafts: ["/cgi-bin/draft/"],
  publishing: ["/cgi-bin/freepublish/"],
  comments: ["/cgi-bin/comment/"],
  media: ["/cgi-bin/media/upload", "/cgi-bin/media/get", "/cgi-bin/media/get/jssdk"],
  material: ["/cgi-bin/material/"],
  users: [
    "/cgi-bin/user/",
    "/cgi-bin/tags/members/getblacklist",
    "/cgi-bin/tags/members/batchblacklist",
    "/cgi-bin/tags/members/batchunblacklist",
  ],
  tags: ["/cgi-bin/tags/"],
  qrcodes: ["/cgi-bin/qrcode/"],
  statistics: ["/datacube/"],
  "product-cards": ["/channels/ec/service/product/"],
  ocr: ["/cv/"],
  speech: ["/cgi-bin/media/voice/"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Something that one kind of account may do and another may not. */
export type Ability = keyof typeof paths;

interface Refusal {
  /** When it is forgotten, by the account's clock, in milliseconds. */
  readonly until: number;
  /** WeChat's words. */
  readonly text: string;
}

/** How long a refusal is believed: the kind of an account changes, by 微信认证 for example. */
const hour = 3_600_000;

/**
 * Remembers for an hour, in the store, what WeChat says an account may not do (48001), so that no call is made in vain
 * and late replies go another way at once.
 */
export class Abilities {
  readonly #store: Store;
  readonly #now: () => number;

  /** `store` is the account's, `now` its clock in milliseconds. */
  constructor(store: Store, now: () => number) {
    this.#store = scoped(store, "may-not");
    this.#now = now;
  }

  /** Whether the account may do it, as far as is known: true unless WeChat has said no within the hour. */
  async can(ability: Ability): Promise<boolean> {
    return (await this.#find(ability)) === undefined;
  }

  /** What WeChat has said to such a call within the hour, if it was that the account may not make it. */
  async refusalOf(endpoint: string): Promise<string | undefined> {
    const refusal = await this.#find(abilityOf(endpoint));
    if (refusal === undefined) return undefined;
    const minutes = Math.ceil((refusal.until - this.#now()) / 60_000);
    return `${refusal.text} (as WeChat said within the hour; it is asked again in ${minutes} minutes)`;
  }

  /** Remembers an error, if it says that the account may not make such a call. */
  async note(error: unknown): Promise<void> {
    if (!(error instanceof ApiError) || error.errcode !== 48001) return;
    const { endpoint, errmsg, rid } = error;
    const text = rid === undefined ? errmsg : `${errmsg} rid: ${rid}`;
    const refusal: Refusal = { until: this.#now() + hour, text };
    // Without the store the next call finds out for itself.
    await this.#store
      .set(abilityOf(endpoint), JSON.stringify(refusal), hour)
      .catch(() => undefined);
  }

  async #find(ability: string): Promise<Refusal | undefined> {
    const json = await this.#store.get(ability).catch(() => undefined);
    const refusal = json === undefined ? undefined : read(json);
    const left = (refusal?.until ?? 0) - this.#now();
    return left > 0 && left <= hour ? refusal : undefined;
  }
}

/** What a call takes: an ability, or what only this call is for. */
function abilityOf(endpoint: string): string {
  const all = Object.entries<readonly string[]>(paths);
  const found =
    all.find(([, own]) => own.includes(endpoint)) ??
    all.find(([, own]) => own.some((path) => path.endsWith("/") && endpoint.startsWith(path)));
  return found?.[0] ?? endpoint;
}

/** What another process, or another version, has written. */
function read(json: string): Refusal | undefined {
  try {
    const { until, text } = JSON.parse(json) as Partial<Refusal>;
    return typeof until === "number" && typeof text === "string" ? { until, text } : undefined;
  } catch {
    return undefined;
  }
}
