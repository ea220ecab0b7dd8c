import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { FileInput } from "../../message/file.js";
import { Lines } from "../../store/line.js";
import { MemoryStore } from "../../store/memory.js";
import { type Store, scoped } from "../../store/store.js";
import type { FileKind } from "./file-kind.js";
import { checkFile, limitOf, tooLarge } from "./media-rules.js";
import type { MediaType } from "./media-type.js";
import { readInput } from "./read-input.js";

/** Where the ids of files are kept. */
export interface Keeping {
  readonly store: Store;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** What uploads a file, and how long it lives then. */
export interface UploadedFilesOptions {
  readonly isPermanent: boolean;
  /** Milliseconds after which a file is uploaded again. */
  readonly life: number;
  upload(type: MediaType, file: Named, about: About | undefined): Promise<string>;
}

/** A file with its kind. */
export interface Named extends FileKind {
  readonly data: Buffer;
}

/** What a permanent video says of itself. */
export interface About {
  readonly title: string;
  readonly introduction: string;
}

/** One that was uploaded, as it stands in the store. */
interface Uploaded {
  readonly id: string;
  /** By the account's clock, in milliseconds. */
  readonly at: number;
}

/** How long another process is waited for that uploads, and one that died in the middle of it. */
const patience = 60_000;
const lease = 20_000;
/**
 * The files of ids that were given out of late, to be uploaded again if WeChat has forgotten them. All accounts have
 * this room together; the bytes of a path or a stream are there only here.
 */
const atHand = new LRUCache<string, Again>({
  maxSize: 32 * 1024 * 1024,
  ttl: 600_000,
  // An entry costs something besides its bytes.
  sizeCalculation: ({ file }) => file.data.length + 1_000,
});
let owners = 0;

/** What is kept where there is no store for it. */
export const keptHere = (): Keeping => ({
  store: new MemoryStore({ max: 1_000 }),
  now: Date.now,
});

/**
 * The media ids of files, each uploaded once for its content: single flight in the process and, with
 * a shared store, among all that share it.
 */
export class UploadedFiles {
  readonly #options: UploadedFilesOptions;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #lines = new Lines();
  readonly #flights = new Map<string, Promise<string>>();
  /** What stands before an id in the room that all have together. */
  readonly #owner: string;

  /** The store is the account's. */
  constructor(options: UploadedFilesOptions, { store, now }: Keeping) {
    this.#options = options;
    this.#store = scoped(store, options.isPermanent ? "material" : "media");
    this.#now = now;
    owners += 1;
    this.#owner = `${owners}:`;
  }

  /** The id of a file. Rejects with a WechatError `WX_MEDIA` for one that WeChat does not take. */
  async idOf(type: MediaType, input: FileInput, about?: About): Promise<string> {
    const { isPermanent } = this.#options;
    const read = await readInput(input, limitOf(type), () => tooLarge(type, isPermanent));
    const file: Named = { ...checkFile(type, isPermanent, read), data: read.data };
    return this.#idOf({ type, file, about });
  }

  /**
   * Another id for one that WeChat does not know any more (40007), if its file is still at hand: it is
   * uploaded again, unless another process has done so.
   */
  async renew(id: string): Promise<string | undefined> {
    const again = atHand.get(this.#owner + id);
    if (again === undefined) return undefined;
    const key = keyOf(again);
    const text = await this.#store.get(key).catch(() => undefined);
    if (parse(text)?.id === id && text !== undefined) {
      await this.#store.compareAndDelete(key, text).catch(() => false);
    }
    return this.#idOf(again, id);
  }

  /** `dead` is an id that WeChat has refused. */
  async #idOf(wanted: Again, dead?: string): Promise<string> {
    const key = keyOf(wanted);
    const flight = this.#flights.get(key);
    if (flight !== undefined) return flight;
    const own = this.#obtain(key, wanted, dead).finally(() => this.#flights.delete(key));
    this.#flights.set(key, own);
    const id = await own;
    atHand.set(this.#owner + id, wanted);
    return id;
  }

  async #obtain(key: string, wanted: Again, dead: string | undefined): Promise<string> {
    const known = await this.#find(key, dead);
    if (known !== undefined) return known;
    if (!this.#store.shared) return this.#upload(key, wanted);
    // If the store is away, or somebody takes too long, alone.
    const turn = await this.#lines
      .take(this.#store, `line:${key}`, { wait: patience, lease })
      .catch(() => undefined);
    try {
      return (await this.#find(key, dead)) ?? (await this.#upload(key, wanted));
    } finally {
      await turn?.release();
    }
  }

  async #find(key: string, dead: string | undefined): Promise<string | undefined> {
    const uploaded = parse(await this.#store.get(key).catch(() => undefined));
    if (uploaded === undefined || uploaded.id === dead) return undefined;
    const age = this.#now() - uploaded.at;
    return age >= 0 && age < this.#options.life ? uploaded.id : undefined;
  }

  async #upload(key: string, { type, file, about }: Again): Promise<string> {
    const { life, upload } = this.#options;
    const at = this.#now();
    const id = await upload(type, file, about);
    const text = JSON.stringify({ id, at } satisfies Uploaded);
    // Without the store, the file is uploaded again the next time.
    await this.#store.set(key, text, life).catch(() => {});
    return id;
  }
}

/** What is needed to upload a file again. */
interface Again {
  readonly type: MediaType;
  readonly file: Named;
  readonly about?: About | undefined;
}

function keyOf({ type, file, about }: Again): string {
  const hash = createHash("sha256").update(file.data);
  if (about !== undefined) hash.update(JSON.stringify([about.title, about.introduction]));
  return `${type}:${hash.digest("base64url")}`;
}

/** The store may hold anything at this key. */
function parse(text: string | undefined): Uploaded | undefined {
  if (text === undefined) return undefined;
  try {
    const { id, at } = JSON.parse(text) as Partial<Uploaded>;
    return typeof id === "string" && typeof at === "number" ? { id, at } : undefined;
  } catch {
    return undefined;
  }
}
