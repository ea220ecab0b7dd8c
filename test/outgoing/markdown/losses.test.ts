import { expect } from "chai";
import { markdown, markdownToText } from "../../../src/outgoing/markdown/index.js";
import { givenOf } from "./given.js";

/** What WeChat is sent, by what a model wrote: texts of which something used to be lost. */
const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "marks of items that hold nothing": {
    "42.": "42.",
    "1949.": "1949.",
    "42)": "42)",
    "- 42.": "• 42.",
    "> 42.": "│ 42.",
    "答案是\n\n42.": "答案是\n\n42.",
    "10.\n20.\n30.": "10.\n20.\n30.",
    "运算符是\n\n+": "运算符是\n\n+",
    "- \n- a": "-\n• a",
    "1. a\n   007.\n2. b": "1. a\n007.\n2. b",
  },
  "numbers of items": {
    "1949. 建国\n1978. 改革": "1949. 建国\n1978. 改革",
    "1. a\n1. b\n3. c": "1. a\n2. b\n3. c",
    "> 5. a\n> 8. b": "│ 5. a\n│ 8. b",
    "10.\n20. x": "10.\n20. x",
  },
  "cells beyond those of the head": {
    "|a|b|\n|-|-|\n|1|2|EXTRA|": "a | b\n1 | 2 | EXTRA",
    "| a | b |\n|---|---|\n| `a|b` | 或 |\n| c | d |": "a | b\na|b | 或\nc | d",
    "|a|b|\n|-|-|\n|`x||y`|z|": "a | b\nx||y | z",
    "|a|b|\n|-|-|\n|`x|y|z|": "a | b\n`x | y | z",
    "|a|b|\n|-|-|\n|1\\|2|3|**4**||": "a | b\n1|2 | 3 | 4",
    "> |a|b|\n> |-|-|\n> |1|2|3|": "│ a | b\n│ 1 | 2 | 3",
    "- |a|b|\n  |-|-|\n  |1|2|3|": "• a | b\n1 | 2 | 3",
    "|方案|说明|\n|-|-|\n|甲|这是一段放不进一行的很长的说明文字|备注|":
      "方案：甲\n说明：这是一段放不进一行的很长的说明文字\n备注",
  },
  "addresses that no link has": {
    "[1]: x": "[1]: x",
    "[张三]: 你好\n[李四]: 我很好，谢谢\n\n[张三]: 再见":
      "[张三]: 你好\n[李四]: 我很好，谢谢\n\n[张三]: 再见",
    "[1]: https://e.cn/1": '[1] <a href="https://e.cn/1">https://e.cn/1</a>',
    "来源：\n\n[1]: https://e.cn/1 '甲'\n[2]: https://e.cn/2\n\n供参考。":
      '来源：\n\n[1] <a href="https://e.cn/1">甲</a>\n[2] <a href="https://e.cn/2">https://e.cn/2</a>\n\n供参考。',
    "[维基]: https://e.cn/微信":
      '[维基] <a href="https://e.cn/%E5%BE%AE%E4%BF%A1">https://e.cn/微信</a>',
    "- 甲[1]\n\n[1]: https://e.cn/1 '源'": '• 甲[1]\n\n[1] <a href="https://e.cn/1">源</a>',
    "> [1]: 引": "│ [1]: 引",
    "[a]: javascript:x": "[a]: javascript:x",
    "见[a]。\n\n[a]: ./a.md": "见[a]。\n\n[a]: ./a.md",
    // A name has one address.
    "[文][a]\n\n[a]: https://e.cn/1\n[a]: https://e.cn/2":
      '<a href="https://e.cn/1">文</a>\n\n[a] <a href="https://e.cn/2">https://e.cn/2</a>',
    // These are had by one, wherever it stands.
    "[1]: https://e.cn/1\n\n中\n\n见[1]": '中\n\n见<a href="https://e.cn/1">1</a>',
    "[1]: https://e.cn/1\n见[文][1]": '见<a href="https://e.cn/1">文</a>',
    "![图][p]\n\n[p]: https://e.cn/p.png": '<a href="https://e.cn/p.png">图片：图</a>',
    "[文][a]\n\n[a]: ./a.md": "文",
  },
  "texts of which nothing would be left": {
    "#": "#",
    "<br>": "<br>",
    " **\n": "＊＊",
    "```\n```": "```\n```",
    "<!-- x -->": "<!-- x -->",
    '<a href="ftp://e.cn"></a>': '＜a href="ftp://e.cn"></a>',
    "[](./a.md)\r\n\r\n<b></b>": "[](./a.md)\r\n\r\n<b></b>",
    " \n\n\t": "",
  },
  "links of schemes that WeChat does not open": {
    "[a](javascript:alert(1))": "a",
    "[a](data:text/html,x)和[b](file:///etc/x)": "a和b",
    "[**a**](vbscript:x) [b](FTP://x.cn)": "a b",
    "![图](javascript:x)": "图片：图",
    "<javascript:x> vector<std::string> <ftp://e.cn/x>":
      "<javascript:x> vector<std::string> ftp://e.cn/x",
  },
  "entities in attributes": {
    '<a href="https://x.y?a=1&amp;b=2">t</a>': '<a href="https://x.y?a=1&b=2">t</a>',
    "<a href='https://x.y?a=1&#38;b=2&copy=3'>t</a>": '<a href="https://x.y?a=1&b=2&copy=3">t</a>',
    '<img src="https://x.y?a=1&amp;b=\\&quot;" alt="A&amp;B">':
      '<a href="https://x.y?a=1&b=\\%22">图片：A&B</a>',
    '<a href="javascript&#58;x">t</a>': "t",
  },
  "tags that are talked about": {
    "List<object>": "List<object>",
    "填写<time>和<link>": "填写<time>和<link>",
    "Promise<Button>，Map<string, Object>，<input type=text>":
      "Promise<Button>，Map<string, Object>，<input type=text>",
    "用</section>结束<header>": "用</section>结束<header>",
    "- <video>\n- </video>": "• <video>\n• </video>",
    "<!DOCTYPE html>和<?php echo 1 ?>": "<!DOCTYPE html>和<?php echo 1 ?>",
    "<think>想</think>答<think>": "<think>想</think>答<think>",
    "<styles>\n甲\n</styles>": "<styles>\n甲\n</styles>",
    // These close something, or are mark-up.
    "<time>8:00</time> <section>一<small>小</small></section>": "8:00\n一小",
    "<P>一<div>二<font color=red>三</font>": "一\n二三",
    "<!--\n注\n-->正文\n续": "正文\n续",
    "<style>\nx\n</style>\n正文": "正文",
  },
  "dollars of shells": {
    "$HOME/bin:$PATH": "$HOME/bin:$PATH",
    "$\u007bHOME}/bin:$\u007bPATH}": "$\u007bHOME}/bin:$\u007bPATH}",
    "$(pwd)/a:$(id)/b 与 $a->$_b": "$(pwd)/a:$(id)/b 与 $a->$_b",
    "$ x$ 和 $x $": "$ x$ 和 $x $",
    // These are formulas.
    "$x^2$轴、$(a+b)^2$。$n$-1": "x²轴、(a+b)²。n-1",
  },
};

