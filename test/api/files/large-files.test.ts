import { once } from "node:events";
import { openAsBlob, readdirSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import { type Client, createClient } from "../../../src/api/client.js";
import type { FileInput } from "../../../src/message/file.js";

const MiB = 1024 * 1024;
const size = 100 * MiB;

describe("api.media.upload(): files of 100 MB", function () {
  this.timeout(30_000);
  let server: Server;
  let api: Client;
  let folder: string;
  let path: string;
  /** What came of the last upload. */
  let received: { bytes: number; length: number; start: string } | undefined;
  let breakAfter: number;
  /** The most memory that was used for bytes, above what was before. */
  let most: number;
  let watching: NodeJS.Timeout;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "koa-wx-"));
    path = join(folder, "film.mp4");
    const file = await open(path, "w");
    await file.write(Buffer.from("\0\0\0\x18ftypisom", "latin1"));
    await file.truncate(size);
    await file.close();
    server = createServer(async (request, response) => {
      if (request.method === "GET") {
        response.writeHead(200, { "Content-Type": "video/mp4", "Content-Length": size });
        const chunk = Buffer.alloc(MiB);
        const film = Readable.from(Array(size / MiB).fill(chunk));
        return void film.pipe(response);
      }
      const length = Number(request.headers["content-length"]);
      received = { bytes: 0, length, start: "" };
      for await (const chunk of request) {
        received.start ||= String(chunk).slice(0, 300);
        received.bytes += (chunk as Buffer).length;
        if (received.bytes > breakAfter) return void request.destroy();
      }
      response.setHeader("Content-Type", "application/json");
      response.end('{"errcode":0,"errmsg":"ok"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    api = createClient({ appId: "wx1", baseUrl, tokenProvider: async () => "T" });
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    breakAfter = Number.POSITIVE_INFINITY;
    most = 0;
    const { arrayBuffers } = process.memoryUsage();
    watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - arrayBuffers);
    }, 5);
  });
  afterEach(() => clearInterval(watching));

  const forms: Readonly<Record<string, () => Promise<FileInput>>> = {
    "by its path": async () => path,
    "as a Blob of a file": () => openAsBlob(path),
    "as a Blob with a name": async () => ({ data: await openAsBlob(path), filename: "own.mp4" }),
  };
  for (const [how, form] of Object.entries(forms)) {
    it(`is uploaded ${how}, with flat memory and its progress`, async () => {
      const told: number[] = [];
      const totals = new Set<number | undefined>();
      await api.upload("/cgi-bin/any/upload", await form(), {
        onProgress: ({ transferred, total }) => {
          totals.add(total);
          told.push(transferred);
        },
      });
      expect([...totals]).to.deep.equal([size]);
      expect(received?.bytes).to.equal(received?.length);
      expect(received?.start)
        .to.match(/filename="(film|media|own)\.mp4"/)
        .and.include("video/mp4");
      expect(told.length).to.be.greaterThan(100);
      expect(told.at(-1)).to.equal(size);
      expect(told).to.deep.equal(told.toSorted((a, b) => a - b));
      expect(most).to.be.below(60 * MiB);
    });
  }

  it("comes down as a stream, with flat memory and its progress", async () => {
    let told = 0;
    const totals = new Set<number | undefined>();
    const media = await api.media.get("M", {
      onProgress: ({ transferred, total }) => {
        totals.add(total);
        told = transferred;
      },
    });
    if ("video_url" in media) throw new Error("It is a stream");
    let bytes = 0;
    for await (const chunk of media.stream) bytes += (chunk as Buffer).length;
    expect([bytes, told]).to.deep.equal([size, size]);
    expect([...totals]).to.deep.equal([size]);
    expect(most).to.be.below(60 * MiB);
  });

  it("leaves no file open when the connection breaks or the caller gives up", async () => {
    const open = () => readdirSync("/proc/self/fd", { withFileTypes: true }).length;
    await api.upload("/cgi-bin/any/upload", Buffer.from("first"));
    const before = open();
    breakAfter = 10 * MiB;
    const broken = await api.upload("/cgi-bin/any/upload", path).catch((error) => error.code);
    expect(broken).to.equal("WX_API_NETWORK");
    breakAfter = Number.POSITIVE_INFINITY;
    const giveUp = new AbortController();
    const given = api.upload("/cgi-bin/any/upload", path, {
      signal: giveUp.signal,
      onProgress: ({ transferred }) => transferred > 5 * MiB && giveUp.abort(),
    });
    expect(await given.catch((error) => error.name)).to.equal("AbortError");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(open()).to.be.at.most(before);
  });

  it("tells the progress of what is in the memory, too", async () => {
    const told: number[] = [];
    await api.upload("/cgi-bin/any/upload", Buffer.alloc(150_000), {
      onProgress: ({ transferred }) => told.push(transferred),
    });
    expect(told).to.deep.equal([65_536, 131_072, 150_000]);
    expect(received?.bytes).to.equal(received?.length);
  });

  for (const [how, fail] of Object.entries({
    throws: () => {
      throw new Error("no such user");
    },
    rejects: async () => {
      throw new Error("no such user");
    },
  })) {
    it(`goes on, and the process too, where who is told of the progress ${how}`, async () => {
      let calls = 0;
      const onProgress = () => {
        calls += 1;
        return fail();
      };
      let warned = 0;
      const hear = (warning: Error & { code?: string }) => {
        if (warning.code === "WX_MEDIA") warned += 1;
      };
      process.on("warning", hear);
      await api.upload("/cgi-bin/any/upload", Buffer.alloc(150_000), { onProgress });
      expect(received?.bytes).to.equal(received?.length);
      const media = await api.media.get("M", { onProgress });
      if ("video_url" in media) throw new Error("It is a stream");
      let bytes = 0;
      for await (const chunk of media.stream) bytes += (chunk as Buffer).length;
      expect(bytes).to.equal(size);
      process.off("warning", hear);
      // Once for each file, not for each of its parts.
      expect(warned).to.equal(2);
      expect(calls).to.be.within(2, 6);
    });
  }
});
