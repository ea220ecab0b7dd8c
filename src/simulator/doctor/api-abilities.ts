import { explain } from "../../errcodes/explain.js";
import { type ApiQuestion, type ApiSide, ask, explainRefusal, isAnswer } from "./api-call.js";
import { type Finding, note, ok } from "./finding.js";

const day = 86_400_000;

/** Something that not every kind of account may do. */
interface Ability {
  readonly name: string;
  /** A question that changes nothing, whatever is answered. */
  readonly question: (now: number) => ApiQuestion;
  /** What it means when it is missing. */
  readonly without: string;
}

const abilities: readonly Ability[] = [
  {
    name: "客服消息",
    // Nobody has this openid.
    question: () => ({
      path: "/cgi-bin/message/custom/typing",
      body: { touser: "koa-wx-doctor", command: "CancelTyping" },
    }),
    without: "late answers wait for the user's next message",
  },
  {
    name: "自定义菜单",
    question: () => ({ path: "/cgi-bin/menu/get" }),
    without: "the menu is made by hand on mp.weixin.qq.com",
  },
  {
    name: "用户管理",
    question: () => ({ path: "/cgi-bin/user/get" }),
    without: "users are known by their openids only",
  },
  {
    name: "模板消息",
    question: () => ({ path: "/cgi-bin/template/get_all_private_template" }),
    without: "only verified 服务号 have them, as well as web login and QR codes with scenes",
  },
  {
    name: "发布",
    question: () => ({
      path: "/cgi-bin/freepublish/batchget",
      body: { offset: 0, count: 1, no_content: 1 },
    }),
    without: "drafts are published by hand on mp.weixin.qq.com",
  },
  {
    name: "数据统计",
    question(now) {
      const yesterday = new Date(now + day / 3 - day).toISOString().slice(0, 10);
      const body = { begin_date: yesterday, end_date: yesterday };
      return { path: "/datacube/getusersummary", body };
    },
    without: "there are no statistics by API",
  },
  {
    name: "JS-SDK",
    question: () => ({ path: "/cgi-bin/ticket/getticket", query: { type: "jsapi" } }),
    without: "pages cannot use wx.config",
  },
];

/** Asks for what the account may do; returns the paths that it may call. */
export async function* examineAbilities(side: ApiSide): AsyncGenerator<Finding, readonly string[]> {
  const able: string[] = [];
  const names: string[] = [];
  /** What is missing, by what to do about it. */
  const missing = new Map<string, string[]>();
  for (const { name, question, without } of abilities) {
    const asked = question(Date.now());
    const answer = await ask(side, asked);
    if (!isAnswer(answer)) {
      yield answer;
      continue;
    }
    if (answer.errcode === 48001) {
      const hint = explain(48001, { language: "en", endpoint: asked.path })?.hint ?? "";
      missing.set(hint, [...(missing.get(hint) ?? []), `${name} (${without})`]);
      continue;
    }
    const refusal = explainRefusal(asked.path, answer);
    if (refusal !== undefined) yield refusal;
    able.push(asked.path);
    names.push(name);
  }
  if (names.length > 0) yield ok("ability", `the account may use ${names.join(", ")}`);
  for (const [hint, what] of missing) {
    yield note("ability", `the account may not use ${what.join(", ")}`, hint);
  }
  return able;
}
