import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type Api, day, developer, startApi } from "./start.js";

const png = new Uint8Array(Buffer.from("89504e470d0a1a0a00", "hex"));

describe("/cgi-bin/media: media in the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  const image = { name: "a.png", data: png };
  const upload = (file: { name: string; data: Uint8Array<ArrayBuffer> | string }, type = "image") =>
    api.upload("/cgi-bin/media/upload", file, { type });

  it("come back as they were uploaded, for three days", async () => {
    const client = createClient({ ...developer, baseUrl: api.url });
    const { media_id, type, created_at } = await client.media.upload("image", {
      data: png,
      filename: "a.png",
    });
    expect({ type, created_at }).to.deep.equal({ type: "image", created_at: 1_700_000_000 });
    const media = await client.media.get(media_id);
    if (!("stream" in media)) throw new Error("expected a file");
    expect(media).to.include({ contentType: "image/png", filename: "a.png" });
    expect(await media.buffer()).to.deep.equal(Buffer.from(png));
    await api.clock.advance(3 * day);
    expect(await api.get("/cgi-bin/media/get", { media_id })).to.include({ errcode: 40007 });
  });

  it("come down as files although WeChat calls them text", async () => {
    const client = createClient({ ...developer, baseUrl: api.url });
    const { media_id } = await client.media.upload("voice", Buffer.from("#!AMR\n voice"));
    const kept = api.world.media.get(media_id);
    if (kept === undefined) throw new Error("expected a file");
    api.world.media.add({ ...kept, contentType: "text/plain" });
    const voice = await client.media.get(media_id);
    if (!("stream" in voice)) throw new Error("expected a file");
    expect(voice).to.include({ contentType: "text/plain", filename: "media.amr" });
    expect(String(await voice.buffer())).to.equal("#!AMR\n voice");
  });

  it("of a thumb have their id under another name", async () => {
    const answer = await upload({ name: "a.jpg", data: png }, "thumb");
    expect(answer).to.have.keys("type", "thumb_media_id", "created_at");
  });

  it("of a video are answered with an address", async () => {
    const { media_id } = await upload({ name: "a.mp4", data: "video" }, "video");
    const { video_url } = await api.get("/cgi-bin/media/get", { media_id: String(media_id) });
    const file = await fetch(String(video_url));
    expect(file.headers.get("content-type")).to.equal("video/mp4");
    expect(file.headers.get("x-content-type-options")).to.equal("nosniff");
    expect(await file.text()).to.equal("video");
  });

  it("are refused when the file or its kind is wrong", async () => {
    expect(await upload(image, "picture")).to.include({ errcode: 40004 });
    expect(await upload({ ...image, name: "a.txt" })).to.include({ errcode: 40005 });
    expect(await upload({ ...image, name: "a.bmp" })).to.include({ errcode: 40005 });
    expect(await upload({ name: "a.png", data: "" })).to.include({ errcode: 44001 });
    expect(await upload({ name: "a.png", data: "<html>" })).to.include({ errcode: 40137 });
    const large = new Uint8Array(65 * 1024);
    expect(await upload({ name: "a.jpg", data: large }, "thumb")).to.include({ errcode: 40012 });
    const voice = new Uint8Array(2 * 1024 * 1024 + 1);
    expect(await upload({ name: "a.mp3", data: voice }, "voice")).to.include({ errcode: 40010 });
    const query = { type: "image" };
    expect(await api.post("/cgi-bin/media/upload", "", query)).to.include({ errcode: 41005 });
    expect(await api.get("/cgi-bin/media/get", { media_id: "x" })).to.include({ errcode: 40007 });
    expect(await api.get("/cgi-bin/media/get")).to.include({ errcode: 41006 });
  });

  it("without a filename are no media", async () => {
    const url = `${api.url}/cgi-bin/media/upload?type=image&access_token=${api.token()}`;
    const form = new FormData();
    form.set("media", "text");
    const answer = await (await fetch(url, { method: "POST", body: form })).json();
    expect(answer).to.include({ errcode: 41005 });
  });

  it("can be permanent: counted, listed, read and deleted", async () => {
    const { material } = createClient({ ...developer, baseUrl: api.url });
    const { media_id, url } = await material.add("image", { data: png, filename: "a.png" });
    expect(url).to.equal(`${api.url}/mmbiz/${media_id}/0`);
    await material.addVideo(
      { data: Buffer.from("video"), filename: "a.mp4" },
      { title: "片", introduction: "简介" },
    );
    expect(await material.count()).to.deep.equal({
      voice_count: 0,
      video_count: 1,
      image_count: 1,
      news_count: 0,
    });
    const { item, total_count } = await material.list("image");
    expect(total_count).to.equal(1);
    expect(item?.[0]).to.deep.equal({
      media_id,
      name: "a.png",
      update_time: 1_700_000_000,
      url,
    });
    const [video] = (await material.list("video")).item ?? [];
    expect(video?.name).to.equal("片");
    const read = await material.get(video?.media_id ?? "");
    expect(read).to.include({ title: "片", description: "简介" });
    await api.clock.advance(30 * day);
    const file = await material.get(media_id);
    if (!("stream" in file)) throw new Error("expected a file");
    expect(await file.buffer()).to.deep.equal(Buffer.from(png));
    await material.delete(media_id);
    const body = { media_id };
    expect(await api.post("/cgi-bin/material/get_material", body)).to.include({ errcode: 40007 });
    expect(await api.post("/cgi-bin/material/del_material", body)).to.include({ errcode: 40007 });
  });

  it("of a menu cannot be deleted", async () => {
    const { media_id } = await api.upload("/cgi-bin/material/add_material", image, {
      type: "image",
    });
    await api.post("/cgi-bin/menu/create", {
      button: [{ type: "media_id", name: "图", media_id }],
    });
    const answer = await api.post("/cgi-bin/material/del_material", { media_id });
    expect(answer).to.include({ errcode: 48005 });
  });

  it("for articles have an address and are no material", async () => {
    const { url } = await api.upload("/cgi-bin/media/uploadimg", image);
    expect(Buffer.from(await (await fetch(String(url))).arrayBuffer())).to.deep.equal(
      Buffer.from(png),
    );
    expect(await api.get("/cgi-bin/material/get_materialcount")).to.include({ image_count: 0 });
  });

  it("that are HTML by their name are never served as a page", async () => {
    const { mediaId } = api.world.media.add({
      type: "image",
      contentType: "text/html",
      filename: "a.html",
      data: Buffer.from("<script>alert(1)</script>"),
    });
    const file = await fetch(`${api.url}/mmbiz/${mediaId}/0`);
    expect(file.headers.get("content-type")).to.equal("application/octet-stream");
    expect(file.headers.get("content-security-policy")).to.include("sandbox");
  });
});
