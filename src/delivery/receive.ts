import type { Context as KoaContext } from "koa";
import { RequestError } from "../errors.js";
import { decode } from "../message/decode.js";
import { serialize } from "../message/reply.js";
import type { MaybePromise } from "../router/compose.js";
import type { Query } from "../wire/envelope.js";
import type { XmlElement } from "../wire/xml.js";
import type { Account } from "./account.js";

/** A request to the server address, whatever framework it came through. */
export interface PushRequest {
  readonly method: string;
  /** The query's parameters, decoded; one that was repeated is an array. */
  readonly query: Query;
  /** Reads the body. Called only after the query's signature has been checked. */
  body(): MaybePromise<string | XmlElement>;
  /** Whether the connection is closed already. Asked when there is an answer for it. */
  readonly closed?: { readonly aborted: boolean } | undefined;
  /** For the account resolver, where there is no Koa: path, router's parameters and headers. */
  readonly path?: string | undefined;
  readonly params?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** Koa's context, where there is one. */
  readonly koa?: KoaContext | undefined;
}

/** What goes back to WeChat. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const text = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };
const xml = { "Content-Type": "application/xml; charset=utf-8" };

/** What WeChat takes as "received, and there is nothing to say". Never encrypted. */
const success: Answer = { status: 200, headers: text, body: "success" };

/**
 * Answers one request to an account: verifies, decrypts and decodes it, has the handlers run once however often
 * WeChat delivers it, and seals the reply. Never rejects for what the sender did.
 *
 * "abandoned" means: leave this delivery unanswered, so that WeChat tries again.
 */
export async function receive(
  account: Account,
  request: PushRequest,
  arrived: number = account.delivery.clock.now(),
): Promise<Answer | "abandoned"> {
  try {
    if (request.method === "GET") {
      return { status: 200, headers: text, body: account.envelope.echo(request.query) };
    }
    if (request.method !== "POST") {
      throw new RequestError(405, "WX_METHOD", "WeChat uses GET and POST on this address.");
    }
    const signed = account.envelope.check(request.query);
    const push = account.envelope.open(signed, await request.body());
    const message = decode(push.root);
    if (push.fingerprint !== undefined) {
      const checking = account.checkReplay(signed.signature, push.fingerprint);
      if (checking !== undefined) await checking;
    }
    const work = account.work(message, push.root, request.koa);
    const reply = await account.delivery.answer(work, { arrived, closed: request.closed });
    if (reply === undefined) return success;
    if (reply === "abandoned") return reply;
    const address = {
      to: message.FromUserName,
      from: message.ToUserName,
      time: Math.floor(account.now() / 1000),
    };
    const body = serialize(reply, address);
    return body === undefined ? success : { status: 200, headers: xml, body: push.seal(body) };
  } catch (error) {
    if (error instanceof RequestError) return refuse(error);
    account.report(error, request.koa);
    return success;
  }
}

/** What the sender of a request gets that is refused. */
export function refuse(error: RequestError): Answer {
  const headers =
    error.status === 405
      ? { ...text, Allow: "GET, POST" }
      : error.status === 408 || error.status === 413
        ? // The rest of the body is still on its way; the connection cannot be used again.
          { ...text, Connection: "close" }
        : text;
  return { status: error.status, headers, body: error.message };
}
