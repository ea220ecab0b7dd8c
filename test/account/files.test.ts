import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { reply, session, Wechat } from "koa-wx";
import type { Phone } from "koa-wx/testing";
import { textOf } from "../plugins/support.js";
import { signedQuery } from "../support/push.js";
import { useRedis } from "../support/redis-store.js";
import { account, phones } from "../testing/bots.js";

const png = Buffer.from("\x89PNG\r\n\x1a\n-drawn-", "latin1");
const jpg = Buffer.from("\xff\xd8\xff\xe0-cover-", "latin1");
const mp3 = Buffer.from("ID3-spoken-", "latin1");
const mp4 = Buffer.from("\0\0\0\x18ftypisom-filmed-", "latin1");
const upload = "media/upload";

describe("reply.image({ file }): files in answers", () => {
  const { forBot } = phones();

  /** What the user sees: the bytes of the file that came. */
  const seen = (phone: Phone, mediaId: string) => phone.api.media(mediaId)?.data;

  it("are uploaded and answered passively: pictures, voices, videos and covers", async () => {
    const phone = await forBot((wx) => {
      wx.onText("画", () => reply.image({ file: png }));
      wx.onText("说", () => reply.voice({ file: mp3 }));
      wx.onText("拍", () => reply.video({ file: mp4 }, { title: "片" }));
      wx.onText("唱", () => reply.music({ title: "曲", thumbMediaId: { file: jpg } }));
      wx.onText("留", () => reply.image({ file: png, permanent: true }));
    });
    const alice = phone.user("alice");
    const wanted = { 画: png, 说: mp3, 拍: mp4, 唱: jpg, 留: png };
    for (const [word, file] of Object.entries(wanted)) {
      const { reply: content, attempts } = await alice.sends(word);
      expect(attempts).to.equal(1);
      const { mediaId, thumbMediaId } = content as { mediaId?: string; thumbMediaId?: string };
      expect(seen(phone, mediaId ?? thumbMediaId ?? ""), word).to.deep.equal(file);
    }
    expect(phone.api.calls(upload)).to.have.length(4);
    expect(phone.api.calls("material/add_material")).to.have.length(1);
  });

  it("are uploaded for ctx.send(), late answers and placeholders", async function () {
    this.timeout(30_000);
    const phone = await forBot(
      (wx) =>
        wx.on("text", async (ctx) => {
          await ctx.send(reply.image({ file: png }));
          await sleep(6_000);
          return reply.voice({ file: mp3 });
        }),
      // Time enough to upload the placeholder, also on a busy machine.
      { patience: 1_500 },
      { deadline: { ms: 900, onTimeout: () => reply.image({ file: jpg }) } },
    );
    const answer = await phone.user("alice").sends("?");
    const contents = [answer.reply, await answer.late(), await answer.late()] as {
      mediaId: string;
    }[];
    expect(contents.map(({ mediaId }) => seen(phone, mediaId))).to.have.deep.members([
      jpg,
      png,
      mp3,
    ]);
  });

  it("are uploaded once more when WeChat has forgotten them, which the user does not notice", async () => {
    const phone = await forBot((wx) =>
      wx.on("text", (ctx) => ctx.send(reply.image({ file: png }))),
    );
    const alice = phone.user("alice");
    await (await alice.sends("1")).late();
    phone.api.fails("message/custom/send", 40007, 1);
    const content = await (await alice.sends("2")).late();
    expect(seen(phone, (content as { mediaId: string }).mediaId)).to.deep.equal(png);
    expect(phone.api.calls(upload)).to.have.length(2);
  });

  it("that cannot be sent go to wx.catch with the rule, whose words the user reads", async () => {
    const errors: Error[] = [];
    const phone = await forBot((wx) => {
      wx.onText("html", () => reply.image({ file: Buffer.from("<html>502") }));
      wx.onText("none", async () => reply.image({ file: "/no/such/file.png" }));
      wx.onText("send", async (ctx) => {
        await ctx.send(reply.voice({ file: png }));
      });
      wx.catch((error) => {
        errors.push(error);
        return "画不出来。";
      });
    });
    for (const word of ["html", "none", "send"]) {
      expect((await phone.user("alice").sends(word)).text).to.equal("画不出来。");
    }
    expect(errors.map(({ message }) => message)).to.satisfy(([html, none, voice]: string[]) =>
      [
        /a page of HTML/.test(html ?? ""),
        /ENOENT/.test(none ?? ""),
        /it is PNG/.test(voice ?? ""),
      ].every(Boolean),
    );
    expect(phone.api.calls(upload)).to.have.length(0);
  });

  it("need an AppSecret, and say so", async () => {
    const errors: Error[] = [];
    const phone = await forBot(
      (wx) => {
        wx.on("text", () => reply.image({ file: png }));
        wx.catch((error) => {
          errors.push(error);
          return "没有图。";
        });
      },
      {},
      { appSecret: undefined } as never,
    );
    expect((await phone.user("alice").sends("?")).text).to.equal("没有图。");
    expect(errors[0]?.message).to.match(/"appId" and "appSecret"/);
  });

  it("cannot come from a hook, which is told how to give the id", async () => {
    const errors: Error[] = [];
    const phone = await forBot((wx) => {
      wx.outgoing((() => reply.image({ file: png })) as never);
      wx.on("text", () => "hi");
      wx.catch((error) => void errors.push(error));
    });
    await phone.user("alice").sends("?");
    expect(errors[0]?.message).to.match(/api\.media\.idOf\("image", file\)/);
  });

  describe("of two processes on one Redis", () => {
    const redis = useRedis();

    it("are uploaded once however often they are answered, also with a session, and again after 73 hours", async () => {
      let ahead = 0;
      const draw = (wx: Wechat) =>
        wx.use(session({ initial: () => ({ count: 0 }) })).on("text", (ctx) => {
          ctx.session.count += 1;
          return reply.image({ file: png });
        });
      const options = () => {
        return {
          store: redis.store(),
          maxAge: 400 * 3_600,
          now: () => Date.now() + ahead,
        };
      };
      const first = await forBot(draw, {}, options());
      // Another process of the same account, behind the same WeChat.
      const other = draw(new Wechat({ ...account, api: { baseUrl: first.url }, ...options() }));
      const ask = async (user: string) => {
        const query = signedQuery({}, account.token);
        const { body } = await other.receive({ method: "POST", query, body: textOf(user, "画") });
        expect(body).to.include("MediaId");
      };
      const alice = first.user("alice");
      for (let count = 0; count < 50; count += 1) {
        const content = (await alice.sends("画")).reply as { mediaId: string };
        expect(seen(first, content.mediaId)).to.deep.equal(png);
      }
      await Promise.all(Array.from({ length: 50 }, (_, at) => ask(`user${at}`)));
      expect(first.api.calls(upload)).to.have.length(1);
      for (const key of (await redis.command("KEYS", "*")) as string[]) {
        const isString = (await redis.command("TYPE", key)) === "string";
        if (isString) expect(await redis.command("GET", key), key).not.to.include("Buffer");
      }
      ahead = 73 * 3_600_000;
      await ask("bob");
      await ask("bob");
      expect(first.api.calls(upload)).to.have.length(2);
      await other.close();
    });
  });
});

