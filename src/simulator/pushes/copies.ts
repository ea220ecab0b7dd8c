import type { Content } from "../world/chat.js";
import type { PushRecord } from "../world/journal.js";
import type { World } from "../world/world.js";
import { innerPush } from "./inner-network.js";
import { type PushFields, pushXml, renewed, seal } from "./push.js";

/** The push of a record as a command for a shell, signed and sealed anew: good for as long as the bot takes it to be fresh. */
export function curlOf(
  world: World,
  target: string,
  { openid }: PushRecord,
  push: PushFields,
): string {
  const { account, seconds } = world;
  const head = { ToUserName: account.id, FromUserName: openid, CreateTime: seconds };
  const fields = { ...head, ...renewed(push) };
  const xml = pushXml(fields);
  const { query, headers, body } =
    account.cloudHosting === undefined
      ? seal(account, { xml, openid, seconds })
      : innerPush(account, { fields, xml, openid });
  const url = new URL(target);
  for (const [name, value] of query) url.searchParams.set(name, value);
  const all = Object.entries({ "Content-Type": "text/xml", ...headers });
  return [
    `curl -sS ${quoted(url.href)}`,
    ...all.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary ${quoted(body)}`,
  ].join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The push of a record and what came of it as a test, which passes as long as the bot answers alike. */
export function testOf(world: World, target: string, record: PushRecord, push: PushFields): string {
  const { account, people } = world;
  const name = people.find(record.openid)?.name ?? "alice";
  const title = `${record.outcome === "acknowledged" ? "takes" : "answers"} ${titleOf(push)}`;
  const { appId, mode, kind, cloudHosting } = account;
  const options = [
    ...(cloudHosting === undefined
      ? ['token: process.env.WECHAT_TOKEN ?? ""']
      : [`cloudHosting: ${cloudHosting === "json" ? "true" : literal(cloudHosting)}`]),
    `appId: ${literal(appId)}`,
    ...(mode === "plain"
      ? []
      : ['encodingAESKey: process.env.WECHAT_AES_KEY ?? ""', `mode: ${literal(mode)}`]),
    ...(kind === "service" ? [] : [`kind: ${literal(kind)}`]),
  ];
  const checks = checksOf(record);
  const asserts = [...new Set(checks.map((check) => /^\w+/.exec(check)?.[0] ?? ""))].sort();
  return `import { ${asserts.join(", ")} } from "node:assert/strict";
import { simulate } from "koa-wx/testing";
// vitest: import { describe, it } from "vitest";
// node:test: import { describe, it } from "node:test";

// The bot's address; or the app itself, and the test needs no bot that runs.
const bot = ${literal(target)};

describe("the bot", () => {
  it(${literal(title)}, async () => {
    const phone = await simulate(bot, {
${options.map((option) => `      ${option},`).join("\n")}
    });
    try {
      const answer = await phone.user(${literal(name)}).${deedOf(push)};
${checks.map((check) => `      ${check}`).join("\n")}
    } finally {
      await phone.close();
    }
  });
});
`;
}

/** What a user of koa-wx/testing does to bring the push about. */
function deedOf(push: PushFields): string {
  const { MsgType, Event, Content, EventKey, Recognition } = push;
  const simple = Object.keys(renewed(push)).filter(
    (name) => !["MsgType", "Event", "MsgId"].includes(name),
  );
  const only = (...names: readonly string[]) => simple.every((name) => names.includes(name));
  const has = (value: unknown): value is string => typeof value === "string" && value !== "";
  if (MsgType === "text" && has(Content) && only("Content")) return `sends(${literal(Content)})`;
  if (MsgType === "image") return "sendsImage()";
  if (MsgType === "voice") return `sendsVoice(${has(Recognition) ? literal(Recognition) : ""})`;
  if (MsgType === "video") return "sendsVideo()";
  if (MsgType === "location" && only("Location_X", "Location_Y", "Scale", "Label")) {
    const { Location_X, Location_Y, Label } = push;
    return `sendsLocation(${Number(Location_X)}, ${Number(Location_Y)}, ${literal(String(Label ?? ""))})`;
  }
  if (MsgType === "event") {
    if (Event === "subscribe" && only("EventKey", "Ticket")) {
      const scene = /^qrscene_(.+)$/s.exec(String(EventKey))?.[1];
      if (has(scene)) return `follows({ scene: ${literal(scene)} })`;
      if (!has(EventKey)) return "follows()";
    }
    if (Event === "CLICK" && has(EventKey) && only("EventKey"))
      return `clicks(${literal(EventKey)})`;
  }
  return `pushes(${literal(withoutEnvelope(push), 6)})`;
}

function withoutEnvelope(push: PushFields): PushFields {
  const { MsgId, ...rest } = renewed(push);
  return rest;
}

/** What can be said of the answer that is the same next time: media ids are not. */
function checksOf({ outcome, reply }: PushRecord): readonly string[] {
  if (outcome === "fault") {
    // Right is that it answers; until then the test says why it does not.
    return ["equal(answer.banner, undefined, answer.reason);"];
  }
  if (outcome !== "reply" || reply === undefined)
    return ["equal(answer.banner, undefined);", "equal(answer.reply, undefined);"];
  if (reply.type === "text") return [`equal(answer.text, ${literal(reply.content)});`];
  if (hasMedia(reply)) return [`equal(answer.reply?.type, ${literal(reply.type)});`];
  return [`deepEqual(answer.reply, ${literal(reply, 6)});`];
}

function hasMedia(reply: Content): boolean {
  return "mediaId" in reply || "thumbMediaId" in reply;
}

function titleOf({ MsgType, Event, Content, EventKey, Recognition }: PushFields): string {
  const [kind, more] = MsgType === "event" ? [Event, EventKey] : [MsgType, Content ?? Recognition];
  return `${kind ?? "a push"} ${typeof more === "string" ? more : ""}`
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 60);
}

/** A value as a literal of TypeScript. */
function literal(value: unknown, indent = 0): string {
  return JSON.stringify(value, undefined, indent === 0 ? undefined : 2)
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029")
    .replaceAll("\n", `\n${" ".repeat(indent)}`);
}
