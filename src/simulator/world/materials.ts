import type { MediaFile, MediaLibrary } from "./media.js";

/** What a permanent file is called besides its name. */
export interface MaterialDetails {
  readonly title: string;
  readonly introduction: string;
}

/** The material (永久素材) among the files; pictures of articles are permanent but no material. */
export class Materials {
  readonly #media: MediaLibrary;
  readonly #hidden = new Set<string>();
  readonly #details = new Map<string, MaterialDetails>();

  constructor(media: MediaLibrary) {
    this.#media = media;
  }

  /** Has a permanent file be no material. */
  hide(mediaId: string): void {
    this.#hidden.add(mediaId);
  }

  describe(mediaId: string, details: MaterialDetails): void {
    this.#details.set(mediaId, details);
  }

  detailsOf(mediaId: string): MaterialDetails | undefined {
    return this.#details.get(mediaId);
  }

  get(mediaId: string): MediaFile | undefined {
    const file = this.#media.get(mediaId);
    return file?.permanent === true && !this.#hidden.has(mediaId) ? file : undefined;
  }

  /** The newest first. */
  list(type: MediaFile["type"]): readonly MediaFile[] {
    return [...this.#media]
      .filter((file) => file.type === type && this.get(file.mediaId) !== undefined)
      .reverse();
  }

  delete(mediaId: string): boolean {
    this.#details.delete(mediaId);
    return this.get(mediaId) !== undefined && this.#media.delete(mediaId);
  }
}
