import { createReadStream, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { type Client, createClient } from "../../../src/api/client.js";
import { WechatError } from "../../../src/errors.js";
import type { FileInput } from "../../../src/message/file.js";
import { MemoryStore } from "../../../src/store/memory.js";
import { RedisStore } from "../../../src/store/redis/redis.js";
import type { Store } from "../../../src/store/store.js";
import {
  type ApiServer,
  type Call,
  type Respond,
  startApiServer,
} from "../../support/api-server.js";
import { type RedisServer, startRedis } from "../../support/redis.js";

const hour = 3_600_000;
const png = Buffer.from("\x89PNG\r\n\x1a\n-a-picture-", "latin1");
const jpg = Buffer.from("\xff\xd8\xff\xe0-a-thumb-", "latin1");
const mp3 = Buffer.from("ID3-a-voice-", "latin1");
const mp4 = Buffer.from("\0\0\0\x18ftypisom-a-video-", "latin1");

describe("api.media.idOf(): files where a media id goes", () => {
  let server: ApiServer;
  let folder: string;
  let path: string;
  let uploads: { type: string; filename: string }[];
  let sent: Record<string, Record<string, unknown>>[];
  let forgotten: Set<string>;
  let now: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "koa-wx-"));
    path = join(folder, "picture.png");
    await writeFile(path, png);
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    server = await startApiServer();
    uploads = [];
    sent = [];
    forgotten = new Set();
    now = 1_700_000_000_000;
    const upload: Respond = async ({ path: place, query: { type = "" }, headers, body }) => {
      const form = await new Response(new Uint8Array(body), {
        headers: { "content-type": String(headers["content-type"]) },
      }).formData();
      uploads.push({ type, filename: (form.get("media") as File).name });
      const id = `ID${uploads.length}`;
      // Long enough for others to come in between.
      await sleep(20);
      const isThumb = type === "thumb" && place.includes("media/upload");
      return { type, [isThumb ? "thumb_media_id" : "media_id"]: id, created_at: 1 };
    };
    server.on("/cgi-bin/media/upload", upload);
    server.on("/cgi-bin/material/add_material", upload);
    server.on("/cgi-bin/message/custom/send", ({ body }: Call) => {
      const message = JSON.parse(body.toString());
      const { media_id, thumb_media_id } = message[message.msgtype];
      if (forgotten.has(media_id) || forgotten.has(thumb_media_id)) {
        return { errcode: 40007, errmsg: "invalid media_id" };
      }
      sent.push(message);
      return { errcode: 0, errmsg: "ok" };
    });
  });
  afterEach(() => server.close());

  const clientOf = (store: Store = new MemoryStore(), appId = "wx1"): Client =>
    createClient({
      appId,
      store,
      baseUrl: server.url,
      tokenProvider: async () => "T",
      now: () => now,
    });

  const forms: Readonly<Record<string, () => FileInput>> = {
    "a path": () => path,
    bytes: () => png,
    "a Blob": () => new Blob([png]),
    "a stream": () => createReadStream(path),
    "a web stream": () => new Blob([png]).stream() as never,
    "a file with a name": () => ({ data: png, filename: "own.png" }),
  };

  it("are uploaded once for their content, in whatever form they come", async () => {
    const api = clientOf();
    const ids = new Set<string>();
    for (const form of Object.values(forms)) ids.add(await api.media.idOf("image", form()));
    expect([...ids]).to.deep.equal(["ID1"]);
    expect(await api.media.idOf("image", jpg)).to.equal("ID2");
    expect(await api.media.idOf("thumb", jpg)).to.equal("ID3");
    expect(uploads.map(({ type }) => type)).to.deep.equal(["image", "image", "thumb"]);
  });

  it("are uploaded with a name that says what they are", async () => {
    const api = clientOf();
    await api.media.idOf("image", { data: png, filename: "photo" });
    await api.media.idOf("image", { data: jpg, filename: "wrong.png" });
    await api.media.idOf("voice", mp3);
    expect(uploads.map(({ filename }) => filename)).to.deep.equal([
      "photo.png",
      "media.jpg",
      "media.mp3",
    ]);
  });

  it("are uploaded for each account", async () => {
    const store = new MemoryStore();
    const accounts = [clientOf(store, "wx1"), clientOf(store, "wx2")];
    const ids = await Promise.all(accounts.map((api) => api.media.idOf("image", png)));
    expect(new Set(ids).size).to.equal(2);
    expect(await clientOf(store, "wx1").media.idOf("image", png)).to.equal(ids[0]);
  });

  describe("in two processes on one Redis", () => {
    let redis: RedisServer;
    let clients: Redis[];
    before(async () => {
      redis = await startRedis();
    });
    after(() => redis.stop());
    beforeEach(async () => {
      await redis.command("FLUSHALL");
      clients = [new Redis(redis.port), new Redis(redis.port)];
    });
    afterEach(() => {
      for (const client of clients) client.disconnect();
    });

    it("are uploaded once for a hundred messages, and once more after 73 hours", async () => {
      const bots = clients.map((client) => clientOf(new RedisStore(client)));
      const send = (at: number) =>
        (bots[at % 2] as Client).customerService.sendImage("o1", { file: path });
      await Promise.all(Array.from({ length: 100 }, (_, at) => send(at)));
      expect(uploads).to.have.length(1);
      expect(sent).to.have.length(100);
      expect(new Set(sent.map(({ image }) => image?.media_id))).to.deep.equal(new Set(["ID1"]));
      now += 73 * hour;
      await Promise.all(Array.from({ length: 10 }, (_, at) => send(at)));
      expect(uploads).to.have.length(2);
      expect(sent.at(-1)?.image).to.deep.equal({ media_id: "ID2" });
    });

    it("are uploaded once more after 40007, and the user notices nothing", async () => {
      const [one, other] = clients.map((client) => clientOf(new RedisStore(client)));
      await one?.customerService.sendImage("o1", { file: png });
      await other?.customerService.sendImage("o1", { file: png });
      forgotten.add("ID1");
      const again = [one, other, one].map((api) =>
        api?.customerService.sendImage("o1", { file: png }),
      );
      await Promise.all(again);
      expect(uploads).to.have.length(2);
      expect(sent.map(({ image }) => image?.media_id)).to.deep.equal([
        "ID1",
        "ID1",
        "ID2",
        "ID2",
        "ID2",
      ]);
    });
  });

  it("are uploaded again after 40007 for a message that was built before", async () => {
    const api = clientOf();
    const [video, thumb] = [await api.media.idOf("video", mp4), await api.media.idOf("thumb", jpg)];
    forgotten.add(thumb);
    await api.customerService.sendVideo("o1", { media_id: video, thumb_media_id: thumb });
    expect(sent.at(-1)?.video?.thumb_media_id).to.equal("ID4");
    forgotten.add("of somebody else");
    const refused = api.customerService.sendImage("o1", "of somebody else").then(() => undefined);
    expect(await refused.catch((error) => error.errcode)).to.equal(40007);
  });

  it("are sent as covers, too", async () => {
    const { customerService } = clientOf();
    await customerService.sendMusic("o1", { title: "t", thumb_media_id: { file: jpg } });
    await customerService.sendVideo("o1", {
      media_id: { file: mp4 },
      thumb_media_id: { file: jpg },
    });
    await customerService.sendVoice("o1", { file: mp3 });
    expect(sent.map(({ music, video, voice }) => music ?? video ?? voice)).to.deep.equal([
      { title: "t", thumb_media_id: "ID1" },
      { media_id: "ID2", thumb_media_id: "ID1" },
      { media_id: "ID3" },
    ]);
  });

  it("are kept for good where they are permanent, once for each content", async () => {
    const api = clientOf();
    const about = { title: "片", introduction: "介绍" };
    const first = await api.material.idOf("image", png);
    const video = await api.material.idOf("video", mp4, about);
    now += 400 * 24 * hour;
    expect(await api.material.idOf("image", png)).to.equal(first);
    expect(await api.material.idOf("video", mp4, about)).to.equal(video);
    expect(uploads).to.have.length(2);
    await api.customerService.sendImage("o1", { file: png, permanent: true });
    expect(uploads).to.have.length(2);
    expect(server.calls.some(({ path }) => path === "/cgi-bin/material/add_material")).to.equal(
      true,
    );
  });

  describe("that cannot be sent", () => {
    const html = Buffer.from("<!DOCTYPE html><title>502</title>");
    const broken = () =>
      Readable.from(
        (function* () {
          yield png;
          throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
        })(),
      );
    const bad: readonly [string, Parameters<Client["media"]["idOf"]>[0], () => unknown, RegExp][] =
      [
        [
          "too large",
          "image",
          () => Buffer.concat([png, Buffer.alloc(10 * 1024 * 1024)]),
          /sent as image: it is too large\. WeChat takes PNG, JPG, GIF of at most 10 MB/,
        ],
        [
          "a stream that is too large",
          "thumb",
          () => Readable.from([jpg, Buffer.alloc(70_000)]),
          /sent as thumb: it is too large.*JPG of at most 64 KB/,
        ],
        [
          "an endless stream",
          "voice",
          () =>
            Readable.from(
              (function* () {
                for (;;) yield Buffer.alloc(65_536);
              })(),
            ),
          /at most 2 MB and 60 seconds/,
        ],
        [
          "of a wrong type",
          "voice",
          () => Buffer.from("RIFF\0\0\0\0WAVEfmt "),
          /sent as voice: it is WAV\. WeChat takes AMR, MP3/,
        ],
        [
          "a picture for a video",
          "video",
          () => png,
          /sent as video: it is PNG\. WeChat takes MP4/,
        ],
        ["empty", "image", () => Buffer.alloc(0), /it is empty/],
        [
          "a page of HTML that is called a picture",
          "image",
          () => ({ data: html, filename: "a.png" }),
          /it is a page of HTML/,
        ],
        ["an answer in JSON", "image", () => Buffer.from('{"errcode":40001}'), /it is JSON/],
        [
          "not there",
          "image",
          () => join(folder, "none.png"),
          /none\.png", cannot be read \(ENOENT\)/,
        ],
        ["a folder", "image", () => folder, /\(EISDIR\)\. It is a folder/],
        ["an address", "image", () => "https://example.com/a.png", /Addresses are not fetched/],
        [
          "a stream that breaks off",
          "image",
          broken,
          /broke off \(ECONNRESET\), so nothing was sent/,
        ],
        ["no file", "image", () => 42, /must be a path, a Buffer, a Blob, a stream/],
      ];
    const open = () => readdirSync("/proc/self/fd").length;
    for (const [what, type, file, sentence] of bad) {
      it(`are refused with a sentence before a byte is sent: ${what}`, async () => {
        const api = clientOf();
        // The connection and the caches of a first call are no handles that are left open.
        await api.media.idOf("image", png);
        const before = open();
        const calls = server.calls.length;
        const refused = await api.media.idOf(type, file() as FileInput).catch((error) => error);
        expect(refused).to.be.instanceOf(WechatError);
        expect(refused.message).to.match(sentence);
        expect(server.calls).to.have.length(calls);
        await sleep(20);
        expect(open()).to.be.at.most(before);
      });
    }
  });
});
