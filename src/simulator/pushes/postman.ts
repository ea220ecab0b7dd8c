import { setMaxListeners } from "node:events";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import fetch, { FetchError } from "node-fetch";
import { type Bilingual, both } from "../../language.js";
import type { Attempt, PushRecord } from "../world/journal.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { encodingFault } from "./encoding.js";
import { explainedHeader, explainedIn } from "./explained.js";
import { innerPush, probe } from "./inner-network.js";
import { judge, type Verdict } from "./judge.js";
import { type PushFields, pushXml, type SealedPush, seal, verification } from "./push.js";

export interface PostmanOptions {
  /** The server address (服务器地址) of the bot. */
  readonly target: string;
  /** How often a push is delivered at most. Default: 3. */
  readonly attempts?: number;
  /** How long WeChat waits for an answer, in milliseconds. Default: 5,000. */
  readonly patience?: number;
}

type Exchange = Omit<Attempt, "number" | "at" | "body" | "answer"> & {
  readonly bytes?: Buffer;
};

/** The longest answer that is read. */
const answerLimit = 1024 * 1024;

const closed = both(
  "the simulated WeChat was closed before the bot had answered",
  "机器人回答之前，模拟微信已经关闭",
);

/** Each delivery has a connection of its own, so that no old one fails under it. */
const agents = [new Agent({ keepAlive: false }), new SecureAgent({ keepAlive: false })] as const;

/** Delivers pushes as WeChat does: five seconds each, and again if the answer is lost or late. */
export class Postman {
  readonly #world: World;
  readonly #options: Required<Omit<PostmanOptions, "target">>;
  readonly #closed: AbortSignal;
  /** The server address (服务器地址) of the bot. */
  target: string;

  /** @param closed Ends what is under way. */
  constructor(
    world: World,
    { target, ...options }: PostmanOptions,
    closed: AbortSignal = new AbortController().signal,
  ) {
    this.#world = world;
    this.#options = { attempts: 3, patience: 5_000, ...options };
    // Every delivery under way listens to it.
    setMaxListeners(0, closed);
    this.#closed = closed;
    this.target = target;
  }

