import { WechatError } from "../errors.js";
import type { Cloud } from "../simulator/cloud.js";
import type { ChatEntry } from "../simulator/world/chat.js";
import type { CallRecord } from "../simulator/world/journal.js";
import type { Person } from "../simulator/world/people.js";

/** The first message after the line `seen` of a chat that did not come as a reply. */
export function nextMessage(
  cloud: Cloud,
  person: Person,
  seen: number,
  timeout: number,
): Promise<ChatEntry> {
  const isNext = (entry: ChatEntry) =>
    entry.id > seen && entry.from === "account" && entry.by !== "reply";
  const there = person.chat.find(isNext);
  if (there !== undefined) return Promise.resolve(there);
  const { world, closed } = cloud;
  return new Promise((resolve, reject) => {
    const listen = (whose: Person, entry: ChatEntry) => {
      if (whose !== person || !isNext(entry)) return;
      stop();
      resolve(entry);
    };
    const fail = (why: string) => {
      stop();
      reject(new WechatError("WX_SIMULATOR", `No message came for ${person.name} ${why}`));
    };
    const onClose = () => fail("before the simulated WeChat was closed: await late() first.");
    const timer = setTimeout(
      () => fail(`within ${timeout} ms. ${hintOf(world.journal.records.findLast(isRefused))}`),
      timeout,
    );
    const stop = () => {
      clearTimeout(timer);
      world.off("chat", listen);
      closed.removeEventListener("abort", onClose);
    };
    world.on("chat", listen);
    closed.addEventListener("abort", onClose);
    if (closed.aborted) onClose();
  });
}

function isRefused(record: { readonly kind: string }): record is CallRecord {
  const { kind, answer = "" } = record as Pick<CallRecord, "kind"> & Partial<CallRecord>;
  return kind === "call" && /"errcode":\s*(?!0\b)-?\d/.test(answer);
}

function hintOf(refused: CallRecord | undefined): string {
  return refused === undefined
    ? "What the bot called is in phone.api.calls(); it reaches the simulated WeChat only with api: { baseUrl: phone.url }."
    : `WeChat refused ${refused.path}: ${refused.answer}`;
}
