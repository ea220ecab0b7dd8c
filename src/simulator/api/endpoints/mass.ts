import { createHash } from "node:crypto";
import type { Content } from "../../world/chat.js";
import { helperOf } from "../../world/mphelper.js";
import type { Person } from "../../world/people.js";
import type { World } from "../../world/world.js";
import {
  asText,
  type Call,
  type Endpoints,
  type Fields,
  integerOf,
  listOf,
  newId,
  objectOf,
  ok,
  personOf,
  textOf,
} from "../call.js";
import { massContent, previewContent } from "../content.js";
import { refuse } from "../refusal.js";
import { followers } from "./users.js";

/** The real speed for each level, in ten thousands a minute. */
const speeds = [80, 60, 45, 30, 10] as const;

/** Mass sending. Source: 「群发接口」. */
export const massEndpoints: Endpoints = {
  "/cgi-bin/message/mass/sendall": {
    method: "POST",
    run(call) {
      const { world, body } = call;
      const filter = objectOf(body, "filter");
      const tag = textOf(filter, "tag_id");
      if (filter.is_to_all !== true && world.tags.get(Number(tag)) === undefined) refuse(45159);
      const all = followers(world);
      const to = filter.is_to_all === true ? all : all.filter(({ tags }) => tags.has(Number(tag)));
      return send(call, to, to.length, `tag ${filter.is_to_all === true ? "" : tag}`);
    },
  },
  "/cgi-bin/message/mass/send": {
    method: "POST",
    run(call) {
      const { world, body } = call;
      const list = [...new Set(listOf(body, "touser", 40031).map(asText))];
      if (list.length < 2) refuse(40130);
      if (list.length > 10_000) refuse(40032);
      const people = list.map((openid) => world.people.find(openid));
      if (people.every((person) => person === undefined)) refuse(40003);
      const to = people.filter(
        (person): person is Person => person?.following === true && !person.blocked,
      );
      return send(call, to, list.length, list.join());
    },
  },
  "/cgi-bin/message/mass/preview": {
    method: "POST",
    run({ world, body }) {
      const name = textOf(body, "towxname");
      const person =
        name === ""
          ? personOf(world, textOf(body, "touser"))
          : ([...world.people].find((one) => one.name === name) ?? refuse(40132));
      const content = previewContent(world, body);
      if (!person.following) refuse(43004);
      world.say(person, "account", content, "mass");
      return { errcode: 0, errmsg: "preview success", msg_id: newId() };
    },
  },
  "/cgi-bin/message/mass/delete": {
    method: "POST",
    run({ world, body }) {
      const job = world.mass.find(textOf(body, "msg_id"));
      if (job === undefined) refuse(40035, "invalid msg_id");
      if (job.type !== "mpnews" && job.type !== "mpvideo") refuse(40008);
      job.status = "DELETE";
    },
  },
  "/cgi-bin/message/mass/get": {
    method: "POST",
    run({ world, body }) {
      const job = world.mass.find(textOf(body, "msg_id"));
      if (job === undefined) refuse(40035, "invalid msg_id");
      return { msg_id: BigInt(job.msgId), msg_status: job.status };
    },
  },
  "/cgi-bin/message/mass/speed/get": {
    run: ({ world: { mass } }) => ({ speed: mass.speed, realspeed: speeds[mass.speed] }),
  },
  "/cgi-bin/message/mass/speed/set": {
    method: "POST",
    run({ world, body }) {
      if (body.speed === undefined) refuse(45084);
      world.mass.speed = integerOf(body, "speed", [0, 4], undefined, 45083);
    },
  },
};

function send(call: Call, to: readonly Person[], total: number, range: string): Fields {
  const { world, body } = call;
  const content = massContent(world, body);
  const type = textOf(body, "msgtype");
  const clientMsgId = clientMsgIdOf(body, range);
  const now = world.clock.now();
  const same = world.mass.same(clientMsgId, now);
  if (same !== undefined) refuse(45065, undefined, { msg_id: BigInt(same.msgId) });
  const msgId = newId();
  world.mass.add({ msgId: String(msgId), clientMsgId, at: now, type, status: "SEND_SUCCESS" });
  deliver(world, to, content);
  if (type === "mpnews") world.drafts.delete(textOf(objectOf(body, "mpnews"), "media_id"));
  call.push(helperOf(world), {
    MsgType: "event",
    Event: "MASSSENDJOBFINISH",
    MsgID: String(msgId),
    Status: "send success",
    TotalCount: total,
    FilterCount: to.length,
    SentCount: to.length,
    ErrorCount: 0,
    ...(content.type === "news"
      ? {
          ArticleUrlResult: {
            Count: content.articles.length,
            ResultList: {
              item: content.articles.map(({ url }, at) => ({
                ArticleIdx: at + 1,
                ArticleUrl: url,
              })),
            },
          },
        }
      : {}),
  });
  const accepted = { ...ok, errmsg: "send job submission success", msg_id: msgId };
  return type === "mpnews" ? { ...accepted, msg_data_id: newId() } : accepted;
}

function deliver(world: World, to: readonly Person[], content: Content): void {
  for (const person of to) world.say(person, "account", content, "mass");
}

/** What tells a repetition: the caller's id, or what is sent to whom. */
function clientMsgIdOf(body: Fields, range: string): string {
  const given = textOf(body, "clientmsgid");
  if (Buffer.byteLength(given) > 32) refuse(45067);
  if (given !== "") return given;
  const text = JSON.stringify([range, body], (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return createHash("sha256").update(text).digest("hex");
}
