import { readFile } from "node:fs/promises";
import { type Bilingual, both } from "../../language.js";
import { nearest } from "../../spelling.js";
import { MalformedXml } from "../../wire/xml/tree.js";
import { parseXml } from "../../wire/xml/xml.js";
import type { Act } from "../pushes/acts.js";
import { carryOut } from "../pushes/acts.js";
import { oddName } from "../pushes/composable.js";
import { type PushFields, renewed } from "../pushes/push.js";
import type { PushRecord } from "../world/journal.js";
import type { CommandLine } from "./command-line.js";
import { courier, type DeliveryFlags, outcomeOf } from "./courier.js";
import {
  addAccountOptions,
  addCloudHosting,
  addDeliveryOptions,
  addressArgument,
} from "./options.js";
import {
  type ExitCode,
  inLine,
  type Tell,
  type Terminal,
  tellerOf,
  UsageError,
} from "./terminal.js";

/** What a bot would say itself. */
const unexplained = both(
  "A bot under koa-wx says why, if it is started with NODE_ENV=development.",
  "用 NODE_ENV=development 启动的 koa-wx 机器人会说明原因。",
);

/** The options of `koa-wx send`. */
interface SendFlags extends DeliveryFlags {
  /** Who sends it. */
  readonly from: string;
}

/** What can be sent: what follows the word, and what it means. */
const kinds: Readonly<
  Record<
    string,
    { readonly usage: Bilingual; readonly read: (values: readonly string[]) => Act | Promise<Act> }
  >
> = {
  text: {
    usage: both("<words…>", "<文字…>"),
    read: (words) => ({ act: "text", text: some(words).join(" ") }),
  },
  image: {
    usage: both("<media-id>", "<media-id>"),
    read: ([id]) => ({ act: "image", mediaId: one(id) }),
  },
  voice: {
    usage: both("<media-id> [recognised words…]", "<media-id> [识别出的文字…]"),
    read: ([id, ...words]) => ({
      act: "voice",
      mediaId: one(id),
      ...(words.length === 0 ? {} : { recognition: words.join(" ") }),
    }),
  },
  video: {
    usage: both("<media-id>", "<media-id>"),
    read: ([id]) => ({ act: "video", mediaId: one(id) }),
  },
  shortvideo: {
    usage: both("<media-id>", "<media-id>"),
    read: ([id]) => ({ act: "shortvideo", mediaId: one(id) }),
  },
  location: {
    usage: both("<latitude> <longitude> [label…]", "<纬度> <经度> [名称…]"),
    read: ([latitude, longitude, ...label]) => ({
      act: "location",
      latitude: number(latitude),
      longitude: number(longitude),
      label: label.join(" "),
    }),
  },
  link: {
    usage: both("<title> <description> <url>", "<标题> <描述> <网址>"),
    read: ([title, description, url]) => ({
      act: "link",
      title: one(title),
      description: one(description),
      url: one(url),
    }),
  },
  follow: {
    usage: both("[scene of the QR code]", "[二维码场景值]"),
    read: ([scene]) => ({ act: "follow", ...(scene === undefined ? {} : { scene }) }),
  },
  unfollow: { usage: both("", ""), read: () => ({ act: "unfollow" }) },
  scan: {
    usage: both("<scene of the QR code>", "<二维码场景值>"),
    read: ([scene]) => ({ act: "scan", scene: one(scene) }),
  },
  click: {
    usage: both("<key of the menu>", "<菜单的 key>"),
    read: ([key]) => ({ act: "click", key: one(key) }),
  },
  view: { usage: both("<url>", "<网址>"), read: ([url]) => ({ act: "view", url: one(url) }) },
  event: {
    usage: both("<Event> [Field=value…]", "<Event> [字段=值…]"),
    read: ([event, ...fields]) => ({
      act: "push",
      fields: { MsgType: "event", Event: one(event), ...pairs(fields) },
    }),
  },
  xml: {
    usage: both("<file with the push's XML>", "<推送的 XML 文件>"),
    read: async ([file]) => ({ act: "push", fields: await fieldsOf(one(file)) }),
  },
};

/** The list of what can be sent, for the help. */
function sendableIn(t: Tell): string {
  return Object.entries(kinds)
    .map(([kind, { usage }]) => `  ${kind} ${t(usage.en, usage.zh)}`.trimEnd())
    .join("\n");
}

/** Declares `koa-wx send`. */
export function declareSend({ t, command, end, terminal }: CommandLine): void {
  const declared = command("send", {
    summary: t(
      "Delivers one push and prints the bot's answer.",
      "发送一条推送，显示机器人的响应。",
    ),
    description: t(
      "Delivers one push as WeChat does and prints the bot's answer.",
      "像微信一样发送一条推送，显示机器人的响应。",
    ),
    examples: `  koa-wx send http://localhost:3000/wechat text 你好 --token mytoken\n  koa-wx send http://localhost:3000/wechat click MENU_HELP --from bob\n\n${t("What can be sent:", "可以发送：")}\n${sendableIn(t)}`,
  })
    .addArgument(addressArgument(t))
    .argument(
      "<what>",
      t(
        "What is sent: text, image, follow, click and others, see below.",
        "发送什么：text、image、follow、click 等，见下文。",
      ),
    )
    .argument("[values...]", t("What belongs to it.", "它的参数。"));
  addAccountOptions(declared, t);
  addCloudHosting(declared, t);
  addDeliveryOptions(declared, t);
  declared
    .option(
      "--from <name>",
      t("Who sends it. The same name is always the same user.", "由谁发送。同名即同一个用户。"),
      "alice",
    )
    .action((url: string, what: string, values: string[], flags: SendFlags) =>
      end(send(url, what, values, flags, terminal)),
    );
}

