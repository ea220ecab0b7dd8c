import { RequestError } from "../../errors.js";
import type { Body } from "../../wire/envelope.js";
import { type Format, parseBody } from "../../wire/json.js";
import type { PushRequest } from "./request.js";

/** What says that a request comes from WeChat's inner network, and which account it is for. */
const [source, appId, fromAppId] = ["x-wx-source", "x-wx-appid", "x-wx-from-appid"];

/** What the console of 微信云托管 asks for, to see whether the path is served. */
const probe = "CheckContainerPath";

/** A header of a request, whatever it came through; `undefined` if it is empty. */
function header(request: PushRequest, name: string): string | undefined {
  const value = (request.koa?.headers ?? request.headers)?.[name];
  // One that is there twice is that of nobody.
  const text = typeof value === "string" ? value : (value ?? []).join(", ");
  return text === "" ? undefined : text;
}

/** Whether a request says that it comes from 微信云托管. Anybody can say so, except in its inner network. */
export function isFromCloud(request: PushRequest): boolean {
  return header(request, source) !== undefined;
}

/** The AppID of the account that a push within 微信云托管 is for: one that shares the environment, or its owner. */
export function cloudAppId(request: PushRequest): string | undefined {
  return sharingAppId(request) ?? header(request, appId);
}

/** The AppID of an account that shares the environment of another (资源复用), if the push is for one. */
export function sharingAppId(request: PushRequest): string | undefined {
  return header(request, fromAppId);
}

/** Whether a request is to be taken without a signature, where `cloudHosting` allows that. */
export function isUnsigned({ query }: PushRequest): boolean {
  return query.signature === undefined;
}

/**
 * Lets a push of 微信云托管 in, which nothing but a header vouches for: resolves to its body, or to
 * "probe" for what the console sends when the setting is saved, with that header or without.
 * Rejects with a RequestError (403) without the header.
 *
 * Source: 「消息推送」 (云托管).
 */
export async function enterFromCloud(request: PushRequest): Promise<Body | "probe"> {
  const isTrusted = isFromCloud(request);
  // There is no verification by GET.
  if (request.method !== "POST") throw unsigned();
  const body = await readBody(request, isTrusted);
  if (isProbe(body)) return "probe";
  if (!isTrusted) throw unsigned();
  return body;
}

/** What another parser has parsed, as far as the request says so. */
export function parserOf(request: PushRequest): Format {
  return /json/i.test(header(request, "content-type") ?? "") ? "json" : "xml";
}

async function readBody(request: PushRequest, isTrusted: boolean): Promise<Body> {
  try {
    return await request.body();
  } catch (error) {
    throw isTrusted ? error : unsigned();
  }
}

function isProbe(body: Body): boolean {
  // A push is not to be parsed twice for that.
  if (typeof body === "string" && (body.length > 256 || !body.includes(probe))) return false;
  try {
    const { action, MsgType } = typeof body === "string" ? parseBody(body) : body;
    return action === probe && MsgType === undefined;
  } catch {
    return false;
  }
}

/** The refusal of a push from a cloud by an account that is not configured for it. */
export function notConfigured(): RequestError {
  return new RequestError(
    403,
    "WX_SIGNATURE",
    'The request is not signed. It says that it comes from 微信云托管, whose pushes have no signature: inside of it, and only there, set "cloudHosting: true".',
  );
}

/** The refusal of a push for another account than the one that is configured. */
export function foreignAccount(): RequestError {
  return new RequestError(
    403,
    "WX_ACCOUNT",
    'The push is for another account that shares this environment (资源复用). Compare "appId" with x-wx-from-appid, or serve several accounts: new Wechat(({ appId }) => …, { cloudHosting: true }).',
  );
}

function unsigned(): RequestError {
  return new RequestError(
    403,
    "WX_SIGNATURE",
    "The request is no POST with x-wx-source, and carries no signature, so it is no push of WeChat's. If it is one, see whether it reaches this service by the inner network of 微信云托管.",
  );
}
