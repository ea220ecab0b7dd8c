import {
  type Call,
  type Endpoints,
  type Fields,
  integerOf,
  isFields,
  listOf,
  newId,
  ok,
  personOf,
  textOf,
} from "../call.js";
import { refuse } from "../refusal.js";
import { linesOf } from "./templates.js";

/** The little library from which an account can choose here. */
const library = [
  {
    tid: 99,
    title: "物品到货提醒",
    type: 2,
    categoryId: "616",
    keywords: [
      { kid: 1, name: "物品名称", example: "名称", rule: "thing" },
      { kid: 2, name: "到货时间", example: "2019年8月8日", rule: "time" },
      { kid: 3, name: "数量", example: "3", rule: "number" },
    ],
  },
  {
    tid: 401,
    title: "预约成功通知",
    type: 2,
    categoryId: "616",
    keywords: [
      { kid: 1, name: "姓名", example: "张三", rule: "name" },
      { kid: 2, name: "预约项目", example: "体检", rule: "thing" },
      { kid: 3, name: "预约时间", example: "2019年8月8日", rule: "time" },
    ],
  },
] as const;

/** The most characters of a value, by the kind that its name starts with. */
const longest: readonly (readonly [RegExp, number])[] = [
  [/^thing\d+$/, 20],
  [/^character_string\d+$/, 32],
  [/^name\d+$/, 20],
  [/^phrase\d+$/, 5],
  [/^(number|letter)\d+$/, 32],
  [/^symbol\d+$/, 5],
];

/** Subscription notices. Source: 「订阅通知」. */
export const subscriptionEndpoints: Endpoints = {
  "/wxaapi/newtmpl/getcategory": {
    method: "GET",
    run: () => ({ ...ok, data: [{ id: 616, name: "公交" }] }),
  },
  "/wxaapi/newtmpl/getpubtemplatetitles": {
    method: "GET",
    run({ query }) {
      const fields = Object.fromEntries(query);
      const start = integerOf(fields, "start", [0, Number.MAX_SAFE_INTEGER], 0);
      const limit = integerOf(fields, "limit", [1, 30], 30);
      const ids = (query.get("ids") ?? "").split(",");
      const found = library.filter(({ categoryId }) => ids.includes(categoryId));
      const data = found.slice(start, start + limit).map(({ keywords: _, ...title }) => title);
      return { ...ok, count: found.length, data };
    },
  },
  "/wxaapi/newtmpl/getpubtemplatekeywords": {
    method: "GET",
    run({ query }) {
      const { keywords } = entryOf(query.get("tid") ?? "");
      return { ...ok, count: keywords.length, data: keywords };
    },
  },
  "/wxaapi/newtmpl/addtemplate": {
    method: "POST",
    run({ world, body }) {
      const { title, type, keywords } = entryOf(textOf(body, "tid"));
      const kids = listOf(body, "kidList");
      if (kids.length < 2 || kids.length > 5) refuse(40035, "invalid kidList size");
      const chosen = kids.map(
        (kid) => keywords.find((keyword) => keyword.kid === kid) ?? refuse(40035, "invalid kid"),
      );
      const fill = (value: (keyword: (typeof chosen)[number]) => string) =>
        chosen.map((keyword) => `${keyword.name}:${value(keyword)}`).join("\n");
      const content = fill(({ rule, kid }) => `{{${rule}${kid}.DATA}}`);
      const example = fill(({ example: one }) => one);
      const { id } = world.notices.add({ title, content, example, type });
      return { ...ok, priTmplId: id };
    },
  },
  "/wxaapi/newtmpl/gettemplate": {
    method: "GET",
    run: ({ world }) => ({
      ...ok,
      data: [...world.notices].map(({ id, ...template }) => ({ priTmplId: id, ...template })),
    }),
  },
  "/wxaapi/newtmpl/deltemplate": {
    method: "POST",
    run({ world, body }) {
      if (!world.notices.delete(textOf(body, "priTmplId"))) refuse(40037);
    },
  },
  "/cgi-bin/message/subscribe/bizsend": { method: "POST", run: send },
};

function send(call: Call): void {
  const { world, body } = call;
  const person = personOf(world, textOf(body, "touser"));
  const template = world.notices.find(textOf(body, "template_id"));
  if (template === undefined) refuse(40037);
  checkLengths(body);
  const lines = linesOf(template, body);
  if (person.blocked) refuse(43101);
  const page = textOf(body, "page");
  const title = template.content === "" ? "订阅通知" : template.title;
  const content = {
    type: "template",
    title,
    lines,
    ...(page === "" ? {} : { url: page }),
  } as const;
  world.say(person, "account", content, "template");
  call.push(person, {
    MsgType: "event",
    Event: "subscribe_msg_sent_event",
    SubscribeMsgSentEvent: {
      List: {
        TemplateId: template.id,
        MsgID: String(newId()),
        ErrorCode: 0,
        ErrorStatus: "success",
      },
    },
  });
}

function checkLengths({ data }: Fields): void {
  if (!isFields(data)) refuse(47003);
  for (const [name, entry] of Object.entries(data)) {
    const most = longest.find(([form]) => form.test(name))?.[1];
    const length = isFields(entry) ? [...textOf(entry, "value")].length : 0;
    if (most !== undefined && length > most) {
      refuse(47003, `argument invalid! data.${name}.value invalid`);
    }
  }
}

function entryOf(tid: string) {
  return library.find((entry) => String(entry.tid) === tid) ?? refuse(40035, "invalid tid");
}
