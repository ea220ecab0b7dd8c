import { readFile } from "node:fs/promises";
import { both } from "../../language.js";
import { type PushFields, renewed } from "../pushes/push.js";
import type { CommandLine } from "./command-line.js";
import { courier, type DeliveryFlags, outcomeOf } from "./courier.js";
import { addAccountOptions, addDeliveryOptions, addressArgument } from "./options.js";
import { type ExitCode, inLine, type Terminal, tellerOf, UsageError } from "./terminal.js";

/** Declares `koa-wx replay`. */
export function declareReplay({ t, command, end, terminal }: CommandLine): void {
  const declared = command("replay", {
    summary: t("Delivers recorded pushes again.", "重放录制的推送。"),
    description: t(
      "Delivers recorded pushes again, one after the other, signed anew and with new ids. The recorder of koa-wx writes such files.",
      "一条接一条地重放录制的推送：重新签名，id 是新的。录制文件由 koa-wx 的 recorder 写成。",
    ),
    examples: "  koa-wx replay pushes.ndjson http://localhost:3000/wechat --token mytoken",
  })
    .argument(
      "<file>",
      t("The recording: one JSON object on each line.", "录制文件：每行一个 JSON 对象。"),
    )
    .addArgument(addressArgument(t));
  addAccountOptions(declared, t);
  addDeliveryOptions(declared, t);
  declared.action((file: string, url: string, flags: DeliveryFlags) =>
    end(replay(file, url, flags, terminal)),
  );
}

/** `koa-wx replay <file> <url>`: delivers recorded pushes again, signed and numbered anew. */
async function replay(
  file: string,
  url: string,
  flags: DeliveryFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const t = tellerOf(terminal);
  const pushes = await recordedIn(file);
  const id = flags.id ?? textOf(pushes[0]?.ToUserName);
  const { world, postman } = courier(url, id === undefined ? flags : { ...flags, id });
  const last = Math.max(...pushes.map(timeOf));
  let faults = 0;
  for (const [index, push] of pushes.entries()) {
    if (terminal.signal.aborted) break;
    const person = world.people.named(textOf(push.FromUserName) ?? "");
    const record = await postman.deliver(person, {
      // Moved to now, not squeezed into it: a bot takes equal events of one second for one.
      CreateTime: world.seconds - (last - timeOf(push)),
      ...renewed(push),
    });
    const failed = record.outcome === "fault";
    if (failed) faults += 1;
    terminal.print(`${failed ? "✗" : "✓"} ${index + 1} ${nameOf(push)}: ${outcomeOf(record, t)}`);
  }
  return faults > 0 ? 1 : 0;
}

/** The pushes of a recording: JSON, one a line, as koa-wx's recorder writes it. */
async function recordedIn(file: string): Promise<readonly PushFields[]> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(
      both(
        `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
        `无法读取 ${file}：${(error as NodeJS.ErrnoException).code}。`,
      ),
    );
  }
  const pushes = source
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [asPush(line, index + 1)]));
  if (pushes.length === 0)
    throw new UsageError(both(`${file} has no recorded push.`, `${file} 里没有录制的推送。`));
  return pushes;
}

function asPush(line: string, at: number): PushFields {
  let push: PushFields | undefined;
  try {
    push = JSON.parse(line)?.push;
  } catch {
    throw new UsageError(
      both(
        `Line ${at} is not JSON. A recording has one JSON object on each line.`,
        `第 ${at} 行不是 JSON。录制文件每行是一个 JSON 对象。`,
      ),
    );
  }
  if (textOf(push?.MsgType) !== undefined && textOf(push?.FromUserName) !== undefined) {
    return push as PushFields;
  }
  throw new UsageError(
    both(
      `Line ${at} is not a recorded push: it needs "push" with "MsgType" and "FromUserName". koa-wx's recorder writes such lines.`,
      `第 ${at} 行不是录制的推送：需要 push，里面有 MsgType 和 FromUserName。koa-wx 的 recorder 写的就是这样的行。`,
    ),
  );
}

function nameOf({ MsgType, Event, EventKey, Content }: PushFields): string {
  const [name, more] = MsgType === "event" ? [Event, EventKey] : [MsgType, Content];
  const detail = textOf(more);
  return `${inLine(textOf(name) ?? "?")}${detail === undefined ? "" : ` ${JSON.stringify(detail)}`}`;
}

/** Seconds since 1970. */
function timeOf({ CreateTime }: PushFields): number {
  return Number(CreateTime) || 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
