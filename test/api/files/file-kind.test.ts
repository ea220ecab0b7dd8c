import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import { type Client, createClient } from "../../../src/api/client.js";
import type { WechatError } from "../../../src/errors.js";
import type { FileInput } from "../../../src/message/file.js";
import { type ApiServer, type Call, startApiServer } from "../../support/api-server.js";

const bytes = (latin1: string) => Buffer.concat([Buffer.from(latin1, "latin1"), Buffer.alloc(40)]);
/** The beginnings of real files, from the formats' own documents. */
const samples: Readonly<Record<string, readonly [string, Buffer]>> = {
  jpg: ["image/jpeg", bytes("\xff\xd8\xff\xe0\0\x10JFIF\0")],
  png: ["image/png", bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")],
  gif: ["image/gif", bytes("GIF89a\x01\0\x01\0")],
  bmp: ["image/bmp", bytes("BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0")],
  webp: ["image/webp", bytes("RIFF\x24\0\0\0WEBPVP8 ")],
  heic: ["image/heic", bytes("\0\0\0\x18ftypheic\0\0\0\0")],
  wav: ["audio/wav", bytes("RIFF\x24\0\0\0WAVEfmt ")],
  amr: ["audio/amr", bytes("#!AMR\n\x3c\x91")],
  mp3: ["audio/mpeg", bytes("\xff\xfb\x90\x64\0")],
  wma: ["audio/x-ms-wma", bytes("\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9")],
  mp4: ["video/mp4", bytes("\0\0\0\x18ftypmp42\0\0\0\0")],
  mov: ["video/quicktime", bytes("\0\0\0\x14ftypqt  \0\0\0\0")],
};
const id3 = bytes("ID3\x03\0\0\0\0\0\0");

describe("api.media.upload(): what is uploaded", () => {
  let server: ApiServer;
  let api: Client;
  let folder: string;
  before(async () => {
    server = await startApiServer();
    server.on("/cgi-bin/media/upload", { media_id: "M" });
    api = createClient({ appId: "wx1", baseUrl: server.url, tokenProvider: async () => "T" });
    folder = await mkdtemp(join(tmpdir(), "koa-wx-"));
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const sent = async (file: FileInput) => {
    await api.media.upload("image", file);
    const { headers, body } = server.calls.at(-1) as Call;
    const type = { "Content-Type": headers["content-type"] as string };
    const part = (await new Response(body, { headers: type }).formData()).get("media") as File;
    return [part.name, part.type];
  };
  const failure = async (work: () => Promise<unknown>) => {
    const calls = server.calls.length;
    const error = await work().catch((error: unknown) => error as WechatError);
    expect(server.calls).to.have.length(calls);
    return error as WechatError;
  };

  for (const [ending, [type, data]] of Object.entries(samples)) {
    it(`is known by its bytes where the name says nothing: ${ending}`, async () => {
      const path = join(folder, "upload_1f3c");
      await writeFile(path, data);
      expect(await sent(path)).to.deep.equal([`upload_1f3c.${ending}`, type]);
      for (const file of [data, new Blob([data]), Readable.from([data])])
        expect(await sent(file)).to.deep.equal([`media.${ending}`, type]);
      expect(await sent({ data, filename: "a.tmp" })).to.deep.equal([`a.tmp.${ending}`, type]);
      const octets = "application/octet-stream";
      const named = { data, filename: "blob", contentType: octets };
      expect(await sent(named)).to.deep.equal([`blob.${ending}`, type]);
    });
  }

  it("is known by its bytes: MP3 with a title", async () => {
    expect(await sent(id3)).to.deep.equal(["media.mp3", "audio/mpeg"]);
  });

  it("is called as it is named, where the name says something", async () => {
    const [, png] = samples.png as readonly [string, Buffer];
    expect(await sent({ data: png, filename: "a.JPG" })).to.deep.equal(["a.JPG", "image/jpeg"]);
    expect(await sent(new File([png], "你好.png"))).to.deep.equal(["你好.png", "image/png"]);
  });

  it("is called as if no name was given, where that is empty", async () => {
    const [, png] = samples.png as readonly [string, Buffer];
    expect(await sent({ data: png, filename: "" })).to.deep.equal(["media.png", "image/png"]);
    expect(await sent({ data: new File([png], "own.png"), filename: "" })).to.deep.equal([
      "own.png",
      "image/png",
    ]);
    const large = new File([png, Buffer.alloc(2_000_000)], "large.png");
    expect((await sent({ data: large, filename: "" }))[0]).to.equal("large.png");
    expect((await sent({ data: Buffer.from("x"), filename: "" }))[0]).to.equal("media.bin");
    expect((await sent(new File([png], "")))[0]).to.equal("media.png");
  });

  it("is called by the type that was given, where nothing else says anything", async () => {
    const data = Buffer.from("who knows");
    const typed = { data, filename: "upload_1", contentType: "image/jpeg; x=y" };
    expect(await sent(typed)).to.deep.equal(["upload_1.jpg", "image/jpeg; x=y"]);
    const blob = new Blob([data], { type: "audio/mpeg" });
    expect(await sent(blob)).to.deep.equal(["media.mp3", "audio/mpeg"]);
    expect(await sent(data)).to.deep.equal(["media.bin", "application/octet-stream"]);
    // Two letters do not make a bitmap.
    expect((await sent(Buffer.from("BMW is a car, and no picture at all")))[0]).to.equal(
      "media.bin",
    );
  });

  it("is not mixed up with its kind", async () => {
    for (const work of [
      () => api.media.upload("./hello.png" as never, "image"),
      () => api.material.add("./hello.png" as never, "image"),
    ]) {
      const { code, message } = await failure(work);
      expect(code).to.equal("WX_CONFIG");
      expect(message)
        .to.match(/swapped: write m\w+\.\w+\("image", …\)/)
        .and.contain("hello.png");
    }
    const wrong = await failure(() => api.media.upload("picture" as never, Buffer.from("x")));
    expect(wrong.message).to.contain('got "picture"').and.not.contain("swapped");
    const bytes = await failure(() => api.media.upload(Buffer.from("x") as never, "image"));
    expect(bytes.message).to.contain("got an object").and.contain("swapped");
  });

  for (const [what, path, words] of [
    ["a file that is not there", "no-such-file.png", /"no-such-file\.png".*ENOENT.*folder/],
    ["a folder", "test", /EISDIR/],
    ["an address", "https://example.com/a.png", /Addresses are not fetched/],
    ["a data URL", `data:image/png;base64,${"A".repeat(5_000)}`, /give it as a Buffer/],
    ["the bytes as a text", "\x89PNG\0\0", /give it as a Buffer/],
  ] as const) {
    it(`says what is wrong with ${what} as a path`, async () => {
      const { code, message } = await failure(() => api.media.upload("image", path));
      expect(code).to.equal("WX_CONFIG");
      expect(message).to.match(words);
      expect(message.length).to.be.lessThan(400);
    });
  }

  it("says what is wrong with what is no file", async () => {
    for (const [file, words] of [
      [undefined, /got undefined/],
      [null, /got null/],
      [42, /got a number/],
      [{}, /got an object\.$/],
      [{ filepath: "/tmp/upload_1", originalFilename: "a.png" }, /give its "filepath"/],
      [{ buffer: Buffer.from("x"), originalname: "a.png" }, /give its "buffer"/],
      [{ data: "text", filename: "a.png" }, /got an object/],
    ] as const) {
      const { code, message } = await failure(() => api.media.upload("image", file as never));
      expect(code).to.equal("WX_CONFIG");
      expect(message).to.match(words);
    }
  });
});

describe("api.drafts: articles", () => {
  let server: ApiServer;
  let api: Client;
  before(async () => {
    server = await startApiServer();
    api = createClient({ appId: "wx1", baseUrl: server.url, tokenProvider: async () => "T" });
  });
  after(() => server.close());
  const article = { title: "题", content: "文", thumb_media_id: "M" };
  const body = (): Record<string, unknown> => JSON.parse(String(server.calls.at(-1)?.body));

  for (const [what, given] of Object.entries({
    "a list": [article],
    "one alone": article,
    "as WeChat's documents write them": { articles: [article] },
    "one, as the documents of the update write it": { articles: article },
  })) {
    it(`are taken as ${what}`, async () => {
      await api.drafts.add(given);
      expect(body()).to.deep.equal({ articles: [article] });
      await api.drafts.update("M", given, 2);
      expect(body()).to.deep.equal({ media_id: "M", index: 2, articles: article });
      await api.mass.uploadNews(given);
      expect(body()).to.deep.equal({ articles: [article] });
      await api.customerService.sendNews("OPENID", given);
      expect(body().news).to.deep.equal({ articles: [article] });
    });
  }

  it("are asked for where there are none", async () => {
    const { length } = server.calls;
    for (const [given, words] of [
      [undefined, /got one with undefined/],
      ["<p>text</p>", /got one with a string/],
      [[], /got an empty one/],
      [[article, null], /got one with null/],
      [{ articles: [] }, /got an empty one/],
      [{ articles: "x" }, /got one with a string/],
    ] as const) {
      for (const add of [
        () => api.drafts.add(given as never),
        () => api.drafts.update("M", given as never),
        () => api.mass.uploadNews(given as never),
        () => api.customerService.sendNews("OPENID", given as never),
      ]) {
        const error = (await add().catch((error: unknown) => error)) as WechatError;
        expect(error.code).to.equal("WX_CONFIG");
        expect(error.message).to.match(words).and.contain("list of articles");
      }
    }
    const two = [article, article];
    const update = await api.drafts.update("M", two).catch(String);
    expect(update).to.contain("replaces one article, got 2");
    const news = await api.customerService.sendNews("OPENID", two).catch(String);
    expect(news).to.contain("sends one article, got 2");
    expect(server.calls).to.have.length(length);
  });

  it("have no list of pictures in a preview", async () => {
    const to = { touser: "OPENID" };
    const images = { msgtype: "image", images: { media_ids: ["M"] } } as const;
    // @ts-expect-error: the preview takes `image`
    const error = await api.mass.preview(to, images).catch(String);
    expect(error).to.contain('image: { media_id: "…" }');
    await api.mass.preview(to, { msgtype: "image", image: { media_id: "M" } });
    expect(body()).to.deep.equal({ ...to, msgtype: "image", image: { media_id: "M" } });
    await api.mass.sendToAll(images);
    expect(body().images).to.deep.equal({ media_ids: ["M"] });
  });
});
