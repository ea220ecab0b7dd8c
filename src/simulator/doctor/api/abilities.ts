import { explain } from "../../../errcodes/explain.js";
import { type Bilingual, both } from "../../../language.js";
import { type Finding, note, ok } from "../finding.js";
import { type ApiQuestion, type ApiSide, ask, explainRefusal, isAnswer } from "./call.js";

const day = 86_400_000;

/** Something that not every kind of account may do. */
interface Ability {
  readonly name: string;
  /** A question that changes nothing, whatever is answered. */
  readonly question: (now: number) => ApiQuestion;
  /** What it means when it is missing. */
  readonly without: Bilingual;
}

const abilities: readonly Ability[] = [
  {
    name: "客服消息",
    // Nobody has this openid.
    question: () => ({
      path: "/cgi-bin/message/custom/typing",
      body: { touser: "koa-wx-doctor", command: "CancelTyping" },
    }),
    without: both(
      "late answers wait for the user's next message",
      "迟到的回答要等用户的下一条消息",
    ),
  },
  {
    name: "自定义菜单",
    question: () => ({ path: "/cgi-bin/menu/get" }),
    without: both(
      "the menu is made by hand on mp.weixin.qq.com",
      "菜单要在 mp.weixin.qq.com 上手工设置",
    ),
  },
  {
    name: "用户管理",
    question: () => ({ path: "/cgi-bin/user/get" }),
    without: both("users are known by their openids only", "只知道用户的 openid"),
  },
  {
    name: "模板消息",
    question: () => ({ path: "/cgi-bin/template/get_all_private_template" }),
    without: both(
      "only verified 服务号 have them, as well as web login and QR codes with scenes",
      "只有认证服务号有，网页授权和带参数二维码也一样",
    ),
  },
  {
    name: "发布",
    question: () => ({
      path: "/cgi-bin/freepublish/batchget",
      body: { offset: 0, count: 1, no_content: 1 },
    }),
    without: both(
      "drafts are published by hand on mp.weixin.qq.com",
      "草稿要在 mp.weixin.qq.com 上手工发布",
    ),
  },
  {
    name: "数据统计",
    question(now) {
      const yesterday = new Date(now + day / 3 - day).toISOString().slice(0, 10);
      const body = { begin_date: yesterday, end_date: yesterday };
      return { path: "/datacube/getusersummary", body };
    },
    without: both("there are no statistics by API", "没有统计接口"),
  },
  {
    name: "JS-SDK",
    question: () => ({ path: "/cgi-bin/ticket/getticket", query: { type: "jsapi" } }),
    without: both("pages cannot use wx.config", "网页不能使用 wx.config"),
  },
];

/** Asks for what the account may do; returns the paths that it may call. */
export async function* examineAbilities(side: ApiSide): AsyncGenerator<Finding, readonly string[]> {
  const able: string[] = [];
  const names: string[] = [];
  /** What is missing, by what to do about it. */
  const missing = new Map<string, { hint: Bilingual; what: readonly Bilingual[] }>();
  for (const { name, question, without } of abilities) {
    const asked = question(Date.now());
    const answer = await ask(side, asked);
    if (!isAnswer(answer)) {
      yield answer;
      continue;
    }
    if (answer.errcode === 48001) {
      const hint = both(
        explain(48001, { language: "en", endpoint: asked.path })?.hint ?? "",
        explain(48001, { language: "zh", endpoint: asked.path })?.hint ?? "",
      );
      const { what = [] } = missing.get(hint.en) ?? {};
      const lacks = both(`${name} (${without.en})`, `${name}（${without.zh}）`);
      missing.set(hint.en, { hint, what: [...what, lacks] });
      continue;
    }
    const refusal = explainRefusal(asked.path, answer);
    if (refusal !== undefined) yield refusal;
    able.push(asked.path);
    names.push(name);
  }
  if (names.length > 0) {
    yield ok(
      "ability",
      both(`the account may use ${names.join(", ")}`, `账号可以使用${names.join("、")}`),
    );
  }
  for (const { hint, what } of missing.values()) {
    yield note(
      "ability",
      both(
        `the account may not use ${what.map(({ en }) => en).join(", ")}`,
        `账号没有权限使用${what.map(({ zh }) => zh).join("、")}`,
      ),
      hint,
    );
  }
  return able;
}
