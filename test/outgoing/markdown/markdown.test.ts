import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import { reply } from "../../../src/message/reply.js";
import type { OutgoingHook } from "../../../src/outgoing/hooks.js";
import { markdown, markdownToText } from "../../../src/outgoing/markdown/index.js";

/** What WeChat is sent, by what a model wrote. */
const texts: Readonly<Record<string, string>> = {
  // Emphasis beside Chinese, which CommonMark does not close.
  "**“强调”**后": "“强调”后",
  "这是**《书名》**的": "这是《书名》的",
  "**重点：**说明": "重点：说明",
  "说**“a”**和*（b）*c": "说“a”和（b）c",
  这是__重点__的: "这是重点的",
  "**5**kg、**API**s、*a*b": "5kg、APIs、ab",
  'say **"so"**now': 'say "so"now',
  // Stars that mean something.
  "2*3*4=24，2**10=1024": "2*3*4=24，2＊＊10=1024",
  "a ** b ** c": "a ＊＊ b ＊＊ c",
  "138****8888，张**，您好": "138＊＊＊＊8888，张＊＊，您好",
  "结束 **没有": "结束 没有",
  snake_case_name: "snake_case_name",
  // Headings, and what is none.
  "### 三级 ###\n正文": "【三级】\n正文",
  "标题\n===\n正文": "【标题】\n正文",
  "#读书 #旅行": "＃读书 ＃旅行",
  "\\# 井号": "＃ 井号",
  "两行\n文字\n---\n后": "两行\n文字\n──────\n后",
  // Lists.
  "3. 三\n3. 四": "3. 三\n4. 四",
  "- a\n\n- b\n\n  续\n- c": "• a\n• b\n续\n• c",
  "1) a\n   - b\n     1. c": "1) a\n  • b\n    1. c",
  "- [ ] 待办\n- [x] 完成": "☐ 待办\n☑ 完成",
  "步骤：\n- a\n* b": "步骤：\n• a\n• b",
  // Tables.
  "| 城市 | 温度 |\n|:--|--:|\n| 北京 | **25** |\n| 上海 |": "城市 | 温度\n北京 | 25\n上海",
  "| 方案 | 说明 |\n|---|---|\n| 甲 | 这是一段放不进一行的很长的说明文字 |":
    "方案：甲\n说明：这是一段放不进一行的很长的说明文字",
  "| a | b |\n|---|\n| c | d |": "| a | b |\n\n| c | d |",
  // Code.
  "```js\nconst a = `**`;\n\n# x\n```": "const a = `**`;\n\n# x",
  "- a\n  ```\n x\ny\n  ```\n- b": "• a\n x\ny\n• b",
  "```\n没有结束": "没有结束",
  "`a**b` 和 `` ` ``": "a**b 和 `",
  // Links.
  "[文档（新）[1]](https://e.cn/a_b?x=1&y=2 '题')":
    '<a href="https://e.cn/a_b?x=1&y=2">文档（新）[1]</a>',
  "见https://e.cn/a。另（https://e.cn/b）":
    '见<a href="https://e.cn/a">https://e.cn/a</a>。另（<a href="https://e.cn/b">https://e.cn/b</a>）',
  "[百科](https://zh.example.org/wiki/微信)":
    '<a href="https://zh.example.org/wiki/%E5%BE%AE%E4%BF%A1">百科</a>',
  "[电话](tel:10086) [点我](weixin://bizmsgmenu?msgmenucontent=a&msgmenuid=1)":
    '<a href="tel:10086">电话</a> <a href="weixin://bizmsgmenu?msgmenucontent=a&msgmenuid=1">点我</a>',
  "[目录](#top) [坏](javascript:alert(1)) [文件](./a.md)": "目录 坏 文件",
  "[![图](https://e.cn/i.png)](https://e.cn)": '<a href="https://e.cn">图</a>',
  "![图](https://e.cn/i.png) ![](data:image/png;base64,AA)":
    '<a href="https://e.cn/i.png">图片：图</a> 图片',
  '<a href="https://e.cn/?a=1&b=2">旧</a>': '<a href="https://e.cn/?a=1&b=2">旧</a>',
  '<a href="http://e.cn" data-miniprogram-appid="wx1" data-miniprogram-path="p">小程序</a>':
    '<a href="http://e.cn" data-miniprogram-appid="wx1" data-miniprogram-path="p">小程序</a>',
  "[文档][doc] 与 [1]\n\n[doc]: https://e.cn 'x'\n[1]: https://e.cn/1":
    '<a href="https://e.cn">文档</a> 与 <a href="https://e.cn/1">1</a>',
  "见[1]。\n\n[1]: https://e.cn/1 '来源'": '见[1]。\n\n[1] <a href="https://e.cn/1">来源</a>',
  "a[i][j]": "a[i][j]",
  // Footnotes.
  "甲[^1]乙[^n]\n\n[^1]: 一 **二**\n    三\n\n[^n]: 四": "甲[1]乙[n]\n\n[1] 一 二\n三\n[n] 四",
  // Quotations, rules.
  "> 引 **用**\n> > 深": "│ 引 用\n│ 深",
  "a\n\n***\n\nb": "a\n\n──────\n\nb",
  // HTML.
  "a<br>b<br/>c": "a\nb\nc",
  "<b>粗</b> H<sub>2</sub>O Vec<T> a<b && c>d": "粗 H2O Vec<T> a<b && c>d",
  "<details><summary>摘</summary>\n\n**内**\n\n</details>": "摘\n\n内",
  "<ul><li>一</li><li>二</li></ul>": "• 一\n\n• 二",
  "a<!-- x -->b<script>alert(1)</script>c": "abc",
  "<script>\n\nx\n\n</script>\n正": "正",
  "用 <title> 标签和 <b>粗</b>": "用 <title> 标签和 粗",
  "<!-- 没有结束\n\n正文": "<!-- 没有结束\n\n正文",
  "<script>\n- 一\n\n二": "<script>\n• 一\n\n二",
  // What WeChat shows as it stands, and what it would not show.
  "1 < 2 & 3 > 2 &lt;b&gt; &amp; &copy;": "1 < 2 & 3 > 2 <b> & ©",
  '&lt;a href="x"&gt;文&lt;/a&gt;': '＜a href="x">文</a>',
  '`<a href="https://e.cn">文</a>`': '＜a href="https://e.cn">文</a>',
  "😀 [微笑] /::)": "😀 [微笑] /::)",
  // Formulas.
  "$E=mc^2$，\\(\\frac{a+b}{2} \\le \\sqrt{x_1}\\)": "E=mc²，(a+b)/2 ≤ √x₁",
  "$$\n\\begin{aligned}\na &= b \\\\\n- c &= \\text{中文}\n\\end{aligned}\n$$": "a = b\n- c = 中文",
  "从 $5 到 $10，共$100元和$20元": "从 $5 到 $10，共$100元和$20元",
  "\\[ \\alpha \\times \\unknown{x} \\]": "α × unknownx",
};

