import { Readable } from "node:stream";
import { type Client, createClient } from "../../../src/api/client.js";
import type { Fetch } from "../../../src/api/transport/fetch.js";
import { parseJson } from "../../../src/api/transport/json.js";
import { WechatError } from "../../../src/errors.js";
import { answers } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { mutateBytes, nastyText } from "../mutate.js";
import { mutateJson } from "../mutate-json.js";
import { promised } from "../oracle.js";
import type { Random } from "../random.js";

/** How often one call may ask WeChat: what asks for more goes on for ever. */
const mostCalls = 100;
/** How many items of a list are read. */
const mostItems = 50;

/** Calls that promise to reject with nothing but a WechatError, whatever comes back. */
const strict: readonly ((api: Client) => Promise<unknown>)[] = [
  (api) => api.get("/cgi-bin/user/info", { query: { openid: "o1" } }),
  (api) => api.post("/cgi-bin/message/custom/send", { touser: "o1" }),
  (api) => api.post("/cgi-bin/x", {}, { idempotent: true }),
  (api) => api.upload("/cgi-bin/media/upload", { data: Buffer.from("x"), filename: "a.png" }),
  async (api) => {
    const file = await api.download("/cgi-bin/media/get", { query: { media_id: "M" } });
    return "buffer" in file && typeof file.buffer === "function" ? file.buffer() : file;
  },
  (api) => api.tokens.get(),
  (api) => api.jssdk.sign("https://example.com/"),
  (api) => api.users.get("o1"),
  (api) => api.oauth.exchange("CODE"),
  (api) => api.oauth.userinfo("T", "o1"),
  (api) => api.oauth.check("T", "o1"),
  (api) => api.oauth.refresh("R"),
  (api) => api.customerService.sendText("o1", "你好"),
  (api) => api.templates.send({ touser: "o1", template_id: "T", data: {} }),
];

/** Calls that read what is within an answer: of a shape that WeChat never sends they may say TypeError. */
const deep: readonly ((api: Client) => Promise<unknown> | AsyncIterable<unknown>)[] = [
  (api) => api.users.all(),
  (api) => api.users.batch(["o1", "o2"]),
  (api) => api.tags.list(),
  (api) => api.tags.of("o1"),
  (api) => api.tags.allMembers(2),
  (api) => api.blacklist.all(),
  (api) => api.drafts.all(),
  (api) => api.drafts.count(),
  (api) => api.publishing.all(),
  (api) => api.menu.get(),
  (api) => api.menu.current(),
  (api) => api.menu.sync({ button: [{ type: "click", name: "a", key: "b" }] }),
  (api) => api.templates.list(),
  (api) => api.qrcode.create({ scene: "s" }),
  (api) => api.network.callbackIps(),
  (api) => api.kfSessions.list("a@b"),
  (api) => api.kfSessions.records({ starttime: 1_700_000_000, endtime: 1_700_000_100 }),
  (api) => api.comments.all({ msg_data_id: "1", index: 0 }),
  (api) => api.quota.rid("r"),
];

/** Answers of WeChat's API, as they are and as they should never be, to a client without a network. */
export const apiTarget: Target = {
  name: "api",
  share: 14,
  open: () => ({
    async run(random, trace) {
      const text = mutateJson(random.pick(answers), random);
      trace.input = { text };
      if (random.chance(0.3)) {
        trace.time(() => compare(text));
        return;
      }
      const { fetch, calls } = standIn(text, random);
      const options = random.chance(0.5)
        ? { appSecret: "fuzz-secret" }
        : { tokenProvider: async () => "fuzz-token" };
      const api = createClient({ appId: "wxfuzz", fetch, ...options });
      const isStrict = random.chance(0.7);
      const call = isStrict ? random.pick(strict) : random.pick(deep);
      trace.input = { text, call: String(call) };
      const error = await trace.time(() => atOnce(async () => outcomeOf(call(api))));
      promised(calls.count < mostCalls, "the call asks WeChat for ever");
      if (error === undefined) return;
      const isKnown = error instanceof WechatError || (!isStrict && error instanceof TypeError);
      if (!isKnown) throw error;
      promised(!String(error).includes("fuzz-"), "a secret stands in an error");
    },
  }),
};

/** What a call fails with, if it does. */
async function outcomeOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  try {
    if (work instanceof Promise) {
      await work;
      return undefined;
    }
    let left = mostItems;
    for await (const _ of work) {
      left -= 1;
      if (left === 0) break;
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A `fetch` that always answers the same, whole or broken. */
function standIn(text: string, random: Random): { fetch: Fetch; calls: { count: number } } {
  const calls = { count: 0 };
  const bytes = random.chance(0.1) ? mutateBytes(Buffer.from(text), random) : Buffer.from(text);
  const status = random.chance(0.9) ? 200 : random.pick([201, 204, 301, 304, 400, 404, 500, 502]);
  const headers = new Map<string, string>();
  const types = [
    "application/json; encoding=utf-8",
    "text/plain",
    "image/jpeg",
    "",
    nastyText(random),
  ];
  if (random.chance(0.8)) headers.set("content-type", random.pick(types));
  if (random.chance(0.3)) {
    headers.set("content-length", random.pick([String(bytes.length), "0", "1e9", "-1", "NaN"]));
  }
  if (random.chance(0.3)) {
    headers.set("content-disposition", `attachment; filename="${nastyText(random)}"`);
  }
  const isBroken = random.chance(0.03);
  return {
    calls,
    async fetch() {
      calls.count += 1;
      if (calls.count >= mostCalls) throw new Error("enough");
      if (isBroken) throw Object.assign(new Error("fuzz-secret in it"), { code: "ECONNRESET" });
      return {
        status,
        headers: { get: (name) => headers.get(name) ?? null },
        body: Readable.from([bytes]),
        arrayBuffer: async () => Uint8Array.from(bytes).buffer,
      };
    },
  };
}

/** Runs with timers that are over at once: a client waits before it calls again. */
async function atOnce<T>(work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  const now = (callback: () => void) => setImmediate(callback);
  globalThis.setTimeout = now as unknown as typeof setTimeout;
  try {
    return await work();
  } finally {
    globalThis.setTimeout = real;
  }
}

/** Reads JSON as koa-wx and as JavaScript do: they may differ in what is an id, and nothing else. */
function compare(text: string): void {
  let theirs: unknown;
  try {
    theirs = JSON.parse(text);
  } catch {
    // No JSON: koa-wx may make something of it or not, but only a SyntaxError or a RangeError of it.
    try {
      parseJson(text);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    }
    return;
  }
  // Deeper than any answer: whoever reads it by recursion gives up.
  if ((text.match(/[[{]/g)?.length ?? 0) > 1_000) return;
  const ours = JSON.stringify(loose(parseJson(text)));
  promised(ours === JSON.stringify(loose(theirs)), `koa-wx reads other JSON: ${ours}`);
}

function loose(value: unknown): unknown {
  if (typeof value === "number") return value;
  if (typeof value === "string") return /^-?\d+$/.test(value) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(loose);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, one]) => [name, loose(one)]);
}