describe("ctx.file()", () => {
  const { forBot } = phones();

  it("gives the bytes, kind and name of a picture, a voice and a video, fetched once", async () => {
    const files: unknown[] = [];
    const phone = await forBot((wx) =>
      wx.on(["image", "voice", "video"], async (ctx) => {
        const [file, again] = await Promise.all([ctx.file(), ctx.file()]);
        expect(again).to.equal(file);
        files.push([file.data, file.contentType, /\.\w+$/.exec(file.filename)?.[0]]);
        return "ok";
      }),
    );
    const alice = phone.user("alice");
    const amr = Buffer.from("#!AMR\n-voice-");
    expect((await alice.sendsImage(png)).text).to.equal("ok");
    expect((await alice.sendsVoice("你好", amr)).text).to.equal("ok");
    expect((await alice.sendsVideo(mp4)).text).to.equal("ok");
    expect(files).to.deep.equal([
      [png, "image/png", ".png"],
      [amr, "audio/amr", ".amr"],
      [mp4, "video/mp4", ".mp4"],
    ]);
    expect(phone.api.calls("media/get")).to.have.length(3);
  });

  it("takes the voice in 16 kHz where there is one", async () => {
    const phone = await forBot((wx) =>
      wx.on("voice", async (ctx) => String((await ctx.file()).data)),
    );
    for (const [mediaId, text] of Object.entries({
      good: "#!AMR-WB\nbetter",
      bad: "#!AMR\nplain",
    })) {
      phone.api.addMedia({ mediaId, type: "voice", data: Buffer.from(text), permanent: false });
    }
    const ids = { MediaId: "bad", Format: "amr" };
    const alice = phone.user("alice");
    const both = await alice.pushes({ MsgType: "voice", ...ids, MediaId16K: "good" });
    expect(both.text).to.equal("#!AMR-WB\nbetter");
    const gone = await alice.pushes({ MsgType: "voice", ...ids, MediaId16K: "gone" });
    expect(gone.text).to.equal("#!AMR\nplain");
  });

  it("refuses what is longer than the limit, and says what has no file", async () => {
    const said: string[] = [];
    const phone = await forBot((wx) => {
      wx.on(["image", "video"], (ctx) => ctx.file({ limit: 10 }).then(() => "read"));
      wx.on("text", (ctx) => ctx.file().then(() => "read"));
      wx.catch((error) => {
        said.push(error.message);
        return "太大";
      });
    });
    const alice = phone.user("alice");
    expect((await alice.sendsImage(png)).text).to.equal("太大");
    expect((await alice.sendsVideo(mp4)).text).to.equal("太大");
    expect((await alice.sends("hi")).text).to.equal("太大");
    expect(said[0]).to.match(/longer than the 10 bytes that are read/);
    expect(said[1]).to.match(/longer than the 10 bytes that are read/);
    expect(said[2]).to.match(/and this is "text"/);
  });
});
