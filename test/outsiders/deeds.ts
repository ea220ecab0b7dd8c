import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Phone, User } from "koa-wx/testing";
import { account, type Stage } from "./stage.js";

/** What users of such libraries do, and what is true afterwards. */
export interface Deed {
  readonly name: string;
  /** What a program in `software/` must have for it. */
  readonly asks: readonly string[];
  run(stage: Stage): Promise<void>;
}

const page = "https://bot.example.com/page?from=singlemessage";
const menu = {
  button: [
    { type: "click", name: "今日歌曲", key: "V1001_TODAY_MUSIC" },
    { name: "菜单", sub_button: [{ type: "view", name: "搜索", url: "http://www.soso.com/" }] },
  ],
};

export const deeds: readonly Deed[] = [
  {
    name: "access token",
    asks: ["token"],
    async run({ client, phone }) {
      const access_token = await client.ask<string>("token");
      const answer = await fetch(
        `${phone.url}/cgi-bin/getcallbackip?${new URLSearchParams({ access_token })}`,
      );
      expect(await answer.json()).to.have.property("ip_list");
    },
  },
  {
    name: "customer-service text",
    asks: ["text"],
    async run({ client, alice }) {
      await client.ask("text", alice.openid, "你好 <b>&amp;</b> 😀");
      expect(said(alice)).to.deep.equal({ type: "text", content: "你好 <b>&amp;</b> 😀" });
    },
  },
  {
    name: "customer-service image, of an upload",
    asks: ["image", "upload"],
    async run({ client, alice, file }) {
      const mediaId = await client.ask("upload", file);
      await client.ask("image", alice.openid, mediaId);
      expect(said(alice)).to.deep.equal({ type: "image", mediaId });
    },
  },
  {
    name: "customer-service news",
    asks: ["news"],
    async run({ client, alice }) {
      const article = { title: "Happy Day", description: "Is Really A Happy Day" };
      const [url, picurl] = ["http://a.example/1", "http://a.example/1.png"];
      await client.ask("news", alice.openid, [{ ...article, url, picurl, image: picurl }]);
      expect(said(alice)).to.deep.equal({
        type: "news",
        articles: [{ ...article, url, picUrl: picurl }],
      });
    },
  },
  {
    name: "a refusal, for a stranger",
    asks: ["text"],
    async run({ client }) {
      const refused = await client.ask("text", "o0000000000000000000000000000", "hi").then(
        () => "accepted",
        (error: Error) => error.message,
      );
      expect(refused).to.include("40003");
    },
  },
  {
    name: "a token that is over",
    asks: ["text"],
    async run({ client, phone, alice }) {
      phone.api.fails("message/custom/send", 42001, 1);
      await client.ask("text", alice.openid, "once more");
      expect(said(alice)).to.deep.equal({ type: "text", content: "once more" });
    },
  },
  {
    name: "menu: created, read, deleted",
    asks: ["createMenu", "getMenu", "deleteMenu"],
    async run({ client, phone }) {
      await client.ask("createMenu", menu);
      expect(phone.export().menu.default.map(({ name }) => name)).to.deep.equal([
        "今日歌曲",
        "菜单",
      ]);
      const read = await client.ask<typeof menu.button>("getMenu");
      expect(read.map(({ name, key }) => [name, key])).to.deep.equal([
        ["今日歌曲", "V1001_TODAY_MUSIC"],
        ["菜单", undefined],
      ]);
      await client.ask("deleteMenu");
      expect(phone.export().menu.default).to.deep.equal([]);
    },
  },
  {
    name: "media: uploaded, downloaded",
    asks: ["upload", "download"],
    async run({ client, phone, file }) {
      const mediaId = await client.ask<string>("upload", file);
      const kept = phone.api.media(mediaId);
      expect(kept?.data).to.deep.equal(readFileSync(file));
      expect(kept?.contentType).to.equal("image/png");
      expect(await client.ask("download", mediaId)).to.equal(readFileSync(file).toString("base64"));
    },
  },
  {
    name: "material: added, counted, deleted",
    asks: ["addMaterial", "countImages", "deleteMaterial"],
    async run({ client, phone, file }) {
      const mediaId = await client.ask<string>("addMaterial", file);
      expect(phone.api.media(mediaId)?.permanent).to.equal(true);
      expect(await client.ask("countImages")).to.equal(1);
      await client.ask("deleteMaterial", mediaId);
      expect(phone.api.media(mediaId)).to.equal(undefined);
    },
  },
  {
    name: "a follower's profile, with a remark",
    asks: ["profile", "followers", "remark"],
    async run({ client, alice }) {
      await client.ask("remark", alice.openid, "爱丽丝");
      expect(await client.ask("profile", alice.openid)).to.include({
        subscribe: 1,
        openid: alice.openid,
        remark: "爱丽丝",
      });
      expect(await client.ask("followers")).to.deep.equal([alice.openid]);
    },
  },
  {
    name: "a tag",
    asks: ["createTag", "tag", "tagsOf"],
    async run({ client, phone, alice }) {
      const id = await client.ask<number>("createTag", "广东");
      await client.ask("tag", alice.openid, id);
      expect(phone.export().tags).to.deep.include({ id, name: "广东" });
      expect(await client.ask("tagsOf", alice.openid)).to.deep.equal([id]);
    },
  },
  {
    name: "JS-SDK ticket and signature",
    asks: ["ticket", "sign"],
    async run({ client }) {
      const ticket = await client.ask<string>("ticket");
      const { nonceStr, timestamp, signature } = await client.ask<{
        readonly nonceStr: string;
        readonly timestamp: number | string;
        readonly signature: string;
      }>("sign", page);
      const signed = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`;
      expect(signature).to.equal(createHash("sha1").update(signed).digest("hex"));
    },
  },
  {
    name: "template message",
    asks: ["template"],
    async run({ client, alice }) {
      const id = "TM00015TM00015TM00015TM00015TM00015TM00015T";
      const data = { keyword1: { value: "巧克力", color: "#173177" } };
      await client.ask("template", alice.openid, id, page, data);
      const { type, lines, url } = said(alice) as Record<string, unknown>;
      expect({ type, lines, url }).to.deep.equal({
        type: "template",
        lines: ["keyword1：巧克力"],
        url: page,
      });
    },
  },
  {
    name: "template of the library, added",
    asks: ["addTemplate", "template"],
    async run({ client, alice }) {
      const id = await client.ask("addTemplate", "TM00015");
      const data = { keyword1: { value: "巧克力" }, keyword2: { value: "39.8元" } };
      await client.ask("template", alice.openid, id, page, data);
      expect(said(alice)).to.deep.include({ lines: ["关键词1：巧克力", "关键词2：39.8元"] });
    },
  },
  {
    name: "QR code: created, shown, scanned",
    asks: ["qrcode"],
    async run({ client, phone, alice }) {
      const code = await client.ask<{ readonly ticket: string; readonly picture: string }>(
        "qrcode",
        "table 7",
      );
      const { origin, pathname, search } = new URL(code.picture);
      expect(origin).to.equal("https://mp.weixin.qq.com");
      expect((await fetch(phone.url + pathname + search)).status).to.equal(200);
      expect((await alice.scans("table 7")).text).to.equal(`table 7 ${code.ticket}`);
    },
  },
  {
    name: "web login: its address opens",
    asks: ["authorize"],
    async run({ client, phone, alice }) {
      const { state } = await login(
        alice,
        await client.ask<string>("authorize", callbackOf(phone), "state1"),
      );
      expect(state).to.equal("state1");
    },
  },
  {
    name: "web login: a code, a profile",
    asks: ["login"],
    async run({ client, phone, alice }) {
      const query = `appid=${account.appId}&redirect_uri=${encodeURIComponent(callbackOf(phone))}`;
      const { code } = await login(
        alice,
        `${authorizePage}?${query}&response_type=code&scope=snsapi_userinfo&state=1#wechat_redirect`,
      );
      const profile = { openid: alice.openid, nickname: "爱丽丝" };
      expect(await client.ask("login", code)).to.include(profile);
    },
  },
  {
    name: "web login: its token refreshed",
    asks: ["loginAgain"],
    async run({ client, alice }) {
      expect(await client.ask("loginAgain", alice.openid)).to.include({ nickname: "爱丽丝" });
    },
  },
];

const authorizePage = "https://open.weixin.qq.com/connect/oauth2/authorize";
const callbackOf = ({ botUrl }: Phone) => new URL("/callback?from=menu", botUrl).href;

/** What the bot's page is called with after she has agreed. */
async function login(alice: User, address: string): Promise<Record<string, string>> {
  expect(address.startsWith(`${authorizePage}?`)).to.equal(true);
  const { url, body } = await alice.opens(address);
  if (new URL(url).pathname !== "/callback") {
    throw new Error(`WeChat shows: ${/<h1>(.*?)<\/h1>/.exec(body)?.[1] ?? body}`);
  }
  return Object.fromEntries(new URL(url).searchParams);
}

/** What the account said last in her chat. */
function said({ chat }: User): unknown {
  return chat.findLast(({ from }) => from === "account")?.content;
}
