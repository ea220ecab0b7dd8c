import { request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Random } from "../fuzz/random.js";
import type { Seen } from "./judge.js";
import { decrypted, encrypted, signed } from "./sealing.js";
import { type ChaosAccount, now } from "./wire.js";

/** A message that a user sends. */
export interface Push {
  readonly id: string;
  readonly user: string;
  /** When, in milliseconds from the beginning. */
  readonly at: number;
  /** How many milliseconds its handler takes. */
  readonly takes: number;
}

/** What becomes of a delivery: it arrives, or it or its answer gets lost. */
export type Fate = "arrives" | "lost" | "answer lost";

export interface WeChatOptions {
  readonly account: ChaosAccount;
  readonly random: Random;
  /** A connection to one of the bot's processes. */
  connect(push: Push, number: number): Promise<{ socket: Socket; process: number } | undefined>;
  fate?(number: number): Fate;
  see(seen: Seen): void;
}

/** WeChat's times, in milliseconds: between two deliveries, and until one is given up. */
const patience = 5_000;
const attempts = 3;

/** An answer in time: a text, or nothing for `success`. `false` where there was none. */
type Answer = { readonly text: string | undefined } | false;

/** Delivers pushes as WeChat does: up to three times, at 0, 5 and 10 s, and never while an answer may come. */
export class WeChat {
  readonly #options: WeChatOptions;
  #ids = 23_000_000_000_000_000n;

  constructor(options: WeChatOptions) {
    this.#options = options;
  }

  /** Delivers one push; resolves when WeChat asks no more, to whether it had an answer. */
  async push(push: Push): Promise<boolean> {
    const { see, random } = this.#options;
    const begun = performance.now();
    see({ what: "pushed", push: push.id, user: push.user, at: now() });
    const body = this.#body(push);
    // It is not known whether WeChat signs a delivery anew, so half of the pushes are.
    const isSignedOnce = random.chance(0.5);
    let query = this.#query(push, body);
    for (let number = 1; number <= attempts; number += 1) {
      if (!isSignedOnce) query = this.#query(push, body);
      const answer = await this.#deliver(push, number, query, body);
      if (answer !== false) {
        see({ what: "answered", push: push.id, text: answer.text, at: now() });
        return true;
      }
      const next = begun + number * patience - performance.now();
      if (next > 0) await sleep(next);
    }
    see({ what: "banner", push: push.id, at: now() });
    return false;
  }

  async #deliver(push: Push, number: number, query: string, body: string): Promise<Answer> {
    const { see, fate, connect } = this.#options;
    const doom = fate?.(number) ?? "arrives";
    const started = now();
    const connection = doom === "lost" ? undefined : await connect(push, number);
    const process = doom === "arrives" ? connection?.process : undefined;
    see({ what: "delivered", push: push.id, number, process, at: started });
    if (connection === undefined) {
      // Refused everywhere, or on a way on which it vanishes.
      return false;
    }
    const answer = await exchange(connection.socket, push.id, query, body);
    return doom === "arrives" && answer !== undefined ? this.#read(answer) : false;
  }

  /** What the answer says to the user; `false` where WeChat would not understand it. */
  #read({ status, body }: { status: number; body: string }): Answer {
    if (status !== 200) return false;
    if (body === "" || body === "success") return { text: undefined };
    const { account } = this.#options;
    const sealed = cdata(body, "Encrypt");
    const clear = sealed === undefined ? body : decrypted(sealed, account);
    if ((sealed === undefined) !== (account.encodingAESKey === undefined)) return false;
    const text = cdata(clear, "Content");
    return text !== undefined && cdata(clear, "MsgType") === "text" ? { text } : false;
  }

  #body({ id, user, takes }: Push): string {
    this.#ids += 1n;
    const seconds = Math.floor(Date.now() / 1_000);
    const xml = `<xml><ToUserName><![CDATA[gh_chaos]]></ToUserName><FromUserName><![CDATA[${user}]]></FromUserName><CreateTime>${seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${id} ${takes}]]></Content><MsgId>${this.#ids}</MsgId></xml>`;
    const { account } = this.#options;
    if (account.encodingAESKey === undefined) return xml;
    return `<xml><ToUserName><![CDATA[gh_chaos]]></ToUserName><Encrypt><![CDATA[${encrypted(xml, account)}]]></Encrypt></xml>`;
  }

  #query({ user }: Push, body: string): string {
    const { account, random } = this.#options;
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const nonce = String(random.between(1e8, 2e9));
    const query = new URLSearchParams({
      signature: signed(account.token, timestamp, nonce),
      ...{ timestamp, nonce, openid: user },
    });
    const sealed = cdata(body, "Encrypt");
    if (sealed !== undefined) {
      query.set("encrypt_type", "aes");
      query.set("msg_signature", signed(account.token, timestamp, nonce, sealed));
    }
    return query.toString();
  }
}

/** Posts over a connection; what has no answer after five seconds is closed. */
function exchange(
  socket: Socket,
  push: string,
  query: string,
  body: string,
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const post = request({
      ...{ method: "POST", path: `/wechat?${query}`, createConnection: () => socket },
      headers: {
        ...{ Host: "bot.example.com", "Content-Type": "text/xml", Connection: "close" },
        "Content-Length": Buffer.byteLength(body),
        // By this a bot can tell the driver what came in; WeChat has no such header.
        "X-Push": push,
      },
    });
    const close = (answer?: { status: number; body: string }) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(async () => {
      // What has arrived meanwhile is in time: a driver that was held up must not blame the bot.
      await turn();
      await turn();
      close();
    }, patience);
    post.on("error", () => close());
    post.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => close());
      response.on("end", () => {
        close({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    post.end(body);
  });
}

/** What an element holds as CDATA. */
function cdata(xml: string, element: string): string | undefined {
  return new RegExp(`<${element}><!\\[CDATA\\[(.*?)\\]\\]></${element}>`, "s").exec(xml)?.[1];
}
