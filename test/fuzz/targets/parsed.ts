import type { Context as KoaContext } from "koa";
import { RequestError } from "../../../src/errors.js";
import { readBody } from "../../../src/koa/body.js";
import { decode } from "../../../src/message/decode.js";
import { parseXml, type XmlValue } from "../../../src/wire/xml/xml.js";
import { pushes } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { nastyText } from "../mutate.js";
import { mutateJson } from "../mutate-json.js";
import { promised } from "../oracle.js";

const limits = { limit: 65_536, timeout: 1_000 };
const roots = pushes.map((push) => parseXml(push));

/** What another body parser may have left of a push, in any of the forms that parsers have. */
export const parsedTarget: Target = {
  name: "parsed",
  share: 2,
  open: () => ({
    async run(random, trace) {
      const root = random.pick(roots);
      const shape = random.pick<() => unknown>([
        () => ({ xml: root }),
        () => ({ xml: inLists(root) }),
        () => root,
        () => ({ xml: [inLists(root)] }),
      ]);
      const text = mutateJson(shape(), random);
      trace.input = text;
      let left: unknown;
      try {
        left = JSON.parse(text);
      } catch {
        left = random.chance(0.5) ? text : Buffer.from(text);
      }
      const place = random.pick(["request", "req", "rawBody"]);
      const at = (name: string) => (place === name ? { body: left } : {});
      const raw = place === "rawBody" ? { rawBody: left, body: nastyText(random) } : {};
      const ctx = {
        request: { ...at("request"), ...raw },
        req: { readable: false, readableEnded: true, headers: {}, ...at("req") },
      } as unknown as KoaContext;
      try {
        const body = await trace.time(() => Promise.resolve(readBody(ctx, limits)));
        const read = typeof body === "string" ? parseXml(body) : body;
        const message = trace.time(() => decode(read));
        promised(typeof message.FromUserName === "string", "there is no sender");
        promised(typeof message.MsgType === "string", "there is no type");
      } catch (error) {
        if (!(error instanceof RequestError && [400, 413].includes(error.status))) throw error;
      }
    },
  }),
};

/** As xml2js leaves it: every child is in a list. */
function inLists(value: XmlValue): unknown {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(inLists);
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      const listed = inLists(child as XmlValue);
      return [name, Array.isArray(listed) ? listed : [listed]];
    }),
  );
}
