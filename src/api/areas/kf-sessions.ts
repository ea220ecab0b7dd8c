import type { Done, Http } from "../transport/http.js";
import { wireId } from "../transport/json.js";

/** A user's session with an agent. */
export interface KfSession {
  readonly createtime: number;
  /** Empty when the user talks to nobody. */
  readonly kf_account: string;
}

/** Users who wait for an agent: the 100 who have waited longest, and how many there are. */
export interface WaitingUsers {
  readonly count: number;
  readonly waitcaselist: readonly { readonly latest_time: number; readonly openid: string }[];
}

/** One line of what users and agents said. */
export interface KfRecord {
  readonly openid: string;
  /** 2002: the agent said it; 2003: the agent got it; 1000 to 1005 are the steps of older sessions. */
  readonly opercode: number;
  readonly text: string;
  readonly time: number;
  readonly worker: string;
}

/** A span of time in seconds since 1970. */
export interface KfRecordSpan {
  readonly starttime: number;
  readonly endtime: number;
}

/** A page of records, and where the next one starts. */
export interface KfRecordPage {
  readonly recordlist: readonly KfRecord[];
  readonly number: number;
  readonly msgid: string;
}

const day = 24 * 60 * 60;
const pageSize = 10_000;

/** The sessions of users with agents (客服会话), and what was said in them (聊天记录). */
export class KfSessions {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Hands a user to an agent, who must be bound and online. Source: 「创建会话」. */
  create(kfAccount: string, openid: string): Promise<Done> {
    return this.#http.post(
      "/customservice/kfsession/create",
      { kf_account: kfAccount, openid },
      // WeChat answers "ok" when the session exists.
      { idempotent: true },
    );
  }

  /** Ends a session. Source: 「关闭会话」. */
  close(kfAccount: string, openid: string): Promise<Done> {
    return this.#http.post("/customservice/kfsession/close", { kf_account: kfAccount, openid });
  }

  /** With whom a user talks; `kf_account` is empty for nobody. Source: 「获取客户会话状态」. */
  of(openid: string): Promise<KfSession> {
    return this.#http.get("/customservice/kfsession/getsession", { query: { openid } });
  }

  /** The sessions of an agent. Source: 「获取客服会话列表」. */
  async list(
    kfAccount: string,
  ): Promise<readonly { readonly createtime: number; readonly openid: string }[]> {
    const { sessionlist } = await this.#http.get<{
      sessionlist?: { createtime: number; openid: string }[];
    }>("/customservice/kfsession/getsessionlist", { query: { kf_account: kfAccount } });
    return sessionlist ?? [];
  }

  /** The users who wait for an agent. Source: 「获取未接入会话列表」. */
  waiting(): Promise<WaitingUsers> {
    return this.#http.get("/customservice/kfsession/getwaitcase");
  }

  /**
   * One page of what was said, over at most 24 hours and of at most 10,000 lines; the first has the
   * `msgid` "1". Source: 「获取聊天记录」.
   */
  page(
    span: KfRecordSpan & { readonly msgid?: string; readonly number?: number },
  ): Promise<KfRecordPage> {
    const { starttime, endtime, msgid = "1", number = pageSize } = span;
    return this.#http.post(
      "/customservice/msgrecord/getmsglist",
      { starttime, endtime, msgid: wireId(msgid), number },
      { idempotent: true },
    );
  }

  /** All that was said in a span of any length, line by line. Source: 「获取聊天记录」. */
  async *records({ starttime, endtime }: KfRecordSpan): AsyncGenerator<KfRecord, void, undefined> {
    // A record of the second where two days meet is in both answers.
    let edge = new Set<string>();
    for (let start = starttime; start < endtime; start += day) {
      const end = Math.min(start + day, endtime);
      const last = new Set<string>();
      for await (const record of this.#day(start, end)) {
        const text = JSON.stringify(record);
        if (record.time === end) last.add(text);
        if (!edge.has(text)) yield record;
      }
      edge = last;
    }
  }

  async *#day(starttime: number, endtime: number): AsyncGenerator<KfRecord, void, undefined> {
    let msgid = "1";
    for (;;) {
      const page = await this.page({ starttime, endtime, msgid });
      const records = page.recordlist ?? [];
      yield* records;
      // A full last page has a msgid as well, and the page after it is empty.
      if (records.length < pageSize || String(page.msgid) === msgid) return;
      msgid = String(page.msgid);
    }
  }
}
