import { createHash, randomBytes } from "node:crypto";
import type { TokenProvider } from "./token/token.js";

/** What `wx.config` takes besides `jsApiList` and `openTagList`. */
export interface JssdkSignature {
  readonly appId: string;
  /** Seconds. */
  readonly timestamp: number;
  readonly nonceStr: string;
  readonly signature: string;
}

/** Signatures for pages that use the JS-SDK. */
export class Jssdk {
  readonly #appId: string;
  readonly #jsapi: TokenProvider;
  readonly #card: TokenProvider;

  constructor(appId: string, jsapi: TokenProvider, card: TokenProvider) {
    this.#appId = appId;
    this.#jsapi = jsapi;
    this.#card = card;
  }

  /** Signs a page, by its address as the browser has it. Source: 「JS-SDK使用权限签名算法」. */
  async sign(url: string): Promise<JssdkSignature> {
    const nonceStr = randomBytes(12).toString("hex");
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = signPage(await this.#jsapi.get(), nonceStr, timestamp, url);
    return { appId: this.#appId, timestamp, nonceStr, signature };
  }

  /** Signs the values of a card extension, with the ticket for cards (legacy). Source: 「卡券 › 签名」. */
  async signCard(values: readonly string[]): Promise<string> {
    const all = [await this.#card.get(), ...values];
    return createHash("sha1").update(all.sort().join("")).digest("hex");
  }
}

/** The signature of a page; the fragment of its address does not count. */
export function signPage(ticket: string, nonceStr: string, timestamp: number, url: string): string {
  const page = url.replace(/#.*$/s, "");
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`;
  return createHash("sha1").update(text).digest("hex");
}
