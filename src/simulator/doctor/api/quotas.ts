import { explain } from "../../../errcodes/explain.js";
import { type Bilingual, both } from "../../../language.js";
import { type Finding, note, ok, problem } from "../finding.js";
import { type ApiSide, ask, isAnswer } from "./call.js";

/** The calls that bots make most, by the ability that they need. */
const calls: Readonly<Record<string, string>> = {
  "/cgi-bin/message/custom/send": "/cgi-bin/message/custom/typing",
  "/cgi-bin/message/template/send": "/cgi-bin/template/get_all_private_template",
  "/cgi-bin/user/info": "/cgi-bin/user/get",
  "/cgi-bin/menu/create": "/cgi-bin/menu/get",
};
/** Every kind of account makes these. */
const common = ["/cgi-bin/token", "/cgi-bin/media/upload"];

/** Asks how many calls of today are left, of those that the account may make. */
export async function* examineQuotas(
  side: ApiSide,
  able: readonly string[],
): AsyncGenerator<Finding> {
  const own = Object.keys(calls).filter((path) => able.includes(calls[path] as string));
  const left: Bilingual[] = [];
  for (const cgi_path of [...common, ...own]) {
    const path = "/cgi-bin/openapi/quota/get";
    const answer = await ask(side, { path, body: { cgi_path } });
    if (!isAnswer(answer)) {
      yield answer;
      return;
    }
    const { daily_limit, remain } = (answer.fields.quota ?? {}) as Record<string, unknown>;
    if (typeof daily_limit !== "number" || typeof remain !== "number" || daily_limit <= 0) continue;
    const hint = both(
      explain(45009, { language: "en" })?.hint ?? "",
      explain(45009, { language: "zh" })?.hint ?? "",
    );
    if (remain <= 0) {
      yield problem(
        "quota",
        both(
          `all ${daily_limit} calls of ${cgi_path} for today are used up`,
          `${cgi_path} 今天的 ${daily_limit} 次调用已用完`,
        ),
        hint,
      );
    } else if (remain < daily_limit / 20) {
      yield note(
        "quota",
        both(
          `${remain} of ${daily_limit} calls of ${cgi_path} are left today`,
          `${cgi_path} 今天还剩 ${remain} 次，共 ${daily_limit} 次`,
        ),
        hint,
      );
    } else {
      left.push(
        both(`${cgi_path} ${remain} of ${daily_limit}`, `${cgi_path} ${remain}/${daily_limit}`),
      );
    }
  }
  if (left.length === 0) return;
  yield ok(
    "quota",
    both(
      `calls that are left today: ${left.map(({ en }) => en).join(", ")}`,
      `今天还可以调用：${left.map(({ zh }) => zh).join("、")}`,
    ),
  );
}
