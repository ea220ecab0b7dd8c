import { explain as explanationOf } from "../../errcodes/explain.js";
import { both } from "../../language.js";
import { place } from "../../places.js";
import type { CommandLine } from "./command-line.js";
import { type ExitCode, type Terminal, UsageError } from "./terminal.js";

/** Declares `koa-wx explain`. */
export function declareExplain({ t, command, end, terminal }: CommandLine): void {
  const summary = t(
    "Says what an error code of WeChat's means and what to do about it.",
    "说明微信错误码的含义和解决办法。",
  );
  command("explain", {
    summary,
    description: summary,
    examples:
      '  koa-wx explain 48001\n  koa-wx explain \'{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}\'',
  })
    .argument(
      "<code...>",
      t(
        "The code, WeChat's whole answer, or the message of an error.",
        "错误码、微信的整个回答，或错误信息。",
      ),
    )
    .action((words: string[]) => end(explain(words, terminal)));
}

/** `koa-wx explain 48001`: says what an error code of WeChat's means and what to do about it. */
async function explain(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const errmsg = words.join(" ");
  const errcode = codeIn(errmsg);
  if (errcode === undefined) {
    throw new UsageError(
      both(
        "Give an error code, such as 48001, or the whole answer of WeChat.",
        "请给出一个错误码，例如 48001，或微信的整个回答。",
      ),
    );
  }
  // An error of koa-wx names the call: "WeChat refused /cgi-bin/token: 40001 …".
  const endpoint = /(?<![\w/-])(\/[\w/-]+): -?\d/.exec(errmsg)?.[1] ?? "";
  const known = explanationOf(errcode, { language: terminal.language ?? "en", errmsg, endpoint });
  if (known === undefined) {
    throw new UsageError(
      both(
        `WeChat's documents for 公众号 and 服务号 have no ${errcode}. Look the call up by its rid: ${place("requests")}.`,
        `微信关于公众号和服务号的文档里没有 ${errcode}。可以用 rid 查询那次调用：${place("requests")}。`,
      ),
    );
  }
  terminal.print(`${errcode}: ${known.meaning}`);
  if (known.hint !== undefined) terminal.print(`    ${known.hint}`);
  return 0;
}

/** The code by itself, or that of an answer such as `{"errcode":48001,…}` or of an error's message. */
function codeIn(text: string): number | undefined {
  const found =
    /errcode\W{0,4}(-?\d{1,9})/i.exec(text) ?? /(?:^|[\s:])(-?\d{1,9})(?![\w.])/.exec(text);
  return found === null ? undefined : Number(found[1]);
}
