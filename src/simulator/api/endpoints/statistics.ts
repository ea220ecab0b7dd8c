import { type Call, type Endpoints, type Fields, textOf } from "../call.js";
import { refuse } from "../refusal.js";

const day = 86_400_000;

/** The longest span of each statistic, in days. Source: 「数据统计接口」. */
const spans: Readonly<Record<string, number>> = {
  getusersummary: 7,
  getusercumulate: 7,
  getarticlesummary: 1,
  getarticletotal: 1,
  getuserread: 3,
  getuserreadhour: 1,
  getusershare: 7,
  getusersharehour: 1,
  getupstreammsg: 7,
  getupstreammsghour: 1,
  getupstreammsgweek: 30,
  getupstreammsgmonth: 30,
  getupstreammsgdist: 15,
  getupstreammsgdistweek: 30,
  getupstreammsgdistmonth: 30,
  getinterfacesummary: 30,
  getinterfacesummaryhour: 1,
};

/** The same of published content, whose numbers begin on 2025-11-01. Source: 「获取发表内容每日阅读数据」. */
const publishedSpans: Readonly<Record<string, number>> = {
  getarticleread: 1,
  getarticleshare: 1,
  getbizsummary: 30,
  getarticletotaldetail: 1,
};

const commentCalls = [
  "open",
  "close",
  "list",
  "markelect",
  "unmarkelect",
  "delete",
  "reply/add",
  "reply/delete",
];

/**
 * Statistics and comments: the dates are checked, but nothing happened on any of them, and nobody
 * may comment (88000).
 */
export const statisticsEndpoints: Endpoints = Object.fromEntries([
  ...Object.entries(spans).map(([name, span]) => [
    `/datacube/${name}`,
    { method: "POST" as const, run: (call: Call) => statistic(call, span) },
  ]),
  ...Object.entries(publishedSpans).map(([name, span]) => [
    `/datacube/${name}`,
    {
      method: "POST" as const,
      run: (call: Call) => ({ ...statistic(call, span), is_delay: false }),
    },
  ]),
  ...commentCalls.map((name) => [
    `/cgi-bin/comment/${name}`,
    { method: "POST" as const, run: () => refuse(88000, "without comment privilege") },
  ]),
]);

function statistic({ world, body }: Call, span: number): Fields {
  const begin = dateOf(textOf(body, "begin_date"));
  const end = dateOf(textOf(body, "end_date"));
  // The day ends at midnight in China.
  const today = Math.floor((world.clock.now() + day / 3) / day);
  if (end < begin || end - begin >= span) refuse(61501, "date range error");
  if (end >= today) refuse(61501, "date range error hint: [end_date must be yesterday or before]");
  return { list: [] };
}

/** Days since 1970. */
function dateOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) refuse(61500, "date format error");
  return time / day;
}