  /** Delivers a push to the bot until WeChat knows what to make of it. */
  async deliver(person: Person, fields: PushFields): Promise<PushRecord> {
    const world = this.#world;
    const { account } = world;
    const { openid } = person;
    const head = { ToUserName: account.id, FromUserName: openid, CreateTime: world.seconds };
    const whole = { ...head, ...fields };
    const xml = pushXml(whole);
    const sealed =
      account.cloudHosting === undefined
        ? seal(account, { xml, openid, seconds: world.seconds })
        : innerPush(account, { fields: whole, xml, openid });
    let record: PushRecord = {
      kind: "push",
      id: world.journal.nextId(),
      at: world.clock.now(),
      openid,
      xml,
      attempts: [],
      outcome: "pending",
    };
    world.record(record);
    for (let number = 1; ; number += 1) {
      const { bytes, ...attempted } = await this.#attempt(number, sealed);
      const { status, failure } = attempted;
      // As it came, with a byte order mark.
      const answer = bytes?.toString("utf8");
      const attempt = { ...attempted, ...(answer === undefined ? {} : { answer }) };
      if (status === undefined || bytes === undefined) {
        record = { ...record, attempts: [...record.attempts, attempt] };
        world.record(record);
        if (this.#closed.aborted) {
          return this.#end(record, { outcome: "fault", reason: closed.en, reasonZh: closed.zh });
        }
        if (number < this.#options.attempts) continue;
        const times = `in ${number} ${number === 1 ? "attempt" : "attempts"}`;
        const { failureZh } = attempted;
        return this.#end(record, {
          outcome: "fault",
          reason: `no answer ${times}: ${failure}`,
          reasonZh: `推送 ${number} 次都没有得到回答：${failureZh}`,
        });
      }
      const isEvent = fields.MsgType === "event";
      const hasMedia = (id: string) => world.media.get(id) !== undefined;
      const verdict = judge({ status, body: bytes }, { account, openid, isEvent, hasMedia });
      const answerXml = verdict.outcome === "acknowledged" ? undefined : verdict.xml;
      const seen = { ...attempt, ...(answerXml === undefined ? {} : { answerXml }) };
      return this.#end(
        { ...record, attempts: [...record.attempts, seen], winner: number },
        verdict,
      );
    }
  }

  #end(record: PushRecord, verdict: Verdict): PushRecord {
    const { outcome } = verdict;
    const ended = {
      ...record,
      outcome,
      ...(outcome === "reply" ? { reply: verdict.content } : {}),
      ...(outcome === "fault" ? { reason: verdict.reason, reasonZh: verdict.reasonZh } : {}),
    };
    this.#world.record(ended);
    return ended;
  }

  /** Verifies the server address as the console does; says what is wrong with the answer. */
  async verify(): Promise<Bilingual | undefined> {
    if (this.#world.account.cloudHosting !== undefined) return this.#probe();
    const query = verification(this.#world.account, this.#world.seconds);
    const exchange = await this.#request("GET", { query });
    const { failure, failureZh = "", status, bytes = Buffer.alloc(0) } = exchange;
    if (failure !== undefined) return both(failure, failureZh);
    if (status !== 200) {
      return both(`the server answered with status ${status}`, `服务器返回状态码 ${status}`);
    }
    if (bytes.toString("utf8") === query.get("echostr")) return undefined;
    const fault = encodingFault(bytes);
    if (fault !== undefined) {
      const { what, fix } = fault;
      return both(`the answer ${what.en}. ${fix.en}`, `响应${what.zh}。${fix.zh}`);
    }
    return both(
      "the server did not answer with the echostr itself, without quotes, white space or markup",
      "服务器没有原样返回 echostr：不能带引号、空白或标签",
    );
  }

  /** The same for 微信云托管, which knows no verification, but looks whether the path is served. */
  async #probe(): Promise<Bilingual | undefined> {
    const { account } = this.#world;
    const push = innerPush(account, { fields: probe, xml: pushXml(probe) });
    const exchange = await this.#request("POST", push);
    const { failure, failureZh = "", status, bytes = Buffer.alloc(0) } = exchange;
    if (failure !== undefined) return both(failure, failureZh);
    if (status !== 200) {
      return both(
        `the server answered the probe with status ${status}`,
        `服务器对探测请求返回状态码 ${status}`,
      );
    }
    if (/^(success)?$/.test(bytes.toString("utf8"))) return undefined;
    return both(
      'the server answered the probe with something other than "success"',
      "服务器对探测请求的回答不是 success",
    );
  }

  async #attempt(number: number, push: SealedPush) {
    const { clock, faults } = this.#world;
    if (faults.pushLatency > 0) {
      await clock.wait(faults.pushLatency, this.#closed).catch(() => {});
    }
    const at = clock.now();
    return { number, at, body: push.body, ...(await this.#request("POST", push)) };
  }

  async #request(
    method: "GET" | "POST",
    { query, headers, body }: Partial<SealedPush>,
  ): Promise<Exchange> {
    const { clock } = this.#world;
    const url = new URL(this.target);
    for (const [name, value] of query ?? []) url.searchParams.set(name, value);
    const started = performance.now();
    const duration = () => Math.round(performance.now() - started);
    const connection = new AbortController();
    const timer = new AbortController();
    const timeout = clock.wait(this.#options.patience, timer.signal).then(
      () => connection.abort(),
      () => {},
    );
    const leave = () => connection.abort();
    if (this.#closed.aborted) leave();
    this.#closed.addEventListener("abort", leave);
    try {
      const response = await fetch(url, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: {
          ...{ "Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", Accept: "*/*" },
          ...headers,
        },
        redirect: "manual",
        size: answerLimit,
        signal: connection.signal,
        agent: ({ protocol }) => agents[protocol === "https:" ? 1 : 0],
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const contentType = response.headers.get("Content-Type");
      const explained = explainedIn(response.headers.get(explainedHeader));
      return {
        url: url.href,
        duration: duration(),
        status: response.status,
        ...(contentType === null ? {} : { contentType }),
        ...(explained === undefined ? {} : { explained }),
        bytes,
      };
    } catch (error) {
      const seconds = this.#options.patience / 1000;
      if (this.#closed.aborted) {
        return { url: url.href, duration: duration(), failure: closed.en, failureZh: closed.zh };
      }
      const { en, zh } = connection.signal.aborted
        ? both(
            `no answer within ${seconds} ${seconds === 1 ? "second" : "seconds"}`,
            `${seconds} 秒内没有回答`,
          )
        : both(`the connection failed (${reasonOf(error)})`, `连接失败（${reasonOf(error)}）`);
      return { url: url.href, duration: duration(), failure: en, failureZh: zh };
    } finally {
      timer.abort();
      this.#closed.removeEventListener("abort", leave);
      await timeout;
    }
  }
}

/** The part of a network error that says what happened, without the address and its signature. */
function reasonOf(error: unknown): string {
  if (error instanceof FetchError) return error.code ?? error.type;
  return error instanceof Error ? error.message : String(error);
}
