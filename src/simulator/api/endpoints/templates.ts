import type { SavedTemplate } from "../../world/templates.js";
import type { World } from "../../world/world.js";
import {
  asText,
  type Call,
  type Endpoints,
  type Fields,
  integerOf,
  isFields,
  newId,
  objectOf,
  ok,
  personOf,
  textOf,
} from "../call.js";
import { refuse } from "../refusal.js";

const month = 30 * 86_400_000;
const mostTemplates = 25;

/** The lines of business that the console offers first. Source: 「模板消息接口」, 行业代码查询. */
const industries: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["1", ["IT科技", "互联网|电子商务"]],
  ["2", ["IT科技", "IT软件与服务"]],
  ["3", ["IT科技", "IT硬件与设备"]],
  ["4", ["IT科技", "电子技术"]],
  ["5", ["IT科技", "通信与运营商"]],
  ["6", ["IT科技", "网络游戏"]],
  ["7", ["金融业", "银行"]],
  ["10", ["餐饮", "餐饮"]],
]);

/** Template messages. Source: 「模板消息接口」. */
export const templateEndpoints: Endpoints = {
  "/cgi-bin/template/api_set_industry": {
    method: "POST",
    run({ world, body }) {
      const ids = [textOf(body, "industry_id1"), textOf(body, "industry_id2")] as const;
      if (ids.some((id) => !/^([1-9]|[1-3]\d|4[01])$/.test(id))) refuse(40035);
      const now = world.clock.now();
      const { industry } = world;
      if (industry.at !== 0 && now - industry.at < month) refuse(43100);
      industry.at = now;
      industry.ids = ids;
    },
  },
  "/cgi-bin/template/get_industry": {
    method: "GET",
    run({ world }) {
      const [primary_industry, secondary_industry] = world.industry.ids.map(industryOf);
      return { primary_industry, secondary_industry };
    },
  },
  "/cgi-bin/template/api_add_template": {
    method: "POST",
    run({ world, body }) {
      const short = textOf(body, "template_id_short");
      if (short === "") refuse(40035, "invalid template_id_short");
      if (world.templates.size >= mostTemplates) refuse(45026, "template num exceeds limit");
      const names = Array.isArray(body.keyword_name_list)
        ? body.keyword_name_list.map(asText)
        : ["关键词1", "关键词2"];
      const content = names.map((name, at) => `${name}：{{keyword${at + 1}.DATA}}`).join("\n");
      const example = names.map((name) => `${name}：示例`).join("\n");
      const { id } = world.templates.add({ title: `模板 ${short}`, content, example, type: 2 });
      return { ...ok, template_id: id };
    },
  },
  "/cgi-bin/template/get_all_private_template": {
    method: "GET",
    run({ world }) {
      const [primary, deputy] = world.industry.ids.map(industryOf);
      const template_list = [...world.templates].map(({ id, title, content, example }) => ({
        template_id: id,
        title,
        primary_industry: primary?.first_class ?? "",
        deputy_industry: deputy?.second_class ?? "",
        content,
        example,
      }));
      return { template_list };
    },
  },
  "/cgi-bin/template/del_private_template": {
    method: "POST",
    run({ world, body }) {
      if (!world.templates.delete(textOf(body, "template_id"))) refuse(40037);
    },
  },
  // Nothing is kept from anybody here.
  "/wxa/sec/queryblocktmplmsg": {
    method: "POST",
    run({ body }) {
      if (textOf(body, "tmpl_msg_id") === "") refuse(40037);
      integerOf(body, "largest_id", [0, Number.MAX_SAFE_INTEGER], 0);
      integerOf(body, "limit", [1, 100]);
      return { ...ok, msginfo: [] };
    },
  },
  "/cgi-bin/message/template/send": { method: "POST", run: send },
  "/cgi-bin/message/template/subscribe": {
    method: "POST",
    run({ world, body }) {
      const person = personOf(world, textOf(body, "touser"));
      if (!/^\d{1,5}$/.test(textOf(body, "scene"))) refuse(40035, "invalid scene");
      const title = textOf(body, "title");
      if (title === "" || [...title].length > 15) refuse(45003);
      const content = objectOf(objectOf(body, "data", 47003), "content", 47003);
      const line = textOf(content, "value");
      if ([...line].length > 200) refuse(45002);
      const url = textOf(body, "url");
      const link = url === "" ? {} : { url };
      world.say(person, "account", { type: "template", title, lines: [line], ...link }, "template");
    },
  },
};

function send(call: Call) {
  const { world, body } = call;
  const person = personOf(world, textOf(body, "touser"));
  const template = world.templates.find(textOf(body, "template_id"));
  if (template === undefined) refuse(40037);
  const lines = linesOf(template, body);
  if (!person.following) refuse(43004);
  const key = textOf(body, "client_msg_id");
  const sentKey = `${person.openid} ${key}`;
  const sent = key === "" ? undefined : world.sentOnce.find(sentKey);
  if (sent !== undefined) return { ...ok, msgid: sent };
  const msgid = newId();
  if (key !== "") world.sentOnce.add(sentKey, msgid);
  if (!person.blocked) show(world, call, template.title, lines);
  call.push(person, {
    MsgType: "event",
    Event: "TEMPLATESENDJOBFINISH",
    MsgID: String(msgid),
    Status: person.blocked ? "failed:user block" : "success",
  });
  return { ...ok, msgid };
}

function show(world: World, { body }: Call, title: string, lines: readonly string[]): void {
  const person = personOf(world, textOf(body, "touser"));
  const url = textOf(body, "url") || textOf(body, "page");
  const link = url === "" ? {} : { url };
  world.say(person, "account", { type: "template", title, lines, ...link }, "template");
}

/** What the message says, line by line: 47003 names the value that is missing. */
export function linesOf(template: SavedTemplate, body: Fields): readonly string[] {
  const data = objectOf(body, "data", 47003);
  const fill = (name: string) => {
    const entry = data[name];
    const value = isFields(entry) ? textOf(entry, "value") : "";
    if (value === "") refuse(47003, `argument invalid! data.${name}.value is empty`);
    return value;
  };
  if (template.content !== "") {
    return template.content
      .replace(/\{\{(\w+)\.DATA\}\}/g, (_, name: string) => fill(name))
      .split("\n");
  }
  const names = Object.keys(data);
  if (names.length === 0) refuse(47003, "argument invalid! data is empty");
  return names.map((name) => `${name}：${fill(name)}`);
}

function industryOf(id: string) {
  const [first_class, second_class] = industries.get(id) ?? ["其它", "其它"];
  return { first_class, second_class };
}
