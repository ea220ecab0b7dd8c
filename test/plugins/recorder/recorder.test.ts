import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { Wechat } from "koa-wx";
import { type RecorderOptions, recorder } from "../../../src/plugins/recorder/recorder.js";
import { Redactor } from "../../../src/plugins/recorder/redact.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { parseXml } from "../../../src/wire/xml/xml.js";
import { account, signedQuery, textXml } from "../../support/push.js";

const openid = "ogdotwSc_MmEEsJs9-ABZ1QL_4r4";

const push = (fields: string) =>
  `<xml><ToUserName><![CDATA[gh_866835093fea]]></ToUserName><FromUserName><![CDATA[${openid}]]></FromUserName><CreateTime>1348831860</CreateTime>${fields}</xml>`;

describe("recorder()", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-recorder-"));
    file = join(folder, "pushes.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Sends bodies to a bot that records, and returns the recorded pushes. */
  async function record(bodies: readonly string[], options: Partial<RecorderOptions> = {}) {
    const wx = new Wechat({ token: account.token });
    wx.use(recorder({ file, ...options }));
    wx.on("text", (ctx) => ctx.text);
    for (const body of bodies) {
      const { status } = await wx.receive({ method: "POST", query: signedQuery(), body });
      expect(status).to.equal(200);
    }
    return written(bodies.length);
  }

  async function written(count: number): Promise<Record<string, unknown>[]> {
    for (let tries = 0; tries < 200; tries++) {
      try {
        const lines = readFileSync(file, "utf8").trimEnd().split("\n");
        if (lines.length >= count) return lines.map((line) => JSON.parse(line).push);
      } catch {
        // Not there yet.
      }
      await wait(5);
    }
    throw new Error(`There are no ${count} lines.`);
  }

  it("writes a push as one line, with a pseudonym for the user and no signature", async () => {
    const [one] = await record([push("<MsgType>text</MsgType><Content>hi</Content>")]);
    expect(one).to.include({
      ToUserName: "gh_866835093fea",
      CreateTime: "1348831860",
      MsgType: "text",
      Content: "hi",
    });
    expect(one?.FromUserName).to.match(/^o[\w-]{27}$/);
    const source = readFileSync(file, "utf8");
    expect(source).not.to.contain(openid);
    expect(source).not.to.contain("signature");
    expect(Object.keys(JSON.parse(source))).to.deep.equal(["at", "push"]);
    expect(statSync(file).mode & 0o077).to.equal(0);
  });

  it("writes what was encrypted in clear, so that it can be replayed with another key", async () => {
    const wx = new Wechat(account).use(recorder({ file }));
    const query = signedQuery();
    const encrypted = new MessageCipher(account.encodingAESKey, account.appId).encrypt(
      textXml("secret"),
    );
    await wx.receive({
      method: "POST",
      query: {
        ...query,
        encrypt_type: "aes",
        msg_signature: sign(account.token, query.timestamp, query.nonce, encrypted),
      },
      body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
    });
    expect((await written(1))[0]).to.include({ MsgType: "text", Content: "secret" });
  });

  it("writes a push once, however often WeChat delivers it", async () => {
    const body = textXml("once");
    const wx = new Wechat({ token: account.token }).use(recorder({ file })).on("text", () => "ok");
    for (let attempt = 0; attempt < 3; attempt++) {
      await wx.receive({ method: "POST", query: signedQuery(), body });
    }
    await wx.receive({ method: "POST", query: signedQuery(), body: textXml("twice") });
    const pushes = await written(2);
    expect(pushes.map(({ Content }) => Content)).to.deep.equal(["once", "twice"]);
  });

  it("gives the same user the same pseudonym, from start to start only with a salt", async () => {
    const text = (from: string, id: number) =>
      push(`<MsgType>text</MsgType><Content>hi</Content><MsgId>${id}</MsgId>`).replace(
        openid,
        from,
      );
    await record([text("alice", 1), text("alice", 2), text("bob", 3)], { salt: "a" });
    const pushes = await record([text("alice", 4)], { salt: "a" }).then(() => written(4));
    const names = pushes.map(({ FromUserName }) => FromUserName);
    expect(new Set(names).size).to.equal(2);
    expect(names[0]).to.equal(names[1]).and.to.equal(names[3]);
    await record([text("alice", 5)]);
    expect((await written(5))[4]?.FromUserName).not.to.equal(names[0]);
  });

  const odd = push(
    "<MsgType>text</MsgType><Content><![CDATA[我是 Ann，电话 138-1234-5678，ann@example.com，房间 12，https://shop.example/o?id=7#x]]></Content>",
  );

  // Found while mending what `npm run fuzz` found: some of these took two seconds.
  it("takes no longer for texts that are nearly what it looks for", () => {
    const repeated = [
      "a",
      "1",
      "1    ",
      "1 . ",
      "@",
      "a@",
      "?",
      "&a",
      "www.",
      ".a",
      "http://",
      "一、",
    ];
    for (const text of repeated.map((word) => word.repeat(65_536 / word.length))) {
      const begun = performance.now();
      new Redactor("numbers", "salt").redact(
        parseXml(`<xml><Content><![CDATA[${text}]]></Content></xml>`),
      );
      expect(performance.now() - begun).to.be.lessThan(250);
    }
  });

  it("takes long numbers, e-mail addresses and queries out of texts", async () => {
    const [one] = await record([odd]);
    expect(one?.Content).to.equal(
      "我是 Ann，电话 000-0000-0000，●@●，房间 12，https://shop.example/o",
    );
  });

  for (const text of [
    "13800138000",
    "１３８００１３８０００",
    "138 0013 8000",
    "138　0013　8000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "+86 138-0013-8000",
    "(+86)138.0013.8000",
    "+86（138）0013—8000",
    "138\u200b0013\u200b8000",
    "138\n0013\n8000",
    "一三八〇〇一三八〇〇〇",
    "幺三八零零幺三八零零零",
    "壹叁捌零零壹叁捌零零零",
    "①③⑧⓪⓪①③⑧⓪⓪⓪",
    "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣",
    "١٣٨٠٠١٣٨٠٠٠",
    "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
    "11010119900307123X",
    "6222 0212 3456 7890 123",
  ]) {
    it(`takes a number out, however it is written: ${JSON.stringify(text)}`, () => {
      const element = parseXml("<xml><Content>x</Content></xml>");
      const pushed = { ...element, Content: `电话${text}，房间 12` };
      const { Content } = new Redactor("numbers", "salt").redact(pushed);
      expect(Content).to.match(/，房间 12$/);
      const number = String(Content).slice(2, -6);
      expect(number).not.to.match(/[1-9一二三四五六七八九壹叁捌幺①③⑧]/u);
      expect(number.match(/[^0X]/gu)?.join("") ?? "").not.to.match(/\p{N}/u);
    });
  }

  for (const [text, left] of [
    ["ann@example.com", "●@●"],
    ["写信到：ann.b+c@mail.example.com。谢谢", "写信到：●@●。谢谢"],
    ["ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "●@●"],
    ["张三@例子.中国", "●@●"],
    ["https://shop.example/o?token=abc#x", "https://shop.example/o"],
    ["shop.example/o?token=abc", "shop.example/o"],
    ["www.shop.example?t=1", "www.shop.example"],
    ["weixin://dl/business/?t=abc", "weixin://dl/business/"],
    ["shop.example/o？token＝abc", "shop.example/o"],
    ["真的吗?是的", "真的吗?是的"],
    ["2 + 3 = 5", "2 + 3 = 5"],
    ["会议 12:30，第 3 次", "会议 12:30，第 3 次"],
  ] as const) {
    it(`leaves ${JSON.stringify(left)} of ${JSON.stringify(text)}`, () => {
      const element = parseXml("<xml><Content>x</Content></xml>");
      const { Content } = new Redactor("numbers", "salt").redact({ ...element, Content: text });
      expect(Content).to.equal(left);
    });
  }

  it("blanks texts altogether, or leaves them alone, if asked", async () => {
    await record([odd], { mask: "text" });
    await record([odd], { mask: "none" });
    const [blanked, left] = await written(2);
    expect(blanked?.Content).to.match(/^●● ●●●，●● ●●●-●●●●-●●●●，/);
    expect(left?.Content).to.contain("138-1234-5678");
  });

  it("replaces pictures, media, tickets and exact places", async () => {
    const [image, location, scan, sent] = await record([
      push(
        "<MsgType>image</MsgType><PicUrl>http://mmbiz.qpic.cn/mmbiz/secret/0</PicUrl><MediaId>secret</MediaId><MsgId>1</MsgId>",
      ),
      push(
        "<MsgType>location</MsgType><Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>广州市</Label><MsgId>2</MsgId>",
      ),
      push(
        "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>1001</EventKey><Ticket>secret</Ticket>",
      ),
      push(
        "<MsgType>event</MsgType><Event>pic_photo_or_album</Event><EventKey>k</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>secret</PicMd5Sum></item><item><PicMd5Sum>secret</PicMd5Sum></item></PicList></SendPicsInfo>",
      ),
    ]);
    expect(readFileSync(file, "utf8")).not.to.contain("secret");
    expect(image?.PicUrl).to.match(/^http:\/\/mmbiz\.qpic\.cn\/mmbiz\/[\w-]{28}\/0$/);
    expect(location).to.include({ Location_X: "23.1", Location_Y: "113.4", Label: "●●●" });
    expect(scan).to.include({ Event: "SCAN", EventKey: "1001" });
    expect(sent?.SendPicsInfo).to.have.property("Count", "2");
  });

  it("stops at its limit, and when it cannot write, with one warning", async () => {
    writeFileSync(file, "x".repeat(50));
    for (const options of [{ maxBytes: 60 }, { file: join(folder, "nowhere", "file") }]) {
      const wx = new Wechat({ token: account.token }).use(recorder({ file, ...options }));
      const warned = once(process, "warning");
      for (let count = 0; count < 2; count++) {
        const body = textXml("hi");
        const answer = await wx.receive({ method: "POST", query: signedQuery(), body });
        expect(answer.body).to.equal("success");
      }
      const [warning] = await warned;
      expect(warning.code).to.equal("WX_RECORDER");
      expect(warning.message).to.match(/maxBytes|ENOENT/);
    }
    expect(statSync(file).size).to.equal(50);
  });

  it("refuses options that it does not understand", () => {
    for (const [options, says] of [
      [{}, '"file"'],
      [{ file, mask: "all" }, '"mask"'],
      [{ file, salt: "" }, '"salt"'],
      [{ file, maxBytes: 0 }, '"maxBytes"'],
    ] as const) {
      expect(() => recorder(options as unknown as RecorderOptions)).to.throw(says);
    }
  });
});
