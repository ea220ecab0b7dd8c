import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import fetch, { type Response } from "node-fetch";
import { WechatError } from "../errors.js";
import type { Cloud } from "../simulator/cloud.js";
import type { Person } from "../simulator/world/people.js";
import { CookieJar } from "./cookies.js";

/** How a page is opened. */
export interface OpenOptions {
  /** What the user answers on the consent page of web login. Default: `"allow"`. */
  readonly consent?: "allow" | "deny" | "snapshot";
  /** More headers, such as `Accept` or `Sec-Fetch-Mode`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page that was opened, after all redirects. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: HTML, JSON, or whatever it is, as text. */
  readonly body: string;
  /** The addresses on the way, the first one included. */
  readonly visited: readonly string[];
}

/** As many as browsers follow. */
const maxRedirects = 20;

/** How long a page may take, in milliseconds. */
const patience = 30_000;

/** Each request has a connection of its own, so that none is left when a test ends. */
const agent = ({ protocol }: URL) =>
  protocol === "https:" ? new SecureAgent({ keepAlive: false }) : new Agent({ keepAlive: false });

const userAgent =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50(0x28003255) NetType/WIFI Language/zh_CN";

/** WeChat's browser in the hands of one user: it keeps cookies and goes through web login. */
export class Browser {
  readonly #cloud: Cloud;
  readonly #person: Person;
  readonly #cookies = new CookieJar();

  constructor(cloud: Cloud, person: Person) {
    this.#cloud = cloud;
    this.#person = person;
  }

  async open(
    address: string,
    { consent = "allow", headers = {} }: OpenOptions = {},
  ): Promise<Page> {
    const visited: string[] = [];
    let url = this.#resolved(address);
    while (visited.length <= maxRedirects) {
      url.hash = "";
      visited.push(url.href);
      const response = await this.#get(this.#isConsent(url) ? this.#decided(url, consent) : url, {
        Accept: "text/html,application/xhtml+xml,*/*;q=0.8",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "User-Agent": userAgent,
        ...headers,
        ...this.#cookies.headers(url),
      });
      this.#cookies.store(url, response.headers.raw()["set-cookie"] ?? []);
      const location = response.headers.get("Location");
      if (location === null || response.status < 300 || response.status > 399) {
        return {
          url: url.href,
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await response.text(),
          visited,
        };
      }
      await response.arrayBuffer();
      url = new URL(location, url);
    }
    throw new WechatError(
      "WX_SIMULATOR",
      `The page redirects in a circle: ${visited.slice(-4).map(shown).join(" → ")}.`,
    );
  }

  #resolved(address: string): URL {
    const { target } = this.#cloud;
    if (URL.canParse(address, target)) {
      const url = new URL(address, target);
      if (/^https?:$/.test(url.protocol)) return url;
    }
    throw new WechatError(
      "WX_SIMULATOR",
      `${JSON.stringify(address)} is not an address that can be opened. Give a path of the bot, such as "/profile", or all of an http address.`,
    );
  }

  async #get(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
    try {
      const signal = AbortSignal.any([this.#cloud.closed, AbortSignal.timeout(patience)]);
      return await fetch(url, { redirect: "manual", headers, agent, signal });
    } catch (error) {
      const { code = "no answer within 30 seconds" } = error as NodeJS.ErrnoException;
      const why = this.#cloud.closed.aborted ? "the simulated WeChat is closed" : code;
      throw new WechatError("WX_SIMULATOR", `${shown(url.href)} cannot be opened: ${why}.`);
    }
  }

  #isConsent({ pathname, origin }: URL): boolean {
    if (pathname !== "/connect/oauth2/authorize") return false;
    return origin === this.#cloud.world.url || origin === "https://open.weixin.qq.com";
  }

  /** The consent page as this user leaves it. */
  #decided(url: URL, consent: string): URL {
    const decided = new URL(this.#cloud.world.url + url.pathname + url.search);
    decided.searchParams.set("sim_user", this.#person.openid);
    decided.searchParams.set("sim_consent", consent);
    return decided;
  }
}

/** An address without its query, which may hold a code. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
