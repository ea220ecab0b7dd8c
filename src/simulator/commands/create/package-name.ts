import { builtinModules } from "node:module";
import type { Bilingual } from "../../../language.js";

/** Names that packages cannot have, whatever they consist of. */
const reserved = ["node_modules", "favicon.ico", ...builtinModules];

/** Why npm takes no new package of this name; nothing if it does. `packages` are those that it depends on. */
export function refusedName(name: string, packages: readonly string[]): Bilingual | undefined {
  return reasons.find(({ is }) => is(name, packages));
}

const reasons: readonly (Bilingual & {
  is(name: string, packages: readonly string[]): boolean;
})[] = [
  {
    is: (name) => name.length > 214,
    en: "it is longer than 214 characters",
    zh: "超过 214 个字符",
  },
  {
    is: (name) => !/^[a-z0-9._-]+$/.test(name),
    en: "it has other characters than a to z, 0 to 9, hyphens, dots and underscores",
    zh: "只能用小写字母 a 到 z、数字、连字符、点和下划线",
  },
  {
    is: (name) => !/^[a-z0-9]/.test(name),
    en: "it does not begin with a letter or a digit",
    zh: "开头必须是字母或数字",
  },
  {
    is: (name) => reserved.includes(name),
    en: "it means something else to Node or npm",
    zh: "它在 Node 或 npm 里另有所指",
  },
  {
    is: (name, packages) => packages.includes(name),
    en: "the bot needs a package of the same name",
    zh: "机器人要用到一个同名的包",
  },
];

/** A name that npm takes, as like this one as can be. */
export function nameLike(name: string, packages: readonly string[]): string {
  const like = name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|(?<![._-])[._-]+$/g, "")
    .slice(0, 214);
  const proposals = [like, `${like}-bot`];
  return proposals.find((one) => refusedName(one, packages) === undefined) ?? "my-bot";
}
