import { setImmediate, setTimeout } from "node:timers/promises";
import { type PushEvent, pushes, replies } from "../../diagnostics.js";
import { RequestError, WechatError } from "../../errors.js";
import { decode } from "../../message/decode.js";
import type { AnyMessage } from "../../message/messages.js";
import { type Reply, serialize } from "../../message/reply.js";
import { serializeJson } from "../../message/reply-json.js";
import type { Attempt } from "../../runs/deliveries/waiters.js";
import { systemClock } from "../../time/clock.js";
import { andThen, isPromise, type MaybePromise } from "../../time/maybe-promise.js";
import { type Body, openUnsigned, type Push } from "../../wire/envelope.js";
import type { Account } from "../account.js";
import {
  enterFromCloud,
  isFromCloud,
  isUnsigned,
  notConfigured,
  parserOf,
  sharingAppId,
} from "./cloud-hosting.js";
import type { PushRequest } from "./request.js";

/** What goes back to WeChat. */
export interface ReceiveAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const text = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };
const types = {
  xml: { "Content-Type": "application/xml; charset=utf-8" },
  json: { "Content-Type": "application/json; charset=utf-8" },
};

/** What WeChat takes as "received, and there is nothing to say". Never encrypted. */
export const success: ReceiveAnswer = { status: 200, headers: text, body: "success" };

/** A push that was answered long ago, byte for byte: to whoever repeats it there is nothing to say. */
const repeated = new WechatError(
  "WX_REPLAY",
  "The request repeats one that was answered long ago.",
);

function mustBeNew(isNew: boolean): true {
  if (!isNew) throw repeated;
  return true;
}

/** What is told of a request, as far as it is known: see PushEvent. */
export interface Note {
  appId?: string | undefined;
  message?: AnyMessage;
  reply?: Reply;
  error?: unknown;
}

/**
 * Answers one request to an account: verifies, decrypts and decodes it, has the handlers run once however often
 * WeChat delivers it, and seals the reply. Never rejects for what the sender did.
 *
 * "abandoned" means: leave this delivery unanswered, so that WeChat tries again.
 */
export function receive(
  account: Account,
  request: PushRequest,
): Promise<ReceiveAnswer | "abandoned"> {
  const arrived = account.runs.clock.now();
  if (!pushes.watched && !replies.watched) return answer(account, request, arrived);
  return noted(request, (note) => answer(account, request, arrived, note));
}

/**
 * Answers one request to an account, and notes what becomes of it. `entered` is the body of one that was
 * let in already, without a signature.
 */
export async function answer(
  account: Account,
  request: PushRequest,
  arrived: number,
  note?: Note,
  entered?: Body,
): Promise<ReceiveAnswer | "abandoned"> {
  const reading = { begun: arrived, length: 0 };
  try {
    if (note !== undefined) note.appId = account.appId;
    checkMethod(request);
    if (isUnsigned(request)) {
      if (account.isInCloud) return await answerCloud(account, request, arrived, note, entered);
      if (isFromCloud(request)) throw notConfigured();
    }
    if (request.method === "GET") {
      reading.length = lengthOf(request.query.echostr);
      const body = account.envelope.echo(request.query);
      await account.admitEcho(request.query);
      return { status: 200, headers: text, body };
    }
    const signed = account.envelope.check(request.query);
    const given = await request.body();
    if (account.envelope.decrypts) {
      reading.begun = systemClock.now();
      reading.length = lengthOf(given);
    }
    const push = account.envelope.open(signed, given, decode, parserOf(request));
    const message = push.content;
    if (note !== undefined) note.message = message;
    const admitted = account.admit(signed, push);
    if (admitted === false) return success;
    const number = account.deliveryOf(message, signed.timestamp);
    const isNew = admitted === true ? undefined : admitted.then(mustBeNew);
    // What fails before anybody waits for it must not leave a rejection behind.
    isNew?.catch(() => {});
    const attempt = { arrived, number, admitted: isNew, closed: request.closed };
    const answered = respond(account, request, push, attempt, note);
    // A push that is answered at once is not made to wait.
    return isPromise(answered) ? await answered : answered;
  } catch (error) {
    if (error === repeated) return success;
    if (note !== undefined) note.error = error;
    if (error instanceof RequestError) {
      if (error.code === "WX_DECRYPT") await untilNextTick(reading);
      return refuse(error);
    }
    account.report(error, request.koa);
    return success;
  }
}

/** Answers what came within 微信云托管. */
async function answerCloud(
  account: Account,
  request: PushRequest,
  arrived: number,
  note?: Note,
  entered?: Body,
): Promise<ReceiveAnswer | "abandoned"> {
  const body = entered ?? (await enterFromCloud(request));
  if (body === "probe") return success;
  account.noteSharing(sharingAppId(request));
  const push = openUnsigned(body, decode, parserOf(request));
  if (note !== undefined) note.message = push.content;
  const number = account.deliveryOf(push.content);
  return respond(account, request, push, { arrived, number, closed: request.closed }, note);
}

