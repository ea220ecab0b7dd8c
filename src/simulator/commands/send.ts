import { readFile } from "node:fs/promises";
import { nearest } from "../../spelling.js";
import { MalformedXml } from "../../wire/tree.js";
import { parseXml } from "../../wire/xml.js";
import type { Act } from "../acts.js";
import { carryOut } from "../acts.js";
import { oddName } from "../composable.js";
import { type PushFields, renewed } from "../push.js";
import { courier, type DeliveryFlags, outcomeOf } from "./courier.js";
import { type ExitCode, inLine, type Terminal, UsageError } from "./terminal.js";

/** What a bot would say itself. */
const unexplained = ["A bot under koa-wx says why, if it is started with NODE_ENV=development."];

/** The options of `koa-wx send`. */
export interface SendFlags extends DeliveryFlags {
  /** Who sends it. */
  readonly from: string;
}

/** What can be sent: what follows the word, and what it means. */
const kinds: Readonly<
  Record<
    string,
    { readonly usage: string; readonly read: (values: readonly string[]) => Act | Promise<Act> }
  >
> = {
  text: { usage: "<words…>", read: (words) => ({ act: "text", text: some(words).join(" ") }) },
  image: { usage: "<media-id>", read: ([id]) => ({ act: "image", mediaId: one(id) }) },
  voice: {
    usage: "<media-id> [recognised words…]",
    read: ([id, ...words]) => ({
      act: "voice",
      mediaId: one(id),
      ...(words.length === 0 ? {} : { recognition: words.join(" ") }),
    }),
  },
  video: { usage: "<media-id>", read: ([id]) => ({ act: "video", mediaId: one(id) }) },
  shortvideo: { usage: "<media-id>", read: ([id]) => ({ act: "shortvideo", mediaId: one(id) }) },
  location: {
    usage: "<latitude> <longitude> [label…]",
    read: ([latitude, longitude, ...label]) => ({
      act: "location",
      latitude: number(latitude),
      longitude: number(longitude),
      label: label.join(" "),
    }),
  },
  link: {
    usage: "<title> <description> <url>",
    read: ([title, description, url]) => ({
      act: "link",
      title: one(title),
      description: one(description),
      url: one(url),
    }),
  },
  follow: {
    usage: "[scene of the QR code]",
    read: ([scene]) => ({ act: "follow", ...(scene === undefined ? {} : { scene }) }),
  },
  unfollow: { usage: "", read: () => ({ act: "unfollow" }) },
  scan: {
    usage: "<scene of the QR code>",
    read: ([scene]) => ({ act: "scan", scene: one(scene) }),
  },
  click: { usage: "<key of the menu>", read: ([key]) => ({ act: "click", key: one(key) }) },
  view: { usage: "<url>", read: ([url]) => ({ act: "view", url: one(url) }) },
  event: {
    usage: "<Event> [Field=value…]",
    read: ([event, ...fields]) => ({
      act: "push",
      fields: { MsgType: "event", Event: one(event), ...pairs(fields) },
    }),
  },
  xml: {
    usage: "<file with the push's XML>",
    read: async ([file]) => ({ act: "push", fields: await fieldsOf(one(file)) }),
  },
};

/** The list of what can be sent, for the help. */
export const sendable: string = Object.entries(kinds)
  .map(([kind, { usage }]) => `  ${kind} ${usage}`.trimEnd())
  .join("\n");

/** `koa-wx send <url> text 你好`: delivers one push and prints the answer. */
export async function send(
  url: string,
  kind: string,
  values: readonly string[],
  { from, ...flags }: SendFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const act = await read(kind, values);
  const { world, postman } = courier(url, flags);
  const person = world.people.named(from);
  person.following = act.act !== "follow";
  const meaning = carryOut(world, person, act);
  if (meaning === undefined) throw new UsageError(`WeChat pushes nothing for "${kind}".`);
  const odd = oddity(meaning.fields);
  if (odd !== undefined) terminal.remark(`! ${inLine(odd)}`);
  const record = await postman.deliver(person, meaning.fields);
  const answer = record.attempts.at(-1);
  if (answer?.answer) terminal.print(answer.answerXml ?? answer.answer);
  terminal.remark(`${record.outcome === "fault" ? "✗" : "✓"} ${outcomeOf(record)}`);
  const { explained = record.outcome === "acknowledged" ? unexplained : [] } = answer ?? {};
  for (const line of explained) terminal.remark(`  ${inLine(line)}`);
  return record.outcome === "fault" ? 1 : 0;
}

async function read(kind: string, values: readonly string[]): Promise<Act> {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined) {
    const meant = nearest(kind, Object.keys(kinds));
    const question = meant === undefined ? "" : ` Did you mean ${meant}?`;
    throw new UsageError(`"${kind}" cannot be sent.${question} These can:\n${sendable}`);
  }
  try {
    return await known.read(values);
  } catch (error) {
    if (error instanceof Missing) throw new UsageError(`It is: ${kind} ${known.usage}`);
    throw error;
  }
}

/** Says what is odd about the name of a push: it is sent all the same, for WeChat may have learned a new one. */
function oddity(fields: PushFields): string | undefined {
  const odd = oddName(fields);
  if (odd === undefined) return undefined;
  const { name, kind, meant } = odd;
  const hint =
    meant === undefined
      ? "It is sent as it is."
      : `Did you mean ${meant}? It is sent as it is, and names are case-sensitive.`;
  return `WeChat's documents have no ${kind === "event" ? "event" : "message type"} "${name}". ${hint}`;
}

/** A value is missing or of the wrong kind. */
class Missing extends Error {}

function one(value: string | undefined): string {
  if (value === undefined || value === "") throw new Missing();
  return value;
}

function some(values: readonly string[]): readonly string[] {
  if (values.length === 0) throw new Missing();
  return values;
}

function number(value: string | undefined): number {
  const read = Number(one(value));
  if (Number.isNaN(read)) throw new Missing();
  return read;
}

function pairs(fields: readonly string[]): PushFields {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf("=");
      if (at < 1 || !/^\w+$/.test(field.slice(0, at))) throw new Missing();
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

/** A push out of a file; whom it is from and for is filled in anew. */
async function fieldsOf(file: string): Promise<PushFields> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  try {
    return renewed(parseXml(source) as PushFields);
  } catch (error) {
    if (error instanceof MalformedXml) {
      throw new UsageError(
        `${file} holds no push: ${error.what}. A push is one XML document with the root element <xml>.`,
      );
    }
    throw error;
  }
}
