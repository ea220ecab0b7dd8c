/** Somebody who answers for the account (客服). */
export interface Agent {
  readonly id: string;
  nickname: string;
  headimgurl: string;
  /** The WeChat id to which the agent is bound; here an invitation is accepted at once. */
  wx: string;
}

/** A user's session with an agent. */
export interface AgentSession {
  readonly account: string;
  /** Seconds. */
  readonly createTime: number;
}

/** The account's agents by `kf_account`, and their sessions by openid. */
export class Agents {
  readonly #agents = new Map<string, Agent>();
  readonly sessions = new Map<string, AgentSession>();
  #last = 1000;

  add(account: string, nickname: string): Agent {
    this.#last += 1;
    const agent = { id: String(this.#last), nickname, headimgurl: "", wx: "" };
    this.#agents.set(account, agent);
    return agent;
  }

  get(account: string): Agent | undefined {
    return this.#agents.get(account);
  }

  has(account: string): boolean {
    return this.#agents.has(account);
  }

  delete(account: string): boolean {
    for (const [openid, session] of this.sessions) {
      if (session.account === account) this.sessions.delete(openid);
    }
    return this.#agents.delete(account);
  }

  get size(): number {
    return this.#agents.size;
  }

  [Symbol.iterator](): IterableIterator<[string, Agent]> {
    return this.#agents.entries();
  }
}
