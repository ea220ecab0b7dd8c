import type { Context as KoaContext } from "koa";
import { LRUCache } from "lru-cache";
import { errorName, type ReplyEvent } from "../diagnostics.js";
import { type OutputLanguage, ownLanguage } from "../language.js";
import type { Reply } from "../message/reply.js";
import type { Context } from "../router/context.js";
import { takePlaces } from "../router/place-in-code.js";
import type { Router } from "../router/router.js";
import { dropped, stillRunning, whySilent } from "../router/silence/silence.js";
import { unreachable } from "../router/silence/unreachable.js";
import { type Step, Trace } from "../router/trace.js";

/** What carries it to the simulated phone. */
const debugHeader = "X-Koa-Wx-Run";
/** How many letters of it are carried at most. */
const longest = 4_000;
/** How many handlers that can never run are named. */
const mostNotes = 20;

/** How a run ended. */
export interface RunEnd {
  readonly type: Reply["type"] | "stream" | undefined;
  /** An error that became no reply. */
  readonly error: unknown;
  /** Which way a reply goes for which it is too late; nothing if it is not. */
  readonly lateWay: ReplyEvent["way"] | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** A run that is followed. */
export interface Followed {
  /** Says what became of it, and returns that. */
  end(end: RunEnd): readonly string[];
  /** Another process has it. */
  leave(): void;
}

/** Says in the terminal what became of each push: `debug`. */
export class Debugging {
  readonly #router: Router;
  readonly #language: OutputLanguage;
  readonly #patience: number;
  readonly #told = new Set<string>();
  /** How many registrations there were when they were looked at. */
  #checked = -1;
  /** What was said of a run, by its key, for those deliveries that come later. */
  readonly #runs = new LRUCache<string, readonly string[]>({ max: 200 });

  /** @param patience How long handlers may take before it is said that they still run. Milliseconds. */
  constructor(router: Router, patience: number) {
    takePlaces();
    this.#router = router;
    this.#language = ownLanguage();
    this.#patience = patience;
  }

  /** Names, once, the handlers that can never run. */
  checkHandlers(): void {
    const routes = this.#router.listed;
    if (routes.length === this.#checked) return;
    this.#checked = routes.length;
    for (const lines of unreachable(routes, this.#language)) {
      const text = lines.join("\n");
      if (this.#told.has(text)) continue;
      this.#told.add(text);
      if (this.#told.size <= mostNotes) print(["!", ...lines]);
    }
  }

  /** Begins to follow the run of a push. */
  follow(ctx: Context, key: string, koa: KoaContext | undefined): Followed {
    this.checkHandlers();
    const trace = new Trace(ctx);
    const before: unknown = koa?.body;
    const timer = setTimeout(() => print(stillRunning(ctx, trace, this.#language)), this.#patience);
    timer.unref?.();
    const end = (end: RunEnd) => {
      clearTimeout(timer);
      const hasBody = koa?.body != null && koa.body !== before;
      const lines = attempted(() => this.#lines(ctx, trace, end, hasBody));
      this.#runs.set(key, lines);
      print(lines);
      trace.afterwards = (step, built) => {
        if (end.type === undefined && step.isDone) this.#addLate(step, built, key);
      };
      return lines;
    };
    return { end, leave: () => clearTimeout(timer) };
  }

  /** The header with what became of a run, for whoever sits at this machine. */
  headers(key: string, koa: KoaContext | undefined): Readonly<Record<string, string>> {
    const lines = this.#runs.get(key);
    if (lines === undefined || koa === undefined || !isFromHere(koa)) return {};
    // Only ASCII may stand in a header.
    const json = JSON.stringify(lines.map((line) => line.slice(0, longest / lines.length)));
    const escaped = json.replace(
      /[^ -~]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    return { [debugHeader]: escaped };
  }

  #lines(ctx: Context, trace: Trace, end: RunEnd, hasBody: boolean): readonly string[] {
    const { type, error, lateWay } = end;
    const { message } = ctx;
    const what = message.MsgType === "event" ? message.Event : message.MsgType;
    const took = `${Math.round(end.duration)} ms`;
    const zh = this.#language === "zh";
    if (type !== undefined) {
      const by = answerer(trace)?.registered.in(this.#language);
      if (lateWay === "drop" && type !== "stream") return tooLate(what, by, took, zh);
      const late =
        lateWay === undefined ? "" : zh ? "，已过五秒，另行发出" : ", after the five seconds";
      return [
        zh
          ? `✓ ${what} → 回复 ${type}${by === undefined ? "" : `，来自 ${by}`}（${took}${late}）`
          : `✓ ${what} → ${type}${by === undefined ? "" : `, by ${by}`} (${took}${late})`,
      ];
    }
    const routes = this.#router.listed;
    const why = whySilent(ctx, trace, routes, { error, hasBody }, this.#language);
    const mark = why.length > 1 ? "✗" : "✓";
    return [
      zh ? `${mark} ${what} → 没有回复（${took}）` : `${mark} ${what} → no reply (${took})`,
      ...why,
    ];
  }

  /** A reply was built when it was too late to return it. */
  #addLate(step: Step, built: Parameters<typeof dropped>[1], key: string): void {
    const lines = dropped(step.registered.in(this.#language), built, this.#language);
    const zh = this.#language === "zh";
    const late = zh ? "✗ 处理函数已经返回之后：" : "✗ After its handler had returned:";
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), late, ...lines]);
    print([late, ...lines]);
  }
}

/** What there is to say. Looking for it must not cost a user his answer: it may read what is not ours. */
function attempted(explain: () => readonly string[]): readonly string[] {
  try {
    return explain();
  } catch (failure) {
    return [`? ${errorName(failure)}`];
  }
}

/** That a reply is dropped, because the five seconds are over. */
function tooLate(what: string, by: string | undefined, took: string, zh: boolean) {
  return zh
    ? [
        `✗ ${what} → 没有回复（${took}）`,
        `${by ?? "处理函数"}返回回复时，微信的五秒已经过了，回复被丢弃。`,
        '→ 配置 appId 和 appSecret，迟到的回复就会用客服消息发出；或者设置 deadline.late 为 "collect"，用户发下一条消息时取走。',
      ]
    : [
        `✗ ${what} → no reply (${took})`,
        `${by ?? "The handlers"} replied after WeChat's five seconds, and the reply was dropped.`,
        '→ Give appId and appSecret, and late replies go as customer-service messages; or set deadline.late to "collect", and the user\'s next message fetches them.',
      ];
}

/** Who made the reply: the innermost that returned it. */
function answerer({
  steps,
  caught,
}: Trace): { readonly registered: Step["registered"] } | undefined {
  if (caught !== undefined) return { registered: caught.by };
  return steps.findLast(({ returned }) => returned !== undefined && returned !== null);
}

/** Whether a request was made on this machine, and not passed on by a proxy here. */
function isFromHere({ req }: KoaContext): boolean {
  const { headers, socket } = req;
  const isPassedOn = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].some(
    (name) => name in headers,
  );
  return !isPassedOn && /^(::ffff:)?127\.|^::1$/.test(socket?.remoteAddress ?? "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what would command a terminal
const commands = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function print(lines: readonly string[]): void {
  const [first = "", ...rest] = lines.map((line) => line.replace(commands, "?"));
  const begin = first === "!" ? `! ${rest.shift() ?? ""}` : first;
  console.warn([`[koa-wx] ${begin}`, ...rest.map((line) => `         ${line}`)].join("\n"));
}
