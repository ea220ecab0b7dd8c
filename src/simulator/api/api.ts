import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type Koa from "koa";
import { stringify } from "lossless-json";
import type { Fault } from "../world/faults.js";
import { mayCall } from "../world/kinds.js";
import type { World } from "../world/world.js";
import { Call, type Endpoint, FileAnswer, ok, type Push } from "./call.js";
import { endpoints } from "./endpoints.js";
import { pageOf } from "./pages/pages.js";
import { errmsgOf, Refusal, refuse } from "./refusal.js";
import { shownAnswer, shownBody, shownQuery } from "./shown.js";

/** The most that a body may hold: a video of 10 MB and what multipart adds. */
const bodyLimit = 10 * 1024 * 1024 + 64 * 1024;
/** A body beyond this is not even read to its end. */
const readLimit = 64 * 1024 * 1024;

const noBody = { raw: Buffer.alloc(0), contentType: "" };

/** Where WeChat's calls begin. */
const rooms =
  /^\/(cgi-bin|sns|customservice|wxa|wxaapi|datacube|semantic|card|cv|publisher|channels|connect|mmbiz)\//;

/**
 * Serves api.weixin.qq.com, and the few pages of WeChat that go with it, from a simulated world:
 * as strictly as WeChat, with its error codes, and with the faults that were planned. What else is
 * asked for is left to the next middleware.
 *
 * @param push Tells the account's server something that a call has brought about, such as the event
 * TEMPLATESENDJOBFINISH; called once the answer is out.
 */
export function simulatedApi(world: World, push: Push): Koa.Middleware {
  return async function simulatedApi(ctx, next) {
    const { path } = ctx;
    if (!rooms.test(path)) return next();
    const recording = new Recording(world, ctx);
    const request = await read(ctx.req);
    if (request === undefined) {
      ctx.respond = false;
      return;
    }
    recording.body = request;
    if (!(await latency(world, ctx))) return;
    const fault = world.faults.take(path);
    if (fault !== undefined && !("errcode" in fault)) {
      recording.end("hang" in fault ? "(no answer)" : "", "hang" in fault ? 0 : fault.status);
      return failWithoutJson(ctx, fault);
    }
    const page = fault === undefined ? pageOf(path) : undefined;
    if (page !== undefined) {
      recording.end(page(ctx, world));
      return;
    }
    const { query } = recording;
    const origin = world.url || `${ctx.protocol}://${ctx.host}`;
    const call = new Call(world, { path, query, origin, ...request });
    const answer = await outcomeOf(call, ctx.method, request.tooLarge, fault);
    ctx.status = 200;
    if (world.account.cloudHosting !== undefined && !query.has("access_token")) {
      ctx.set("x-openapi-seqid", String(recording.id));
    }
    if (answer instanceof FileAnswer) sendFile(ctx, answer, recording);
    else if (answer instanceof Refusal) sendRefusal(ctx, answer, recording);
    else recording.end(sendJson(ctx, answer));
    if (call.pushes.length > 0) {
      ctx.res.once("close", () => {
        for (const [person, fields] of call.pushes) push(person, fields);
      });
    }
  };
}

/** One call, as the inspector shows it. */
class Recording {
  readonly id: number;
  readonly query: URLSearchParams;
  readonly world: World;
  /** When it came. */
  readonly at: number;
  body: { readonly raw: Buffer; readonly contentType: string } = noBody;
  readonly #ctx: Koa.Context;

  constructor(world: World, ctx: Koa.Context) {
    this.world = world;
    this.#ctx = ctx;
    this.id = world.journal.nextId();
    this.at = world.clock.now();
    this.query = new URLSearchParams(ctx.querystring);
  }

  /** Shows the call with what was answered; returns what is shown of it. */
  end(answer: string, status = this.#ctx.status) {
    const { id, at, world } = this;
    const { path, method } = this.#ctx;
    const duration = world.clock.now() - at;
    const shown = {
      query: shownQuery(this.query),
      body: shownBody(world, this.body.raw, this.body.contentType),
      answer: shownAnswer(world, path, answer),
    };
    world.record({ kind: "call", id, at, method, path, status, duration, ...shown });
    return { ...shown, duration };
  }
}

function sendFile(ctx: Koa.Context, file: FileAnswer, recording: Recording): void {
  ctx.set("Content-Type", file.contentType);
  const name = file.filename.replace(/[^\w.-]/g, "_");
  ctx.set("Content-disposition", `attachment; filename="${name}"`);
  ctx.body = file.data;
  recording.end(`${file.contentType}, ${file.data.length} bytes`);
}