describe("markdownToText()", () => {
  for (const [written, text] of Object.entries(texts)) {
    it(`makes ${JSON.stringify(text)} of ${JSON.stringify(written)}`, () => {
      expect(markdownToText(written)).to.equal(text);
    });
  }

  it("leaves a text alone that is no Markdown", () => {
    const text = "您好！\n您的订单 2024-01-01 已发货（单号：SF123）。\n退订回 T；价格 100~200 元。";
    expect(markdownToText(text)).to.equal(text);
  });

  it("has an option for each element", () => {
    const given = [
      "# a\n**b** *c* ~~d~~ `e` [f](https://f.cn) ![g](https://g.cn) $h$ [^i]",
      "- j\n  - k\n- [x] l",
      "> m",
      "|n|o|\n|-|-|\n|p|q|",
      "```ts\nr\n```",
      "$$s$$",
      "---",
    ].join("\n\n");
    const text = markdownToText(given, {
      heading: (text, level) => `H${level}(${text})`,
      strong: (text) => `strong(${text})`,
      emphasis: (text) => `em(${text})`,
      strikethrough: (text) => `s(${text})`,
      code: (code) => `code(${code})`,
      link: (text, url) => `link(${text},${url})`,
      image: (alt, url) => `image(${alt},${url})`,
      formula: (latex, isBlock) => `formula(${latex},${isBlock})`,
      footnote: (label) => `note(${label})`,
      bullet: (depth) => `${"+".repeat(depth)} `,
      task: (isDone) => `${isDone} `,
      quote: (text) => `quote(${text})`,
      table: (rows) => JSON.stringify(rows),
      codeBlock: (code, language) => `block(${code},${language})`,
      rule: "rule",
    });
    expect(text).to.equal(
      [
        "H1(a)\nstrong(b) em(c) s(d) code(e) link(f,https://f.cn) image(g,https://g.cn) formula(h,false) note(i)",
        "+ j\n  ++ k\ntrue l",
        "quote(m)",
        '[["n","o"],["p","q"]]',
        "block(r,ts)",
        "formula(s,true)",
        "rule",
      ].join("\n\n"),
    );
  });

  it("refuses options that there are not", () => {
    expect(() => markdown({ headings: () => "" } as never)).to.throw(/"heading"/);
    expect(() => markdown({ strong: "b" } as never)).to.throw(/"strong" .* must be a function/);
    expect(() => markdownToText("a", { rule: 1 } as never)).to.throw(/"rule" .* must be a text/);
  });
});

describe("markdown()", () => {
  const info = { way: "passive", openid: "o1", ctx: undefined } as const;

  it("is a hook that converts texts and passes everything else", () => {
    const hook = markdown();
    expectTypeOf(hook).toMatchTypeOf<OutgoingHook>();
    expect(hook(reply.text("**a**"), info)).to.deep.equal({ type: "text", content: "a" });
    const picture = reply.image("m1");
    expect(hook(picture, info)).to.equal(picture);
  });

  it("maps a stream, and ends the source when nobody wants the rest", async () => {
    let isEnded = false;
    async function* model() {
      try {
        for (;;) yield "**a**\n\n";
      } finally {
        isEnded = true;
      }
    }
    for await (const text of markdown().stream(model(), info)) {
      expect(text).to.equal("a");
      break;
    }
    expect(isEnded).to.equal(true);
  });
});