async function letterByLetter(text: string): Promise<string> {
  async function* letters() {
    yield* text;
  }
  const info = { way: "passive", openid: "o1", ctx: undefined } as const;
  let streamed = "";
  for await (const part of markdown().stream(letters(), info)) streamed += part;
  return streamed;
}

describe("markdownToText(): what used to be lost", () => {
  for (const [what, some] of Object.entries(texts)) {
    for (const [written, text] of Object.entries(some)) {
      it(`of ${what}: ${JSON.stringify(written)}`, async () => {
        expect(markdownToText(written)).to.equal(text);
        expect(await letterByLetter(written)).to.equal(text);
      });
    }
  }

  it("of thousands of addresses that no link has: none", () => {
    const given = Array.from({ length: 3_000 }, (_, at) => `[n${at}]: https://e.cn/${at}`);
    for (const between of ["\n", "\n\n"]) {
      const text = markdownToText(given.join(between));
      for (let at = 0; at < 3_000; at += 1) {
        expect(text).to.include(`[n${at}] <a href="https://e.cn/${at}">`);
      }
    }
  });
});

describe("markdown(): addresses in a stream", () => {
  it("wait until something has them, and what follows with them", async () => {
    const given = await givenOf(
      "甲[1]\n\n[1]: https://e.cn/1\n\n[2]: https://e.cn/2\n\n乙\n\n丙[2]\n\n丁\n\n戊",
    );
    expect(given).to.deep.equal([
      "4:甲[1]",
      '6:\n\n[1] <a href="https://e.cn/1">https://e.cn/1</a>',
      '12:\n\n乙\n\n丙<a href="https://e.cn/2">2</a>',
      "13:\n\n丁\n\n戊",
    ]);
  });
});
