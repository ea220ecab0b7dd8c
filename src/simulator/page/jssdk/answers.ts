import { type Asked, answered, type LocalImage, refused } from "./apis.js";

/** One thing that a page has asked for, as the phone shows it. */
export interface Line {
  readonly id: number;
  readonly name: Asked["name"];
  readonly options: Asked["options"];
  /** Undefined while the user is asked. */
  readonly outcome?: string;
  /** More about a signature that is wrong: what was to be signed. */
  readonly signed?: string;
}

/** What the user is asked for a page. */
export type Question = "scanQRCode" | "getLocation" | "chooseImage";

/** An answer, before it has the number of what was asked. */
export interface Answer {
  readonly outcome: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly signed?: string;
}

/** What the phone does for a page. */
export interface Phone {
  /** Asks the user; resolves when they have answered. */
  question(asked: Asked, what: Question): Promise<Answer>;
  /** Keeps a file of the user's under a key, or gives one back. */
  readonly files: Map<string, Blob>;
  /** Has the simulated WeChat verify the signature of the page. */
  verify(asked: Asked): Promise<Answer>;
  upload(file: Blob): Promise<string | undefined>;
  download(mediaId: string): Promise<Blob | undefined>;
  close(): void;
}

/** How many files a page may have chosen. */
const mostFiles = 50;

/** Reads a message of the page's; whatever else it may be is none. */
export function askedOf(data: unknown): Asked | undefined {
  const { koaWx, id, name, url, options } = (data ?? {}) as Partial<Record<keyof Asked, unknown>>;
  if (koaWx !== "ask" || typeof id !== "number" || typeof name !== "string") return undefined;
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  if (typeof options !== "object" || options === null) return undefined;
  const isKnown = ["config", ...answered, ...refused].includes(name);
  return isKnown ? ({ koaWx, id, name, url, options } as Asked) : undefined;
}

/** What the phone answers to what a page asks. */
export async function answerOf(asked: Asked, phone: Phone): Promise<Answer> {
  const { name, options } = asked;
  const ok = (data: Answer["data"] = {}): Answer => ({ outcome: "ok", data });
  switch (name) {
    case "config":
      return phone.verify(asked);
    case "checkJsApi": {
      const names = Array.isArray(options.jsApiList) ? options.jsApiList.map(String) : [];
      const can = (one: string) => (answered as readonly string[]).includes(one);
      return ok({ checkResult: Object.fromEntries(names.map((one) => [one, can(one)])) });
    }
    case "scanQRCode":
    case "getLocation":
    case "chooseImage":
      return phone.question(asked, name);
    case "uploadImage": {
      const file = phone.files.get(String(options.localId));
      if (file === undefined) return { outcome: "fail, there is no such localId" };
      const serverId = await phone.upload(file);
      return serverId === undefined ? { outcome: "fail" } : ok({ serverId });
    }
    case "downloadImage": {
      const file = await phone.download(String(options.serverId));
      if (file === undefined) return { outcome: "fail, there is no such serverId" };
      return ok({ images: keep(phone, [file]) });
    }
    case "getLocalImgData": {
      const file = phone.files.get(String(options.localId));
      if (file === undefined) return { outcome: "fail, there is no such localId" };
      return ok({ localData: await dataAddress(file) });
    }
    case "getNetworkType":
      return ok({ networkType: "wifi" });
    case "closeWindow":
      phone.close();
      return ok();
    default:
      return (refused as readonly string[]).includes(name)
        ? { outcome: "fail, the simulated phone cannot do this" }
        : ok();
  }
}

/** Keeps files that the user has chosen, and names them for the page. */
export function keep({ files }: Phone, chosen: readonly Blob[]): readonly LocalImage[] {
  return chosen.map((file) => {
    const key = crypto.randomUUID();
    files.set(key, file);
    const [oldest] = files.keys();
    if (files.size > mostFiles && oldest !== undefined) files.delete(oldest);
    return { key, file };
  });
}

function dataAddress(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
