import type { MatchRule, SimulatedButton } from "../../world/menu.js";
import {
  type Call,
  type Endpoints,
  type Fields,
  isFields,
  ok,
  refuseEscapes,
  textOf,
} from "../call.js";
import { readButtons } from "../menu-buttons.js";
import { refuse } from "../refusal.js";

const ruleFields = [
  "tag_id",
  "group_id",
  "client_platform_type",
  "sex",
  "country",
  "province",
  "city",
  "language",
];

/** The menu. Source: 「自定义菜单」, 「个性化菜单」. */
export const menuEndpoints: Endpoints = {
  "/cgi-bin/menu/create": {
    method: "POST",
    run(call) {
      refuseEscapes(call);
      call.world.menu.set(readButtons(call.world, call.body));
      call.world.emit("settings");
    },
  },
  "/cgi-bin/menu/get": {
    method: "GET",
    run({ world: { menu } }) {
      if (menu.default === undefined) refuse(46003);
      const { menuid, button } = menu.default;
      const conditionalmenu = [...menu.conditional]
        .reverse()
        .map((one) => ({ ...one, button: one.button.map(withList) }));
      return {
        menu: { button: button.map(withList), menuid },
        ...(conditionalmenu.length === 0 ? {} : { conditionalmenu }),
      };
    },
  },
  "/cgi-bin/menu/delete": {
    method: "GET",
    run({ world }) {
      world.menu.clear();
      world.emit("settings");
    },
  },
  "/cgi-bin/menu/addconditional": { method: "POST", run: addConditional },
  "/cgi-bin/menu/delconditional": {
    method: "POST",
    run({ world, body }) {
      if (!world.menu.remove(textOf(body, "menuid"))) refuse(65301);
      world.emit("settings");
    },
  },
  "/cgi-bin/menu/trymatch": {
    method: "POST",
    run({ world, body }) {
      const person = world.people.find(textOf(body, "user_id"));
      if (person === undefined) refuse(65302);
      if (world.menu.default === undefined) refuse(46003);
      return { button: world.menu.menuFor(person).map(withList) };
    },
  },
  "/cgi-bin/get_current_selfmenu_info": {
    method: "GET",
    run({ world: { menu } }) {
      const button = menu.default?.button.map((one) =>
        one.sub_button === undefined ? one : { ...one, sub_button: { list: one.sub_button } },
      );
      return button === undefined
        ? { is_menu_open: 0, selfmenu_info: {} }
        : { is_menu_open: 1, selfmenu_info: { button } };
    },
  },
  "/cgi-bin/get_current_autoreply_info": {
    method: "GET",
    run: () => ({ is_add_friend_reply_open: 0, is_autoreply_open: 0 }),
  },
};

function addConditional(call: Call) {
  const { world, body } = call;
  refuseEscapes(call);
  if (world.menu.default === undefined) refuse(65303);
  const button = readButtons(world, body);
  const matchrule = readRule(body);
  const menuid = world.menu.add(button, matchrule);
  world.emit("settings");
  return { ...ok, menuid: String(menuid) };
}

function readRule({ matchrule }: Fields): MatchRule {
  if (!isFields(matchrule)) refuse(65304);
  const rule = Object.fromEntries(
    ruleFields.map((name) => [name, textOf(matchrule, name)]).filter(([, value]) => value !== ""),
  ) as MatchRule;
  if (Object.keys(rule).length === 0) refuse(65304);
  if (rule.province && !rule.country) refuse(65310);
  if (rule.city && !rule.province) refuse(65311);
  return rule;
}

/** Every button is answered with its list, be it empty. */
function withList(button: SimulatedButton): Fields {
  return { ...button, sub_button: (button.sub_button ?? []).map(withList) };
}
