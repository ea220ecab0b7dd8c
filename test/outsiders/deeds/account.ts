import { createHash } from "node:crypto";
import { expect } from "chai";
import type { Deed } from "../stage.js";

const page = "https://bot.example.com/page?from=singlemessage";
const menu = {
  button: [
    { type: "click", name: "今日歌曲", key: "V1001_TODAY_MUSIC" },
    { name: "菜单", sub_button: [{ type: "view", name: "搜索", url: "http://www.soso.com/" }] },
  ],
};

/** What is the account's own. */
export const accountDeeds: readonly Deed[] = [
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
    name: "a conditional menu: added, matched, deleted",
    asks: ["createMenu", "addConditional", "tryMenu", "deleteConditional", "deleteMenu"],
    async run({ client, phone, alice }) {
      await client.ask("createMenu", menu);
      const tag_id = "2"; // 星标组, which every account has.
      const id = await client.ask("addConditional", { ...menu, matchrule: { tag_id } });
      expect(phone.export().menu.conditional).to.have.lengthOf(1);
      expect(await client.ask("tryMenu", alice.openid)).to.equal("今日歌曲");
      await client.ask("deleteConditional", id);
      expect(phone.export().menu.conditional).to.deep.equal([]);
      await client.ask("deleteMenu");
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
    name: "QR code for good, by number",
    asks: ["permanentQrcode"],
    async run({ client, alice }) {
      const ticket = await client.ask("permanentQrcode", 123);
      expect((await alice.scans(123)).text).to.equal(`123 ${ticket}`);
    },
  },
  {
    name: "WeChat's addresses",
    asks: ["addresses"],
    async run({ client }) {
      expect(await client.ask("addresses")).to.be.an("array").and.not.empty;
    },
  },
  {
    name: "statistics of a week",
    asks: ["userSummary"],
    async run({ client }) {
      expect(await client.ask("userSummary", "2024-12-02", "2024-12-08")).to.deep.equal([]);
    },
  },
  {
    name: "somebody of customer service: added, listed",
    asks: ["addAgent", "agents"],
    async run({ client }) {
      await client.ask("addAgent", "test1@test", "客服1");
      expect(await client.ask("agents")).to.deep.equal(["test1@test"]);
    },
  },
  {
    name: "somebody of customer service: removed",
    asks: ["addAgent", "removeAgent"],
    async run({ client }) {
      await client.ask("addAgent", "test2@test", "客服2");
      await client.ask("removeAgent", "test2@test");
      await client.ask("addAgent", "test2@test", "客服2"); // which is refused while there is one
    },
  },
  {
    name: "a draft: added, read, published",
    asks: ["addMaterial", "addDraft", "getDraft", "publish", "deleteMaterial"],
    async run({ client, files }) {
      const thumb_media_id = await client.ask("addMaterial", files.image);
      const article = { title: "标题", content: "<p>正文</p>", thumb_media_id };
      const id = await client.ask("addDraft", [article]);
      expect(await client.ask("getDraft", id)).to.deep.equal(["标题"]);
      expect(await client.ask("publish", id)).to.match(/^\d+$/);
      await client.ask("deleteMaterial", thumb_media_id);
    },
  },
];
