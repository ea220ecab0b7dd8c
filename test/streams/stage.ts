import { Account } from "../../src/account/account.js";
import type { WechatOptions } from "../../src/account/options.js";
import { receive } from "../../src/account/receive/receive.js";
import { asRequest } from "../../src/account/receive/request.js";
import { OutgoingHooks } from "../../src/outgoing/hooks.js";
import { Router } from "../../src/router/router.js";
import { FakeClock } from "../support/fake-clock.js";
import { signedQuery } from "../support/push.js";

const token = "aTokenForTheseTests";
const hint = "\n\n回复“继续”查看后文";

/** Something that the user reads, and when, in seconds since the stage was set. */
export interface Read {
  readonly at: number;
  readonly by: "reply" | "send";
  readonly content: string;
}

/** A push, and how WeChat's deliveries of it went. */
export interface Talk {
  /** What each delivery got: a text, `""` for success, `undefined` while it is open or when it was left so. */
  readonly answers: (string | undefined)[];
  readonly banner: boolean;
}

/** An account on a fake clock, its user, and WeChat between them: three deliveries, five seconds each. */
export class Stage {
  readonly clock = new FakeClock();
  readonly router = new Router();
  readonly hooks = new OutgoingHooks(4_500, this.clock);
  readonly account: Account;
  /** All that the user reads, in order. */
  readonly reads: Read[] = [];
  /** Calls of the typing indicator. */
  readonly typed: boolean[] = [];
  readonly reported: unknown[] = [];
  /** The errcode that custom/send answers with. */
  refuse: (count: number) => number = () => 0;
  #sent = 0;
  #pushes = 0;
  readonly #begun: number;

  constructor({ mayCall = true, ...options }: Partial<WechatOptions> & { mayCall?: boolean } = {}) {
    this.account = Account.only(
      {
        token,
        appId: "wx0123456789abcdef",
        ...(mayCall ? { appSecret: "s".repeat(32) } : {}),
        api: { fetch: (url, init) => this.#call(String(url), init) },
        ...options,
      },
      {
        router: this.router,
        hooks: this.hooks,
        report: (error) => void this.reported.push(error),
        clock: this.clock,
      },
    );
    this.#begun = this.clock.now();
  }

  get now(): number {
    return (this.clock.now() - this.#begun) / 1_000;
  }

  /** What the user has read, without the hints. */
  get text(): string {
    return this.reads.map(({ content }) => content.replace(hint, "")).join("");
  }

  get sent(): readonly Read[] {
    return this.reads.filter(({ by }) => by === "send");
  }

  /**
   * `arrivals` are when the deliveries reach the bot, in seconds; the others get lost. `created` is when WeChat made it, in
   * seconds after others.
   */
  says(content: string, arrivals?: readonly number[], created = 0): Talk {
    return this.#push(
      `<MsgType>text</MsgType><Content>${content}</Content><MsgId>${this.#id()}</MsgId>`,
      arrivals,
      created,
    );
  }

  taps(key: string): Talk {
    return this.#push(`<MsgType>event</MsgType><Event>CLICK</Event><EventKey>${key}</EventKey>`);
  }

  unfollows(): Talk {
    return this.#push("<MsgType>event</MsgType><Event>unsubscribe</Event><EventKey></EventKey>");
  }

  /** Lets seconds pass, and everything that happens meanwhile. */
  async pass(seconds: number): Promise<void> {
    // In small steps, so that what the world outside has to do has time for it.
    for (let left = Math.round(seconds * 1_000); left > 0; left -= 250) {
      await this.clock.pass(Math.min(250, left));
    }
  }

  #id(): number {
    this.#pushes += 1;
    return 6_000_000 + this.#pushes;
  }

  #push(fields: string, arrivals: readonly number[] = [0, 5, 10], created = 0): Talk {
    const seconds = Math.floor(Date.now() / 1_000) + created;
    const body = `<xml><ToUserName>gh_1</ToUserName><FromUserName>alice</FromUserName><CreateTime>${seconds}</CreateTime>${fields}</xml>`;
    const talk = { answers: [] as (string | undefined)[], banner: false };
    this.#deliver(body, talk, 0, arrivals);
    return talk;
  }

  #deliver(
    body: string,
    talk: { answers: (string | undefined)[]; banner: boolean },
    index: number,
    arrivals: readonly number[],
    begun = this.now,
  ) {
    if (index === arrivals.length) {
      talk.banner = true;
      return;
    }
    const due = begun + (arrivals[index] as number) - this.now;
    if (due > 0.001) {
      this.clock.setTimeout(() => this.#deliver(body, talk, index, arrivals, begun), due * 1_000);
      return;
    }
    const connection = new AbortController();
    talk.answers[index] = undefined;
    const query = signedQuery({}, token);
    const request = asRequest({ method: "POST", query, body, signal: connection.signal }, 65_536);
    const timer = this.clock.setTimeout(() => {
      connection.abort();
      this.#deliver(body, talk, index + 1, arrivals, begun);
    }, 5_000);
    void receive(this.account, request).then((answer) => {
      if (answer === "abandoned" || connection.signal.aborted) return;
      this.clock.clearTimeout(timer);
      const content = /<Content><!\[CDATA\[(.*)\]\]><\/Content>/s.exec(answer.body)?.[1] ?? "";
      talk.answers[index] = content;
      if (content !== "") this.reads.push({ at: this.now, by: "reply", content });
    });
  }

  async #call(url: string, init: { body?: unknown } = {}): Promise<Response> {
    const json = (value: object) => new Response(JSON.stringify(value));
    if (url.includes("stable_token")) return json({ access_token: "T", expires_in: 7_200 });
    const body = JSON.parse(String(init.body)) as {
      command?: string;
      text?: { content: string };
    };
    const errcode = this.refuse(this.#sent);
    if (url.includes("typing")) this.typed.push(body.command === "Typing");
    if (url.includes("custom/send") && errcode === 0) {
      this.#sent += 1;
      this.reads.push({ at: this.now, by: "send", content: body.text?.content ?? "" });
    }
    return json({ errcode, errmsg: errcode === 0 ? "ok" : "no" });
  }
}

/** A model that writes a text, so many characters a second, on the stage's clock. */
export async function* model(
  stage: Stage,
  text: string,
  {
    perSecond = 100,
    before = 0,
    signal,
  }: { perSecond?: number; before?: number; signal?: AbortSignal } = {},
): AsyncGenerator<string> {
  await sleep(stage, before, signal);
  const step = Math.max(1, Math.round(perSecond / 10));
  for (let at = 0; at < text.length; at += step) {
    await sleep(stage, step / perSecond, signal);
    yield text.slice(at, at + step);
  }
}

export function sleep(stage: Stage, seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      stage.clock.clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = stage.clock.setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1_000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** So many characters of Chinese prose in sentences of about twenty. */
export function prose(characters: number): string {
  let text = "";
  for (let count = 1; text.length < characters; count += 1) {
    text += `这里是第${count}句话，用来数清楚有没有少了什么。`;
  }
  return `${text.slice(0, characters - 1)}。`;
}

/** Fails with the place where two long texts differ. */
export function same(actual: string, wanted: string): void {
  if (actual === wanted) return;
  const at = [...wanted].findIndex((_, index) => actual[index] !== wanted[index]);
  const place = at < 0 ? wanted.length : at;
  const near = (text: string) => JSON.stringify(text.slice(Math.max(0, place - 20), place + 40));
  throw new Error(
    `${actual.length} characters instead of ${wanted.length}; at ${place}: ${near(actual)} instead of ${near(wanted)}`,
  );
}
