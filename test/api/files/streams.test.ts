import { PassThrough, Readable } from "node:stream";
import { mock } from "node:test";
import { expect } from "chai";
import { type Client, createClient } from "../../../src/api/client.js";
import { WechatError } from "../../../src/errors.js";
import type { FileInput } from "../../../src/message/file.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { errorOf } from "../../support/error-of.js";

const png = Buffer.from("\x89PNG\r\n\x1a\n-a-picture-", "latin1");
const never = new Promise<never>(() => {});

/** Streams that give nothing any more, and do not mind being given up. */
const silent: Readonly<Record<string, () => FileInput>> = {
  "a stream that gives nothing": () => new PassThrough(),
  "a stream that stops in the middle": () => {
    const stream = new PassThrough();
    stream.write(png);
    return stream;
  },
  "a stream of a generator that waits": () =>
    Readable.from(
      (async function* () {
        yield await never;
      })(),
    ),
  "a web stream": () => new ReadableStream() as never,
  "a stream with a name": () => ({ data: new PassThrough(), filename: "a.png" }),
};

/** Streams of which all was read before. */
const spent: Readonly<Record<string, () => Promise<FileInput>>> = {
  "a stream": async () => {
    const stream = Readable.from([png]);
    for await (const _ of stream);
    return stream;
  },
  "a stream that stays open": async () => {
    const stream = new PassThrough({ autoDestroy: false });
    stream.end(png);
    for await (const _ of stream.iterator({ destroyOnReturn: false }));
    return stream;
  },
  "a web stream": async () => {
    const stream = new Blob([png]).stream();
    for await (const _ of stream as unknown as AsyncIterable<unknown>);
    return stream as never;
  },
  "the body of a response": async () => {
    const response = new Response(png);
    await response.arrayBuffer();
    return { data: response.body as never, filename: "a.png" };
  },
};

describe("api.upload(): streams", () => {
  let server: ApiServer;
  let api: Client;
  before(async () => {
    server = await startApiServer();
    server.on("/cgi-bin/media/upload", { media_id: "M" });
    api = createClient({ appId: "wx1", baseUrl: server.url, tokenProvider: async () => "T" });
  });
  after(async () => {
    await server.close();
    expect(server.calls).to.deep.equal([]);
  });

  for (const [what, stream] of Object.entries(silent)) {
    it(`end with the timeout: ${what}`, async () => {
      const file = stream();
      const error = await errorOf(() => api.upload("/x", file, { timeout: 40 }), WechatError);
      expect(error.code).to.equal("WX_MEDIA");
      expect(error.message).to.contain("did not come to its end within 40 ms, so nothing was sent");
      const late = await errorOf(() => api.media.upload("image", stream(), { timeout: 40 }));
      expect(late.code).to.equal("WX_MEDIA");
      if (file instanceof Readable) expect(file.destroyed).to.equal(true);
    });

    it(`end with the caller's signal, and with what that says: ${what}`, async () => {
      const reason = new Error("enough");
      for (const signal of [abortedIn(20, reason), AbortSignal.abort(reason)])
        expect(await errorOf(() => api.upload("/x", stream(), { signal }))).to.equal(reason);
      const own = { signal: AbortSignal.timeout(20) };
      expect((await errorOf(() => api.upload("/x", stream(), own))).name).to.equal("TimeoutError");
    });

    it(`end after a minute where nothing else is said: ${what}`, async () => {
      const waited: number[] = [];
      const real = AbortSignal.timeout.bind(AbortSignal);
      const hurried = mock.method(AbortSignal, "timeout", (ms: number) => {
        waited.push(ms);
        return real(ms / 2_000);
      });
      try {
        for (const send of [
          () => api.media.idOf("image", stream()),
          () => api.customerService.sendImage("OPENID", { file: stream() }),
          () => api.upload("/x", stream()),
        ]) {
          const error = await errorOf(send);
          expect(error.code).to.equal("WX_MEDIA");
          expect(error.message).to.contain("within 60000 ms");
        }
      } finally {
        hurried.mock.restore();
      }
      expect(waited).to.deep.equal([60_000, 60_000, 60_000]);
    });
  }

  for (const [what, stream] of Object.entries(spent)) {
    it(`are refused that were read before: ${what}`, async () => {
      for (const send of [
        async (file: FileInput) => api.upload("/x", file),
        async (file: FileInput) => api.media.idOf("image", file),
      ]) {
        const file = await stream();
        const error = await errorOf(() => send(file), WechatError);
        expect(error.code).to.equal("WX_MEDIA");
        expect(error.message)
          .to.match(/was read to its end before|is read by something else/)
          .and.contain("A stream can be read once only");
      }
    });
  }

  it("end nothing when they fail after they were given up", async () => {
    let fail = (_: Error) => {};
    const failing = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const stream = Readable.from(
      (async function* () {
        yield await failing;
      })(),
    );
    await errorOf(() => api.upload("/x", stream, { timeout: 20 }));
    fail(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

function abortedIn(ms: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
