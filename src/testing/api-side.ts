import type { Fault } from "../simulator/world/faults.js";
import type { CallRecord } from "../simulator/world/journal.js";
import type { MediaFile } from "../simulator/world/media.js";
import type { World } from "../simulator/world/world.js";

/** The simulated api.weixin.qq.com, seen from a test. */
export class ApiSide {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Has the calls of a path fail with an errcode, or as a `Fault` says; `times` of them, or all.
   *
   * ```ts
   * phone.api.fails("message/custom/send", 45047);
   * phone.api.fails("token", { hang: true }, 1);
   * ```
   */
  fails(path: string, fault: number | Fault, times?: number): void {
    this.#world.faults.plan(path, typeof fault === "number" ? { errcode: fault } : fault, times);
  }

  /** Has a path work again, or all of them. */
  works(path?: string): void {
    this.#world.faults.clear(path);
  }

  /** How long every call takes, in milliseconds; 0 at first. */
  get latency(): number {
    return this.#world.faults.latency;
  }

  set latency(ms: number) {
    this.#world.faults.latency = ms;
  }

  /** What was called so far, without tokens and secrets; of one path, or all. */
  calls(path?: string): readonly CallRecord[] {
    const calls = this.#world.journal.records.filter((record) => record.kind === "call");
    return path === undefined
      ? calls
      : calls.filter(
          (call) =>
            call.path.replace(/^\/(cgi-bin\/)?/, "") === path.replace(/^\/?(cgi-bin\/)?/, ""),
        );
  }

  /** A file of the account or of a user, by its media id: what the user sees of a picture that the bot sent. */
  media(mediaId: string): MediaFile | undefined {
    return this.#world.media.get(mediaId);
  }

  /**
   * Has the account own a file, for bots that reply with a fixed media id or send one: for good, or
   * with `permanent: false` for three days. WeChat calls some files `text/plain`; so can `contentType`.
   */
  addMedia(
    file: Pick<MediaFile, "mediaId" | "type"> &
      Partial<Pick<MediaFile, "data" | "contentType" | "filename" | "permanent">>,
  ): void {
    this.#world.media.add({
      data: Buffer.alloc(0),
      contentType: "application/octet-stream",
      filename: file.mediaId,
      permanent: true,
      ...file,
    });
  }
}
