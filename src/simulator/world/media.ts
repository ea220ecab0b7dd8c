import { randomId } from "./account.js";

/** A file that the simulated account owns. */
export interface MediaFile {
  readonly mediaId: string;
  readonly type: "image" | "voice" | "video" | "thumb" | "news";
  readonly contentType: string;
  readonly filename: string;
  readonly data: Buffer;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Temporary media live for three days. */
  readonly permanent: boolean;
}

/** How long temporary media live: three days. */
const life = 3 * 86_400_000;

/** How much is kept at most, in bytes; the oldest temporary files go first. */
const capacity = 256 * 1024 * 1024;

/** The files that users and the account have uploaded. */
export class MediaLibrary {
  readonly #files = new Map<string, MediaFile>();
  readonly #now: () => number;
  #bytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps a file under a new media id, or under the one that is given. */
  add(
    file: Pick<MediaFile, "type" | "contentType" | "filename" | "data"> &
      Partial<Pick<MediaFile, "mediaId" | "permanent">>,
  ): MediaFile {
    return this.restore({
      permanent: false,
      mediaId: randomId(),
      ...file,
      createdAt: this.#now(),
    });
  }

  /** Keeps a file of an earlier run, under its own media id and with its own age. */
  restore(added: MediaFile): MediaFile {
    this.delete(added.mediaId);
    this.#files.set(added.mediaId, added);
    this.#bytes += added.data.length;
    for (const old of this.#files.values()) {
      if (this.#bytes <= capacity) break;
      if (!old.permanent) this.delete(old.mediaId);
    }
    return added;
  }

  /** The file, unless it is unknown or its three days are over. */
  get(mediaId: string): MediaFile | undefined {
    const file = this.#files.get(mediaId);
    if (file === undefined || file.permanent || this.#now() < file.createdAt + life) return file;
    this.delete(mediaId);
    return undefined;
  }

  delete(mediaId: string): boolean {
    const file = this.#files.get(mediaId);
    if (file !== undefined) this.#bytes -= file.data.length;
    return this.#files.delete(mediaId);
  }

  [Symbol.iterator](): IterableIterator<MediaFile> {
    return this.#files.values();
  }
}
