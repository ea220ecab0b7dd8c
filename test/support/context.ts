import type { AnyMessage } from "../../src/message/messages.js";
import { Context, type PushServices } from "../../src/router/context.js";
import { MemoryStore } from "../../src/store/memory.js";

const services: PushServices = {
  appId: undefined,
  get api(): never {
    throw new Error("There is no client in this test.");
  },
  store: new MemoryStore(),
  send: async () => {},
  sendFor: async () => {},
  typing: async () => {},
  can: async () => true,
};

const envelope = { ToUserName: "gh_account", FromUserName: "alice", CreateTime: 1_700_000_000 };

/** A context as a push would give it; `fields` are those of the message beside the envelope. */
export function contextOf(fields: { MsgType: string; [name: string]: unknown }): Context {
  const message = { MsgId: "1", ...envelope, ...fields } as unknown as AnyMessage;
  const run = {
    attempt: 1,
    late: false,
    signal: new AbortController().signal,
    isAborted: false,
    isStopped: false,
    onAbort: () => {},
    stop: () => {},
    finished: async () => {},
  };
  return new Context(message, Object.create(null), run, services);
}

export const text = (Content: string, more: object = {}) =>
  contextOf({ MsgType: "text", Content, ...more });

export const event = (Event: string, more: object = {}) =>
  contextOf({ MsgType: "event", Event, ...more });
