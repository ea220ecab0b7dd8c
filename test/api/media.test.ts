import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ApiError } from "../../src/api/api-error.js";
import { Areas } from "../../src/api/areas.js";
import { Caller } from "../../src/api/caller.js";

describe("Files", () => {
  let form: FormData | undefined;
  let respond: (response: ServerResponse) => void;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const type = request.headers["content-type"] ?? "";
    form = type.startsWith("multipart/")
      ? await new Response(Buffer.concat(chunks), { headers: { "Content-Type": type } }).formData()
      : undefined;
    respond(response);
  });
  let api: Areas;
  let folder: string;
  let path: string;
  const png = Buffer.from("\x89PNG\r\n\x1a\n\0--not-a-boundary\r\n", "latin1");

  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const caller = new Caller({ baseUrl: `http://127.0.0.1:${port}` }, { get: async () => "T" });
    api = new Areas(caller, { appId: "wx1", appSecret: "s" });
    folder = await mkdtemp(join(tmpdir(), "koa-wx-"));
    path = join(folder, "你好.png");
    await writeFile(path, png);
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  const kinds = {
    "by their path": () => path,
    "as a Buffer, whose kind is recognised": () => png,
    "as a Blob": () => new Blob([png]),
    "as a stream of a file": () => createReadStream(path),
    "with a name of one's own": () => ({ data: png, filename: "own.png" }),
  };
  for (const [how, file] of Object.entries(kinds)) {
    it(`are uploaded ${how}`, async () => {
      respond = (response) =>
        response.end('{"type":"image","media_id":"MEDIA_ID","created_at":123456789}');
      const { media_id } = await api.media.upload("image", file());
      expect(media_id).to.equal("MEDIA_ID");
      const part = form?.get("media") as File;
      expect(Buffer.from(await part.arrayBuffer())).to.deep.equal(png);
      expect(part.name).to.match(/\.png$/);
      expect(part.type).to.equal("image/png");
    });
  }

  it("come down as streams, with their name and kind", async () => {
    respond = (response) =>
      response
        .setHeader("Content-Type", "image/png")
        .setHeader("Content-Disposition", 'attachment; filename="MEDIA_ID.png"')
        .end(png);
    const media = await api.media.get("MEDIA_ID");
    if ("video_url" in media) throw new Error("A picture is no video");
    expect(media.filename).to.equal("MEDIA_ID.png");
    expect(media.contentType).to.equal("image/png");
    expect(await media.buffer()).to.deep.equal(png);
  });

  it("of JS-SDK recordings come down too", async () => {
    respond = (response) => response.setHeader("Content-Type", "voice/speex").end("SPEEX");
    const voice = await api.media.getVoice("MEDIA_ID");
    expect((await voice.buffer()).toString()).to.equal("SPEEX");
  });

  it("of permanent material come down as streams", async () => {
    respond = (response) => response.setHeader("Content-Type", "image/png").end(png);
    const material = await api.material.get("MEDIA_ID");
    if ("news_item" in material || "down_url" in material) throw new Error("It is a picture");
    expect(await material.buffer()).to.deep.equal(png);
  });

  it("that are videos are an address, even when WeChat calls the JSON text", async () => {
    respond = (response) =>
      response.setHeader("Content-Type", "text/plain").end('{"video_url":"DOWN_URL"}');
    const media = await api.media.get("VIDEO");
    expect("video_url" in media && media.video_url).to.equal("DOWN_URL");
  });

  it("that do not exist are an ApiError", async () => {
    respond = (response) =>
      response
        .setHeader("Content-Type", "text/plain")
        .end('{"errcode":40007,"errmsg":"invalid media_id rid: 1-2-3"}');
    const error = await api.media.get("NONE").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiError);
    expect((error as ApiError).errcode).to.equal(40007);
  });
});
