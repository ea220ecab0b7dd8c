import type { Agent } from "../../world/agents.js";
import {
  type Call,
  type Endpoints,
  type Fields,
  integerOf,
  ok,
  personOf,
  refuseEscapes,
  textOf,
} from "../call.js";
import { refuse } from "../refusal.js";
import { readUpload } from "../upload.js";

const mostAgents = 100;
const day = 86_400;

/** Agents and their sessions. Source: 「客服管理」, 「客服会话控制」. */
export const agentEndpoints: Endpoints = {
  "/customservice/kfaccount/add": {
    method: "POST",
    run(call) {
      const { world, body } = call;
      refuseEscapes(call);
      const account = textOf(body, "kf_account");
      const [prefix = "", suffix = ""] = account.split("@");
      if (prefix === "" || suffix === "") refuse(61452);
      if (!/^\w+$/.test(prefix)) refuse(61455);
      if (prefix.length > 10 || suffix.length > 30) refuse(61454);
      const nickname = nicknameOf(body);
      if (world.agents.has(account)) refuse(61453);
      if (world.agents.size >= mostAgents) refuse(61456);
      world.agents.add(account, nickname);
    },
  },
  "/customservice/kfaccount/update": {
    method: "POST",
    run(call) {
      refuseEscapes(call);
      agentOf(call, call.body).nickname = nicknameOf(call.body);
    },
  },
  "/customservice/kfaccount/inviteworker": {
    method: "POST",
    run(call) {
      const agent = agentOf(call, call.body);
      const wx = textOf(call.body, "invite_wx");
      if (wx === "") refuse(65409, "invalid wechat id");
      if (agent.wx !== "") refuse(65412, "account already bound");
      agent.wx = wx;
    },
  },
  "/customservice/kfaccount/del": {
    method: "POST",
    run(call) {
      agentOf(call, call.body);
      call.world.agents.delete(textOf(call.body, "kf_account"));
    },
  },
  "/customservice/kfaccount/uploadheadimg": {
    method: "POST",
    async run(call) {
      const agent = agentOf(call, Object.fromEntries(call.query));
      const file = call.world.media.add({ type: "image", ...(await readUpload(call, "image")) });
      agent.headimgurl = `${call.origin}/mmbiz/${file.mediaId}/0`;
    },
  },
  "/cgi-bin/customservice/getkflist": {
    method: "GET",
    run: ({ world }) => ({
      kf_list: [...world.agents].map(([kf_account, { id, nickname, headimgurl, wx }]) => ({
        kf_account,
        kf_nick: nickname,
        kf_id: id,
        kf_headimgurl: headimgurl,
        ...(wx === "" ? {} : { kf_wx: wx }),
      })),
    }),
  },
  "/cgi-bin/customservice/getonlinekflist": {
    method: "GET",
    run: ({ world }) => ({
      kf_online_list: [...world.agents]
        .filter(([, { wx }]) => wx !== "")
        .map(([kf_account, { id }]) => ({
          kf_account,
          status: 1,
          kf_id: id,
          accepted_case: [...world.agents.sessions.values()].filter(
            ({ account }) => account === kf_account,
          ).length,
        })),
    }),
  },
  "/customservice/kfsession/create": { method: "POST", run: createSession },
  "/customservice/kfsession/close": { method: "POST", run: closeSession },
  "/customservice/kfsession/getsession": {
    method: "GET",
    run({ world, query }) {
      const person = personOf(world, query.get("openid") ?? "");
      const session = world.agents.sessions.get(person.openid);
      return { createtime: session?.createTime ?? 0, kf_account: session?.account ?? "" };
    },
  },
  "/customservice/kfsession/getsessionlist": {
    method: "GET",
    run(call) {
      const { agents } = call.world;
      agentOf(call, Object.fromEntries(call.query));
      const account = call.query.get("kf_account");
      const sessionlist = [...agents.sessions]
        .filter(([, session]) => session.account === account)
        .map(([openid, { createTime }]) => ({ createtime: createTime, openid }));
      return { sessionlist };
    },
  },
  "/customservice/kfsession/getwaitcase": {
    method: "GET",
    run: () => ({ count: 0, waitcaselist: [] }),
  },
  "/customservice/msgrecord/getmsglist": {
    method: "POST",
    run({ body }) {
      const range = [0, Number.MAX_SAFE_INTEGER] as const;
      const start = integerOf(body, "starttime", range, undefined, 65416);
      const end = integerOf(body, "endtime", range, undefined, 65416);
      integerOf(body, "number", [1, 10_000], undefined, 65416);
      if (end <= start) refuse(65416);
      if (end - start > day) refuse(65417);
      return { recordlist: [], number: 0, msgid: 1 };
    },
  },
};

function createSession(call: Call) {
  const { world, body } = call;
  const { account, openid } = partiesOf(call, body);
  if (world.agents.get(account)?.wx === "") refuse(65415);
  const session = world.agents.sessions.get(openid);
  if (session?.account === account) return ok;
  if (session !== undefined) refuse(65414);
  world.agents.sessions.set(openid, { account, createTime: world.seconds });
  call.push(personOf(world, openid), {
    MsgType: "event",
    Event: "kf_create_session",
    KfAccount: account,
  });
  return ok;
}

function closeSession(call: Call): void {
  const { world, body } = call;
  const { account, openid } = partiesOf(call, body);
  if (world.agents.sessions.get(openid)?.account !== account) refuse(65413);
  world.agents.sessions.delete(openid);
  call.push(personOf(world, openid), {
    MsgType: "event",
    Event: "kf_close_session",
    KfAccount: account,
  });
}

function partiesOf(call: Call, body: Fields) {
  agentOf(call, body);
  const { openid } = personOf(call.world, textOf(body, "openid"));
  return { account: textOf(body, "kf_account"), openid };
}

function agentOf({ world }: Call, fields: Fields): Agent {
  return world.agents.get(textOf(fields, "kf_account")) ?? refuse(65401);
}

function nicknameOf(body: Fields): string {
  const nickname = textOf(body, "nickname");
  if (nickname === "" || [...nickname].length > 16) refuse(65403, "invalid nickname");
  return nickname;
}
