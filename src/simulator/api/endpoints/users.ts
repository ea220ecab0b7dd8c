import type { Person } from "../../world/people.js";
import type { World } from "../../world/world.js";
import {
  asText,
  type Call,
  type Endpoints,
  type Fields,
  isFields,
  listOf,
  personOf,
  textOf,
} from "../call.js";
import { openidPage, peopleOf } from "../openids.js";
import { refuse } from "../refusal.js";

/** Followers and the blacklist. Source: 「用户管理」, 「黑名单管理」. */
export const userEndpoints: Endpoints = {
  "/cgi-bin/user/info": {
    method: "GET",
    run: ({ world, query }) => userInfo(world, personOf(world, query.get("openid") ?? "")),
  },
  "/cgi-bin/user/info/batchget": {
    method: "POST",
    run({ world, body }) {
      const list = listOf(body, "user_list", 40031);
      if (list.length < 1 || list.length > 100) refuse(40032);
      const user_info_list = list.map((one) =>
        userInfo(world, personOf(world, isFields(one) ? textOf(one, "openid") : "")),
      );
      return { user_info_list };
    },
  },
  "/cgi-bin/user/get": {
    method: "GET",
    run: ({ world, query }) => openidPage(followers(world), query.get("next_openid") ?? "", true),
  },
  "/cgi-bin/user/info/updateremark": {
    method: "POST",
    run({ world, body }) {
      const person = personOf(world, textOf(body, "openid"));
      if (!person.following) refuse(43004);
      const remark = textOf(body, "remark");
      if ([...remark].length >= 30) refuse(40092, "invalid remark name");
      person.remark = remark;
      world.emit("person", person);
    },
  },
  "/cgi-bin/tags/members/getblacklist": {
    method: "POST",
    run({ world, body }) {
      const blocked = [...world.people].filter((person) => person.blocked);
      return openidPage(blocked, textOf(body, "begin_openid"), true);
    },
  },
  "/cgi-bin/tags/members/batchblacklist": { method: "POST", run: (call) => block(call, true) },
  "/cgi-bin/tags/members/batchunblacklist": { method: "POST", run: (call) => block(call, false) },
  "/cgi-bin/changeopenid": {
    method: "POST",
    run({ body }) {
      const list = listOf(body, "openid_list", 40031);
      if (list.length < 1 || list.length > 100) refuse(40032);
      const result_list = list.map((openid) => ({
        ori_openid: asText(openid),
        new_openid: "",
        err_msg: "ori_openid error",
      }));
      return { errcode: 0, errmsg: "ok", result_list };
    },
  },
};

/** Who follows the account, those who came first first. */
export function followers(world: World): readonly Person[] {
  return [...world.people].filter(({ following, blocked }) => following && !blocked);
}

function userInfo(world: World, person: Person): Fields {
  const { openid, unionid } = person;
  if (!person.following) return { subscribe: 0, openid, unionid };
  const isNumber = world.qrcodes.isNumber(person.scene);
  return {
    subscribe: 1,
    openid,
    nickname: "",
    sex: 0,
    language: person.profile.language,
    city: "",
    province: "",
    country: "",
    headimgurl: "",
    subscribe_time: Math.floor(person.subscribeTime / 1_000),
    unionid,
    remark: person.remark,
    groupid: [...person.tags][0] ?? 0,
    tagid_list: [...person.tags],
    subscribe_scene: person.subscribeScene,
    qr_scene: isNumber ? Number(person.scene) : 0,
    qr_scene_str: isNumber ? "" : person.scene,
  };
}

function block({ world, body }: Call, blocked: boolean): void {
  for (const person of peopleOf(world, body, "openid_list", 20)) {
    person.blocked = blocked;
    world.emit("person", person);
  }
}
