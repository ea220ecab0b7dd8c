import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What a token tells to whoever has made it. */
export interface Minted {
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  readonly note: string;
}

const timeBytes = 6;
const macLength = 86;

/**
 * Makes tokens that hold what they stand for, under a signature with the AppSecret: a simulated WeChat
 * that was started anew knows those that it gave before, as WeChat does.
 */
export class Mint {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** @param kind What it is good for: a token of one kind is none of another. */
  make(kind: string, at: number, note = ""): string {
    const body = Buffer.alloc(34);
    randomBytes(body.length - timeBytes).copy(body, timeBytes);
    body.writeUIntBE(at, 0, timeBytes);
    const payload = Buffer.concat([body, Buffer.from(note)]).toString("base64url");
    return payload + this.#mac(kind, payload);
  }

  /** What the token stands for; undefined for one that was not made here. */
  read(kind: string, token: string): Minted | undefined {
    const payload = token.slice(0, -macLength);
    const given = Buffer.from(token.slice(-macLength));
    const right = Buffer.from(this.#mac(kind, payload));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const body = Buffer.from(payload, "base64url");
    return { at: body.readUIntBE(0, timeBytes), note: body.toString("utf8", 34) };
  }

  #mac(kind: string, payload: string): string {
    return createHmac("sha512", this.#secret).update(`${kind}\n${payload}`).digest("base64url");
  }
}