/** Has the handlers run, once for each push, and makes the answer of what they reply. */
function respond(
  account: Account,
  request: PushRequest,
  push: Push<AnyMessage>,
  attempt: Attempt,
  note?: Note,
): MaybePromise<ReceiveAnswer | "abandoned"> {
  const handling = account.handling(push.content, push.root, request.koa);
  const answering = account.runs.answer(handling, attempt);
  request.waitUntil?.(account.unfinished(handling.key, answering));
  const answered = (reply: Reply | undefined | "abandoned"): ReceiveAnswer | "abandoned" => {
    if (reply === "abandoned") return reply;
    const told = account.debugging?.headers(handling.key, request.koa);
    const body = reply === undefined ? undefined : written(account, push, reply);
    if (reply === undefined || body === undefined) {
      return told === undefined ? success : { ...success, headers: { ...text, ...told } };
    }
    if (note !== undefined) note.reply = reply;
    const type = types[push.format];
    return { status: 200, headers: told === undefined ? type : { ...type, ...told }, body };
  };
  return andThen(answering, answered);
}

/** A reply as it goes back, or nothing if it says nothing. */
function written(account: Account, push: Push<AnyMessage>, reply: Reply): string | undefined {
  const { FromUserName: to, ToUserName: from } = push.content;
  const address = { to, from, time: Math.floor(account.now() / 1000) };
  const body = push.format === "json" ? serializeJson(reply, address) : serialize(reply, address);
  return body === undefined ? undefined : push.seal(body);
}

/** Refuses what WeChat does not do. */
export function checkMethod({ method }: PushRequest): void {
  if (method === "GET" || method === "POST") return;
  if (method !== "") {
    throw new RequestError(405, "WX_METHOD", "WeChat uses GET and POST on this address.");
  }
  throw new RequestError(
    400,
    "WX_METHOD",
    'The request has no method. wx.receive() takes { method, query, body }, with the query as an object or as the text after "?".',
  );
}

/** Milliseconds for each so many letters; reading what is encrypted takes a small part of it. */
const tick = 4;
const letters = 4_096;

/** When the reading of something began, and how long that is. */
interface Reading {
  begun: number;
  length: number;
}

/** Letters of what may be encrypted, or hold what is. */
function lengthOf(given: unknown): number {
  if (typeof given === "string") return given.length;
  const { Encrypt } = Object(given) as { Encrypt?: unknown };
  return typeof Encrypt === "string" ? Encrypt.length : 0;
}

/**
 * Lets the refusal of what was encrypted leave a fixed time after its reading began, which its length
 * alone decides: how far that came, and so what is in it, does not show.
 */
async function untilNextTick({ begun, length }: Reading): Promise<void> {
  const passed = systemClock.now() - begun;
  const ticks = Math.max(Math.ceil(passed / tick), 1 + Math.floor(length / letters));
  const until = begun + ticks * tick;
  // A timer is only as exact as a millisecond.
  await setTimeout(Math.max(0, until - systemClock.now() - 1));
  while (systemClock.now() < until) await setImmediate();
}

/** Answers one request while somebody watches. */
export async function noted(
  { method }: PushRequest,
  work: (note: Note) => Promise<ReceiveAnswer | "abandoned">,
): Promise<ReceiveAnswer | "abandoned"> {
  const begun = performance.now();
  const note: Note = {};
  const answer = await work(note);
  const duration = performance.now() - begun;
  const { appId, message, reply, error } = note;
  const refused = error instanceof RequestError ? error : undefined;
  if (reply !== undefined && replies.watched) {
    const { type } = reply;
    const outcome = "sent";
    replies.publish({ appId, type, way: "passive", outcome, error: undefined, duration });
  }
  if (!pushes.watched) return answer;
  pushes.publish({
    appId,
    method: method === "GET" || method === "POST" ? method : "other",
    type: message?.MsgType,
    event: message?.MsgType === "event" ? message.Event : undefined,
    outcome: outcomeOf(answer, note, method),
    status: answer === "abandoned" ? 0 : answer.status,
    code: refused?.code,
    reason: refused?.reason,
    duration,
  });
  return answer;
}

function outcomeOf(
  answer: ReceiveAnswer | "abandoned",
  { error, reply }: Note,
  method: string,
): PushEvent["outcome"] {
  if (answer === "abandoned") return "abandoned";
  if (error !== undefined) return answer.status === 200 ? "failed" : "refused";
  if (method === "GET") return "verified";
  return reply === undefined ? "acknowledged" : "replied";
}

/** What the sender of a request gets that is refused. */
export function refuse(error: RequestError): ReceiveAnswer {
  const headers =
    error.status === 405
      ? { ...text, Allow: "GET, POST" }
      : error.status === 408 || error.status === 413
        ? // The rest of the body is still on its way; the connection cannot be used again.
          { ...text, Connection: "close" }
        : text;
  return { status: error.status, headers, body: error.message };
}
