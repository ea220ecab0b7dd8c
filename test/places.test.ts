import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { ownLanguage } from "../src/language.js";
import { place, places, placeWas } from "../src/places.js";

const all: readonly { readonly now: string; readonly before?: string }[] = Object.values(places);
/** Where most places are; the documents leave it out. */
const head = "微信开发者平台 (developers.weixin.qq.com/platform) → 我的业务 → 公众号/服务号 → ";
const short = (way: string) => (way.startsWith(head) ? way.slice(head.length) : way);
/** The steps of a way, without the addresses of sites. */
const steps = (way: string) => way.replace(/ \((?:\w+\.)+\w+\S*\)/g, "").split(" → ");

/** What a thing is called, which says not where it is. */
const names = new Set(
  "网页授权域名 JS接口安全域名 业务域名 消息加解密方式 开发者ID(AppID) 开发者密钥(AppSecret) 接收语音识别结果 一次性订阅消息 公众号/服务号 开放平台 首页 更多 修改 设置 全局设置 消息推送 云调用".split(
    " ",
  ),
);
const placeWords = (ways: readonly string[]) =>
  [...new Set(ways.flatMap(steps))].filter(
    (step) => /\p{Script=Han}/u.test(step) && !names.has(step),
  );
const today = placeWords(all.map(({ now }) => now));
const former = placeWords(all.map(({ before = "" }) => before)).flatMap((step) => step.split("/"));
const old = former.filter((step) => !today.includes(step));

/** Steps that follow each other. */
const pairs = all.flatMap(({ now }) => {
  const way = steps(now);
  return way.slice(1).map((to, index) => [way[index] as string, to] as const);
});

const filesIn = (folder: string, pattern: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => pattern.test(file))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`);
const sources = [
  ...filesIn("src", /\.(ts|css)$/),
  ...filesIn("examples", /\.(ts|sh)$/),
  ...filesIn("scripts", /\.(ts|js)$/),
].filter((file) => file !== "src/places.ts");
const documents = [
  ...filesIn("docs", /\.md$/),
  ...["README.md", "README.zh-CN.md", "llms.txt", ".github/CONTRIBUTING.md"],
];

/** A text without titles of WeChat's pages, which may be called as places are. */
const read = (file: string) => readFileSync(file, "utf8").replace(/「[^」]*」/g, "");
const namedIn = (text: string, words: readonly string[]) =>
  words.filter((word) => text.includes(word));

describe("place(): the places of WeChat's settings", () => {
  it("stand in one file of the source", () => {
    expect(sources.length).to.be.greaterThan(100);
    expect(today).to.include.members(["微信开发者平台", "我的业务", "基础信息", "接口权限与额度"]);
    expect(old).to.include.members(["开发接口管理", "基本配置", "服务器配置", "公众号设置"]);
    const elsewhere = sources.flatMap((file) =>
      namedIn(read(file), [...today, ...old]).map((word) => `${file}: ${word}`),
    );
    expect(elsewhere).to.deep.equal([]);
  });

  it("are those of today in the documents", () => {
    const wrong = documents.flatMap((file) => {
      const text = read(file)
        .split("\n")
        .filter((line) => !all.some(({ now }) => line.includes(`| ${short(now)} |`)))
        // What is printed of a run: its arrows lead to a reply and to the cure.
        .filter((line) => !/^(?:\[koa-wx\]| +→ )/.test(line))
        .join(" ")
        // The words of links.
        .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");
      const rest = today.reduce((left, word) => left.replaceAll(word, ""), text);
      return [
        ...namedIn(rest, old).map((word) => `${file}: ${word}`),
        ...[...text.matchAll(/ → +(?=\p{Script=Han})/gu)]
          .map(({ index, 0: arrow }) => [
            text.slice(Math.max(0, index - 30), index),
            text.slice(index + arrow.length, index + arrow.length + 30),
          ])
          .filter(
            ([before = "", after = ""]) =>
              !pairs.some(
                ([from, to]) =>
                  after.startsWith(to) && (before.endsWith(from) || before.endsWith("…")),
              ),
          )
          .map((around) => `${file}: ${around.join(" → ")}`),
      ];
    });
    expect(wrong).to.deep.equal([]);
  });

  for (const [file, unchanged] of [
    ["docs/getting-started.md", "the same"],
    ["docs/getting-started.zh-CN.md", "没有变"],
  ] as const) {
    it(`are listed with their old names in ${file}`, () => {
      const rows = readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.split(" | "))
        .filter(([, now]) => all.some((one) => short(one.now) === now));
      expect(rows.map(([, now, before]) => [now, before?.replace(/ \|$/, "")])).to.deep.equal(
        all.map(({ now, before = unchanged }) => [short(now), before]),
      );
    });
  }

  it("are said with the old name where somebody may still look for it", () => {
    expect(place("whitelist")).to.match(/^微信开发者平台 .* → 开发密钥 → API IP 白名单$/);
    expect(placeWas("whitelist", "en")).to.match(/ → API IP 白名单 \(formerly .* → IP白名单\)$/);
    expect(placeWas("whitelist", "zh")).to.match(/ → API IP 白名单（原 .* → IP白名单）$/);
    expect(placeWas("sandboxLogin", "en")).to.equal(place("sandboxLogin"));
  });
});

describe("ownLanguage(): the language of messages", () => {
  for (const [env, language, system = "en-US"] of [
    [{}, "en"],
    [{}, "zh", "zh-CN"],
    [{}, "zh", "zh-Hant-TW"],
    [{ LANG: "" }, "zh", "zh-CN"],
    [{ LANG: "en_US.UTF-8" }, "en", "zh-CN"],
    [{ LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LANG: "zh_TW" }, "zh"],
    [{ LANG: "C.UTF-8" }, "en"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "C" }, "en"],
    [{ LANG: "en_US.UTF-8", LC_MESSAGES: "zh_CN.UTF-8" }, "zh"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "" }, "zh"],
  ] as const) {
    it(`is ${language} with ${JSON.stringify(env)} on a system in ${system}`, () => {
      expect(ownLanguage(env, () => system)).to.equal(language);
    });
  }
});
