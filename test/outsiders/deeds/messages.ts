import { expect } from "chai";
import type { User } from "koa-wx/testing";
import type { Deed } from "../stage.js";

const page = "https://bot.example.com/page?from=singlemessage";
const song = "http://a.example/1.mp3";

/** What is sent to users. */
export const messageDeeds: readonly Deed[] = [
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
    async run({ client, alice, files }) {
      const mediaId = await client.ask("upload", files.image, "image");
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
    name: "customer-service voice, video and music",
    asks: ["voice", "video", "music", "upload"],
    async run({ client, alice, files }) {
      await alice.sends("hi");
      const voice = await client.ask("upload", files.voice, "voice");
      await client.ask("voice", alice.openid, voice);
      expect(said(alice)).to.deep.equal({ type: "voice", mediaId: voice });
      const video = await client.ask("upload", files.video, "video");
      const thumb = await client.ask("upload", files.thumb, "thumb");
      await client.ask("video", alice.openid, video, thumb);
      expect(said(alice)).to.deep.equal({ type: "video", mediaId: video });
      await client.ask("music", alice.openid, song, thumb);
      expect(said(alice)).to.deep.include({ type: "music", url: song, thumbMediaId: thumb });
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
    name: "templates listed, one deleted",
    asks: ["addTemplate", "templates", "deleteTemplate"],
    async run({ client }) {
      const id = await client.ask("addTemplate", "OPENTM206482867");
      expect(await client.ask("templates")).to.include(id);
      await client.ask("deleteTemplate", id);
      expect(await client.ask("templates")).to.not.include(id);
    },
  },
  {
    name: "mass text",
    asks: ["massText", "massStatus"],
    async run({ client, phone, alice }) {
      const bob = phone.user("bob");
      await bob.follows();
      const id = await client.ask("massText", "群发", [alice.openid, bob.openid]);
      expect([said(alice), said(bob)]).to.deep.equal(
        Array(2).fill({ type: "text", content: "群发" }),
      );
      expect(await client.ask("massStatus", id)).to.equal("SEND_SUCCESS");
    },
  },
  {
    name: "mass preview",
    asks: ["preview"],
    async run({ client, alice }) {
      await client.ask("preview", alice.openid, "预览");
      expect(said(alice)).to.deep.equal({ type: "text", content: "预览" });
    },
  },
];

/** What the account said last in her chat. */
function said({ chat }: User): unknown {
  return chat.findLast(({ from }) => from === "account")?.content;
}
