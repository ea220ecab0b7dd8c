import { idOf } from "./account.js";

/** A QR code with a scene (带参数的二维码). */
export interface SceneCode {
  readonly ticket: string;
  readonly scene: string;
  /** Whether the scene is a number, a `scene_id`. */
  readonly isNumber: boolean;
  /** What the code says. */
  readonly url: string;
  /** Milliseconds since 1970; for good without. */
  readonly until?: number;
}

/** The QR codes that the account has made, by ticket. */
export class SceneCodes {
  readonly #now: () => number;
  readonly #byTicket = new Map<string, SceneCode>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param life Milliseconds; without, the code works for good. */
  create(scene: string, isNumber: boolean, life?: number): SceneCode {
    const ticket = ticketOf(scene);
    const code = {
      ticket,
      scene,
      isNumber,
      url: `http://weixin.qq.com/q/${idOf("0", 22, ticket)}`,
      ...(life === undefined ? {} : { until: this.#now() + life }),
    };
    this.#byTicket.set(ticket, code);
    return code;
  }

  /** The code with that ticket, if it still works. */
  find(ticket: string): SceneCode | undefined {
    const code = this.#byTicket.get(ticket);
    return code?.until === undefined || this.#now() < code.until ? code : undefined;
  }

  /** Whether a scene is a `scene_id`; one of which there is no code is taken for what it looks like. */
  isNumber(scene: string): boolean {
    return this.#byTicket.get(ticketOf(scene))?.isNumber ?? /^\d{1,10}$/.test(scene);
  }

  /** How many of them work for good. */
  get permanent(): number {
    return [...this.#byTicket.values()].filter(({ until }) => until === undefined).length;
  }

  [Symbol.iterator](): IterableIterator<SceneCode> {
    return this.#byTicket.values();
  }
}

/** The ticket of a scene: the same in the answer to `qrcode/create` and in the event of a scan. */
function ticketOf(scene: string): string {
  return `gQ${Buffer.from(scene).toString("base64url")}`;
}
