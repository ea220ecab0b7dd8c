import { readFileSync } from "node:fs";
import { explain as explanationOf } from "../../errcodes/explain.js";
import { both, type OutputLanguage } from "../../language.js";
import { place } from "../../places.js";
import type { CommandLine } from "./command-line.js";
import { type ExitCode, type Terminal, UsageError } from "./terminal.js";

/** Declares `koa-wx explain`. */
export function declareExplain({ t, command, end, terminal }: CommandLine): void {
  const summary = t(
    "Says what an error code of WeChat's or koa-wx's means and what to do about it.",
    "说明微信或 koa-wx 的错误码的含义和解决办法。",
  );
  command("explain", {
    summary,
    description: summary,
    examples:
      '  koa-wx explain 48001\n  koa-wx explain WX_PLAIN\n  koa-wx explain \'{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}\'',
  })
    .argument(
      "<code...>",
      t(
        "Codes, WeChat's whole answer, or the message of an error.",
        "一个或几个错误码、微信的整个回答，或错误信息。",
      ),
    )
    .action((words: string[]) => end(explain(words, terminal)));
}

/** `koa-wx explain 48001`: says what error codes mean and what to do about them. */
async function explain(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const areCodes = words.every((word) => /^(?:-?\d{1,9}|WX_[A-Z_]+)$/.test(word));
  const unknown: UsageError[] = [];
  for (const asked of areCodes ? words : [words.join(" ")]) {
    const found = explained(asked, terminal.language ?? "en");
    if (found instanceof UsageError) unknown.push(found);
    else {
      terminal.print(`${found.code}: ${found.meaning}`);
      if (found.hint !== undefined) terminal.print(`    ${found.hint}`);
    }
  }
  // What is known has been said.
  const [first] = unknown;
  if (first !== undefined) throw first;
  return 0;
}

interface Explained {
  readonly code: number | string;
  readonly meaning: string;
  readonly hint: string | undefined;
}

function explained(asked: string, language: OutputLanguage): Explained | UsageError {
  const errcode = codeIn(asked);
  const [own] = errcode === undefined ? (/\bWX_[A-Z_]+\b/.exec(asked) ?? []) : [];
  if (own !== undefined) {
    return (
      ownCode(own, language) ??
      new UsageError(
        both(
          `koa-wx has no ${own}: docs/errors.md lists its codes.`,
          `koa-wx 没有 ${own}：docs/errors.zh-CN.md 列出了它的错误码。`,
        ),
      )
    );
  }
  if (errcode === undefined) {
    return new UsageError(
      both(
        "Give an error code, such as 48001 or WX_PLAIN, or the whole answer of WeChat.",
        "请给出一个错误码，例如 48001 或 WX_PLAIN，或微信的整个回答。",
      ),
    );
  }
  // An error of koa-wx names the call: "WeChat refused /cgi-bin/token: 40001 …".
  const endpoint = /(?<![\w/-])(\/[\w/-]+): -?\d/.exec(asked)?.[1] ?? "";
  const known = explanationOf(errcode, { language, errmsg: asked, endpoint });
  if (known === undefined) {
    return new UsageError(
      both(
        `WeChat's documents for 公众号 and 服务号 have no ${errcode}. Look the call up by its rid: ${place("requests")}.`,
        `微信关于公众号和服务号的文档里没有 ${errcode}。可以用 rid 查询那次调用：${place("requests")}。`,
      ),
    );
  }
  return { code: errcode, ...known };
}

/** A code of koa-wx's, as the page about errors has it. */
function ownCode(code: string, language: OutputLanguage): Explained | undefined {
  const file = language === "zh" ? "errors.zh-CN.md" : "errors.md";
  const page = readFileSync(new URL(`../../../docs/${file}`, import.meta.url), "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| \`${code}\` |`));
  const [, , , meaning, hint] = (row ?? "").split("| ").map(plain);
  return meaning === undefined ? undefined : { code, meaning, hint };
}

const pages = "https://github.com/koa-wx/koa-wx/blob/main/docs/";

/** A cell of a table without its Markdown. */
function plain(cell: string): string {
  return cell
    .replace(/\[([^[\]]*)\]\(([^()]*)\)/g, (_, text, page) => `${text} (${pages}${page})`)
    .replaceAll("`", "")
    .replace(/\|$/, "")
    .trim();
}

/** The code by itself, or that of an answer such as `{"errcode":48001,…}` or of an error's message. */
function codeIn(text: string): number | undefined {
  const found =
    /errcode\W{0,4}(-?\d{1,9})/i.exec(text) ?? /(?:^|[\s:])(-?\d{1,9})(?![\w.])/.exec(text);
  return found === null ? undefined : Number(found[1]);
}