function sendJson(ctx: Koa.Context, json: unknown): string {
  const text = stringify(json) ?? "";
  ctx.set("Content-Type", "application/json; encoding=utf-8");
  ctx.body = text;
  return text;
}

/** A refusal has a `rid`, under which the account can look the call up. */
function sendRefusal(ctx: Koa.Context, refusal: Refusal, recording: Recording): void {
  const { world, at } = recording;
  const rid = world.requests.newRid(world.seconds);
  const { errcode, message, fields } = refusal;
  const text = sendJson(ctx, { errcode, errmsg: `${message} rid: ${rid}`, ...fields });
  const shown = recording.end(text);
  world.requests.remember(rid, {
    invoke_time: Math.floor(at / 1000),
    cost_in_ms: shown.duration,
    request_url: `${ctx.path}${queryText(shown.query)}`,
    request_body: shown.body,
    response_body: shown.answer,
    client_ip: ctx.ip,
  });
}

/** What an endpoint answers, or why it refuses. */
async function outcomeOf(
  call: Call,
  method: string,
  tooLarge: boolean,
  fault: Extract<Fault, { errcode: number }> | undefined,
): Promise<unknown> {
  try {
    if (fault !== undefined) refuse(fault.errcode, fault.errmsg ?? errmsgOf(fault.errcode));
    const endpoint = endpoints.get(call.path);
    if (endpoint === undefined) refuse(40066);
    if (endpoint.token !== false) {
      checkToken(call);
      checkSharing(call);
      if (!mayCall(call.world.account.kind, call.path)) refuse(48001);
    }
    checkMethod(endpoint, method);
    if (!call.world.quota.take(call.path)) refuse(45009);
    if (tooLarge) refuse(45001);
    return (await endpoint.run(call)) ?? ok;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function checkMethod({ method }: Endpoint, used: string): void {
  if (method === undefined || used === method || (method === "GET" && used === "HEAD")) return;
  refuse(method === "GET" ? 43001 : 43002);
}

function checkToken(call: Call): void {
  // The platform vouches for the call, by a token of its own or in place of one.
  if (call.world.account.cloudHosting !== undefined && !call.query.has("access_token")) return;
  const token = call.query.get("access_token") ?? "";
  if (token === "") refuse(41001);
  const state = call.world.tokens.check(token);
  if (state === "expired") refuse(42001);
  if (state === "invalid") refuse(40001);
}

/** A call that names its account has to name this one. */
function checkSharing({ query, world }: Call): void {
  const from = query.get("from_appid");
  if (from !== null && from !== world.account.appId) refuse(40013);
}

async function failWithoutJson(
  ctx: Koa.Context,
  fault: Exclude<Fault, { errcode: number }>,
): Promise<void> {
  if ("status" in fault) {
    ctx.status = fault.status;
    ctx.type = "html";
    ctx.body = `<html><head><title>${fault.status}</title></head></html>`;
    return;
  }
  ctx.respond = false;
  if (!ctx.res.closed) await once(ctx.res, "close");
}

/** Waits as long as every call takes; false when the caller has gone meanwhile. */
async function latency(world: World, ctx: Koa.Context): Promise<boolean> {
  const { latency: ms } = world.faults;
  if (ms <= 0) return true;
  const gone = new AbortController();
  const leave = () => gone.abort();
  ctx.res.once("close", leave);
  try {
    await world.clock.wait(ms, gone.signal);
    return true;
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    ctx.respond = false;
    return false;
  } finally {
    ctx.res.off("close", leave);
  }
}

/**
 * The body, read to its end so that the caller can hear the answer, though kept only within bounds.
 * Undefined when the caller has gone.
 */
async function read(req: IncomingMessage) {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of req) {
      size += (chunk as Buffer).length;
      if (size <= bodyLimit) chunks.push(chunk as Buffer);
      if (size > readLimit) break;
    }
  } catch {
    return undefined;
  }
  const tooLarge = size > bodyLimit;
  const raw = tooLarge ? Buffer.alloc(0) : Buffer.concat(chunks);
  return { raw, tooLarge, contentType: req.headers["content-type"] ?? "" };
}

function queryText(query: Readonly<Record<string, string>>): string {
  const text = String(new URLSearchParams(query));
  return text === "" ? "" : `?${text}`;
}
