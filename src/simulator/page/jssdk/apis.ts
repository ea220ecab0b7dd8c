import { shares } from "../../web-view/share-apis.js";

/** What a page may call without naming it in `jsApiList`. */
export const free = ["checkJsApi", "closeWindow"] as const;

/** What the phone answers. */
export const answered = [
  ...free,
  ...shares,
  "scanQRCode",
  "getLocation",
  "openLocation",
  "chooseImage",
  "previewImage",
  "uploadImage",
  "downloadImage",
  "getLocalImgData",
  "getNetworkType",
  "hideOptionMenu",
  "showOptionMenu",
  "hideMenuItems",
  "showMenuItems",
  "hideAllNonBaseMenuItem",
  "showAllNonBaseMenuItem",
] as const;

/** What needs more than a phone without a sender or a wallet: it is refused. */
export const refused = [
  "chooseWXPay",
  "startRecord",
  "stopRecord",
  "onVoiceRecordEnd",
  "playVoice",
  "pauseVoice",
  "stopVoice",
  "onVoicePlayEnd",
  "uploadVoice",
  "downloadVoice",
  "translateVoice",
  "startSearchBeacons",
  "stopSearchBeacons",
  "onSearchBeacons",
  "openProductSpecificView",
  "addCard",
  "chooseCard",
  "openCard",
  "openEnterpriseChat",
  "openAddress",
] as const;

export type JsApi = (typeof answered)[number] | (typeof refused)[number];

/** What a page asks the phone for. */
export interface Asked {
  readonly koaWx: "ask";
  readonly id: number;
  readonly name: JsApi | "config";
  /** The address of the page as it is at that moment. */
  readonly url: string;
  /** As the page gave it, without its functions. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the phone answers to that. */
export interface Told {
  readonly koaWx: "answer";
  readonly id: number;
  /** `ok`, `cancel`, or why it failed. */
  readonly outcome: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A picture in an answer, which the phone keeps under a key. */
export interface LocalImage {
  readonly key: string;
  readonly file: Blob;
}

/** The user shares the page. */
export interface Shared {
  readonly koaWx: "share";
  readonly to: "onMenuShareAppMessage" | "onMenuShareTimeline";
}
