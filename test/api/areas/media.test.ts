import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ApiError } from "../../../src/api/api-error.js";
import { type Client, createClient } from "../../../src/api/client.js";
import { type ApiServer, type Call, startApiServer } from "../../support/api-server.js";

describe("api.media: files", () => {
  let server: ApiServer;
  let api: Client;
  let folder: string;
  let path: string;
  const png = Buffer.from("\x89PNG\r\n\x1a\n\0--not-a-boundary\r\n", "latin1");

  before(async () => {
    server = await startApiServer();
    api = createClient({ appId: "wx1", baseUrl: server.url, tokenProvider: async () => "T" });
    folder = await mkdtemp(join(tmpdir(), "koa-wx-"));
    path = join(folder, "你好.png");
    await writeFile(path, png);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Lets WeChat answer a path with this, whatever it is. */
  function answer(path: string, body: string | Buffer, headers: Record<string, string>) {
    server.on(path, (_call, response) => {
      response.writeHead(200, headers).end(body);
    });
  }

  const kinds = {
    "by their path": () => path,
    "as a Buffer, whose kind is recognised": () => png,
    "as a Blob": () => new Blob([png]),
    "as a stream of a file": () => createReadStream(path),
    "with a name of one's own": () => ({ data: png, filename: "own.png" }),
  };
  for (const [how, file] of Object.entries(kinds)) {
    it(`are uploaded ${how}`, async () => {
      const uploaded = { type: "image", media_id: "MEDIA_ID", created_at: 123456789 };
      server.on("/cgi-bin/media/upload", uploaded);
      const { media_id } = await api.media.upload("image", file());
      expect(media_id).to.equal("MEDIA_ID");
      const { headers, body } = server.calls.at(-1) as Call;
      const type = { "Content-Type": headers["content-type"] as string };
      const form = await new Response(body, { headers: type }).formData();
      const part = form.get("media") as File;
      expect(Buffer.from(await part.arrayBuffer())).to.deep.equal(png);
      expect(part.name).to.match(/\.png$/);
      expect(part.type).to.equal("image/png");
    });
  }

  it("come down as streams, with their name and kind", async () => {
    answer("/cgi-bin/media/get", png, {
      "Content-Type": "image/png",
      "Content-Disposition": 'attachment; filename="MEDIA_ID.png"',
    });
    const media = await api.media.get("MEDIA_ID");
    if ("video_url" in media) throw new Error("A picture is no video");
    expect(media.filename).to.equal("MEDIA_ID.png");
    expect(media.contentType).to.equal("image/png");
    expect(await media.buffer()).to.deep.equal(png);
  });

  it("of JS-SDK recordings come down too", async () => {
    answer("/cgi-bin/media/get/jssdk", "SPEEX", { "Content-Type": "voice/speex" });
    const voice = await api.media.getVoice("MEDIA_ID");
    expect((await voice.buffer()).toString()).to.equal("SPEEX");
  });

  it("of permanent material come down as streams", async () => {
    answer("/cgi-bin/material/get_material", png, { "Content-Type": "image/png" });
    const material = await api.material.get("MEDIA_ID");
    if ("news_item" in material || "down_url" in material) throw new Error("It is a picture");
    expect(await material.buffer()).to.deep.equal(png);
  });

  it("that are videos are an address, even when WeChat calls the JSON text", async () => {
    answer("/cgi-bin/media/get", '{"video_url":"DOWN_URL"}', { "Content-Type": "text/plain" });
    const media = await api.media.get("VIDEO");
    expect("video_url" in media && media.video_url).to.equal("DOWN_URL");
  });

  it("that do not exist are an ApiError", async () => {
    const refusal = '{"errcode":40007,"errmsg":"invalid media_id rid: 1-2-3"}';
    answer("/cgi-bin/media/get", refusal, { "Content-Type": "text/plain" });
    const error = await api.media.get("NONE").catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ApiError);
    expect((error as ApiError).errcode).to.equal(40007);
  });
});
