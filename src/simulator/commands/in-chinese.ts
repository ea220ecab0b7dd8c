import type { HelpConfiguration, Option } from "commander";

/** What commander says of itself when the command line is wrong, and how that is said in Chinese. */
const complaints: readonly (readonly [RegExp, string])[] = [
  [/^error: missing required argument '(.+)'$/, "缺少参数 $1"],
  [/^error: option '(.+)' argument missing$/, "选项 $1 缺少值"],
  [/^error: unknown option '(.+)'$/, "没有选项 $1"],
  [/^error: unknown command '(.*)'$/, "没有命令 $1"],
  [
    /^error: too many arguments.* Expected (\d+) arguments? but got (\d+).*$/,
    "参数太多：应为 $1 个，实际 $2 个",
  ],
  [/^error: option '(.+)' argument '(.*)' is invalid\. (.*)$/s, "选项 $1 的值“$2”无效。$3"],
  [
    /^error: option '(.+)' value '(.*)' from env '(.+)' is invalid\. (.*)$/s,
    "选项 $1 的值“$2”（来自环境变量 $3）无效。$4",
  ],
  [
    /^error: command-argument value '(.*)' is invalid for argument '(.+)'\. (.*)$/s,
    "参数 $2 的值“$1”无效。$3",
  ],
];

/** What stands within a complaint. */
const details: readonly (readonly [RegExp, string])[] = [
  [/\(Did you mean one of (.+)\?\)/, "（是不是其中之一：$1？）"],
  [/\(Did you mean (.+)\?\)/, "（是不是 $1？）"],
  [/Allowed choices are (.+)\./, "可选：$1。"],
  [/It must be a whole number from (\d+) to (\d+)\./, "应为 $1 到 $2 的整数。"],
  [/It must not be empty\./, "不能为空。"],
  [
    /It must be a whole address that begins with http:\/\/ or https:\/\/, as in (.+)\./,
    "应为以 http:// 或 https:// 开头的完整地址，与 $1 一致。",
  ],
  [
    /It must be a whole address that begins with http:\/\/ or https:\/\/\./,
    "应为以 http:// 或 https:// 开头的完整地址。",
  ],
  [
    /It cannot be read: (\w+)\. If there is an example such as \.env\.example, copy it, and fill it in\./,
    "无法读取：$1。如果有 .env.example 这样的样例，先复制一份再填写。",
  ],
];

/** A complaint of commander's in Chinese; one that is not known stays as it is. */
export function complaintInChinese(text: string): string {
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const found = complaints.find(([pattern]) => pattern.test(line));
      const said = found === undefined ? line : `错误：${line.replace(found[0], found[1])}`;
      return details.reduce((before, [pattern, zh]) => before.replace(pattern, zh), said);
    });
  return `${lines.join("\n")}\n`;
}

const titles: Readonly<Record<string, string>> = {
  "Usage:": "用法：",
  "Arguments:": "参数：",
  "Options:": "选项：",
  "Global Options:": "全局选项：",
  "Commands:": "命令：",
};

/** How the help is written in Chinese, as far as commander has words of its own in it. */
export const helpInChinese: HelpConfiguration = {
  styleTitle: (title) => titles[title] ?? title,
  optionDescription({
    description,
    argChoices,
    defaultValue,
    defaultValueDescription,
    envVar,
  }: Option) {
    const more = [
      ...(argChoices === undefined ? [] : [`可选：${argChoices.join("、")}`]),
      ...(defaultValue === undefined
        ? []
        : [`默认：${defaultValueDescription ?? JSON.stringify(defaultValue)}`]),
      ...(envVar === undefined ? [] : [`环境变量：${envVar}`]),
    ];
    return more.length === 0 ? description : `${description}（${more.join("；")}）`;
  },
};