/** `koa-wx send <url> text 你好`: delivers one push and prints the answer. */
async function send(
  url: string,
  kind: string,
  values: readonly string[],
  { from, ...flags }: SendFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const t = tellerOf(terminal);
  const act = await read(kind, values);
  const { world, postman } = courier(url, flags);
  const person = world.people.named(from);
  person.following = act.act !== "follow";
  const meaning = carryOut(world, person, act);
  if (meaning === undefined)
    throw new UsageError(
      both(`WeChat pushes nothing for "${kind}".`, `${kind} 在微信里不会产生推送。`),
    );
  const odd = oddity(meaning.fields, t);
  if (odd !== undefined) terminal.remark(`! ${inLine(odd)}`);
  const record = await postman.deliver(person, meaning.fields);
  const answer = record.attempts.at(-1);
  if (answer?.answer) terminal.print(answer.answerXml ?? answer.answer);
  terminal.remark(`${record.outcome === "fault" ? "✗" : "✓"} ${outcomeOf(record, t)}`);
  const { explained = further(record, url, t) } = answer ?? {};
  for (const line of explained) terminal.remark(`  ${inLine(line)}`);
  return record.outcome === "fault" ? 1 : 0;
}

/** Where to look further when the bot does not say itself what became of a push. */
function further({ outcome, attempts }: PushRecord, url: string, t: Tell): readonly string[] {
  if (outcome === "acknowledged") return [t(unexplained.en, unexplained.zh)];
  if (outcome !== "fault" || attempts.at(-1)?.status === 200) return [];
  return [
    t(
      `For what is wrong and what to do: koa-wx doctor ${url}`,
      `查原因和办法：koa-wx doctor ${url}`,
    ),
  ];
}

async function read(kind: string, values: readonly string[]): Promise<Act> {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined) {
    const meant = nearest(kind, Object.keys(kinds));
    const [en, zh] = (["en", "zh"] as const).map((language) => sendableIn(tellerOf({ language })));
    const question =
      meant === undefined ? both("", "") : both(` Did you mean ${meant}?`, `是不是 ${meant}？`);
    throw new UsageError(
      both(
        `"${kind}" cannot be sent.${question.en} These can:\n${en}`,
        `不能发送“${kind}”。${question.zh}可以发送：\n${zh}`,
      ),
    );
  }
  try {
    if (values.length > mostOf(known.usage.en)) throw new Unfit();
    return await known.read(values);
  } catch (error) {
    if (error instanceof Unfit) {
      const [en, zh] = [`${kind} ${known.usage.en}`.trim(), `${kind} ${known.usage.zh}`.trim()];
      throw new UsageError(both(`It is: ${en}`, `用法：${zh}`));
    }
    throw error;
  }
}

/** Says what is odd about the name of a push: it is sent all the same, for WeChat may have learned a new one. */
function oddity(fields: PushFields, t: Tell): string | undefined {
  const odd = oddName(fields);
  if (odd === undefined) return undefined;
  const { name, kind, meant } = odd;
  const hint =
    meant === undefined
      ? t("It is sent as it is.", "仍会照原样发送。")
      : t(
          `Did you mean ${meant}? It is sent as it is, and names are case-sensitive.`,
          `是不是 ${meant}？仍会照原样发送；名称区分大小写。`,
        );
  return t(
    `WeChat's documents have no ${kind === "event" ? "event" : "message type"} "${name}". ${hint}`,
    `微信文档里没有${kind === "event" ? "事件" : "消息类型"}“${name}”。${hint}`,
  );
}

/** How many words a usage has room for. */
function mostOf(usage: string): number {
  if (usage.includes("…")) return Number.POSITIVE_INFINITY;
  return usage.match(/[<[][^<>[\]]*[>\]]/g)?.length ?? 0;
}

/** A value is missing, of the wrong kind, or one too many. */
class Unfit extends Error {}

function one(value: string | undefined): string {
  if (value === undefined || value === "") throw new Unfit();
  return value;
}

function some(values: readonly string[]): readonly string[] {
  if (values.length === 0) throw new Unfit();
  return values;
}

function number(value: string | undefined): number {
  const read = Number(one(value));
  if (Number.isNaN(read)) throw new Unfit();
  return read;
}

function pairs(fields: readonly string[]): PushFields {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf("=");
      if (at < 1 || !/^\w+$/.test(field.slice(0, at))) throw new Unfit();
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
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(both(`${file} cannot be read: ${code}.`, `无法读取 ${file}：${code}。`));
  }
  try {
    return renewed(parseXml(source) as PushFields);
  } catch (error) {
    if (error instanceof MalformedXml) {
      throw new UsageError(
        both(
          `${file} holds no push: ${error.what}. A push is one XML document with the root element <xml>.`,
          `${file} 里不是推送：${error.what}。推送是一个以 <xml> 为根元素的 XML 文档。`,
        ),
      );
    }
    throw error;
  }
}
