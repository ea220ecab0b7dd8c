import type { Context as KoaContext, Next } from "koa";
import { WechatError } from "../../errors.js";
import { under } from "../base-url.js";
import { isWechat } from "./browser/navigation.js";
import { clearRound, redirect } from "./browser/redirects.js";
import { type LoginFlow, pathOf } from "./flow.js";
import {
  type LoginProblem,
  type LoginProblemKind,
  type Lost,
  lostQuery,
  problems,
  showProblem,
} from "./problems.js";
import type { Pending, PendingLogins } from "./session/pending.js";
import type { LoginRecord } from "./session/records.js";
import type { LoginState } from "./session/state.js";
import type { WxUser } from "./user.js";

/** What is particular about sending a user to WeChat. */
interface Sending {
  /** The user is back from there, without what WeChat has said. */
  readonly isBack?: boolean;
  /** A login that has ended must not be meant. */
  readonly isApart?: boolean;
}

/** How often in a row a browser is sent to WeChat. */
const maxRounds = 2;

/** One request of a browser: who makes it, and all that can be answered. */
export class Visit {
  readonly ctx: KoaContext;
  readonly flow: LoginFlow;
  readonly #next: Next;

  constructor(flow: LoginFlow, ctx: KoaContext, next: Next) {
    this.flow = flow;
    this.ctx = ctx;
    this.#next = next;
  }

  /** Who is logged in. */
  login(): Promise<LoginRecord | undefined> {
    return this.flow.login(this.ctx);
  }

  /** The logins that this browser has begun. */
  get pendings(): PendingLogins {
    return this.flow.pendings(this.ctx);
  }

  /** The page's own address, as the browser has it; home for one that is none. */
  get address(): string {
    const { baseUrl, home } = this.flow.options;
    const { originalUrl } = this.ctx;
    return originalUrl.startsWith("/") ? under(baseUrl, originalUrl) : home;
  }

  /** Lets a user pass who is logged in. */
  pass(user: WxUser): Promise<unknown> {
    this.ctx.state.wxUser = user;
    return this.#next();
  }

  /** Sends a user to WeChat. */
  async send(
    round: number,
    pending: Pending,
    { isBack = false, isApart = false }: Sending = {},
  ): Promise<unknown> {
    const { callbackUrl, isServed, options } = this.flow;
    if (options.onlyInWechat && !isWechat(this.ctx)) return this.problem("outside", pending);
    // Where the guard stands on single routes, nothing else is there to come back to.
    const redirectUri = isServed ? callbackUrl : pathOf(this.address);
    if (round > maxRounds) {
      return this.problem("loop", pending, isBack ? lostQuery(redirectUri) : undefined);
    }
    const { id, state } = options.states.issue(round);
    const isNew = isApart || (await this.login()) !== undefined;
    await this.pendings.begin(id, pending, round, isNew);
    const { scope } = pending;
    redirect(this.ctx, options.identity.authorizeUrl({ redirectUri, scope, state }));
  }

  /** One more round after that of a state, or the end of it. */
  again(
    { round }: LoginState,
    pending: Pending,
    kind: LoginProblemKind,
    more: Sending = {},
  ): Promise<unknown> {
    if (round >= maxRounds) return this.problem(kind, pending);
    return this.send(round + 1, pending, more);
  }

  /** Tells the user, or the app's own hook, what came of a login. */
  async problem(kind: LoginProblemKind, pending: Pending, lost?: Lost): Promise<unknown> {
    const { ctx, flow } = this;
    const { status, code, message } = problems[kind];
    const detail = lost?.detail ?? (kind === "loop" ? await this.#lost() : "");
    const problem: LoginProblem = {
      kind,
      status,
      code,
      message: detail === "" ? message : `${message} ${detail}`,
      authorizeUrl: flow.isServed ? flow.loginUrl(pending) : pending.returnTo,
    };
    if (kind === "loop") {
      clearRound(ctx);
      await this.pendings.forget();
      ctx.app.emit("error", new WechatError(code, problem.message), ctx);
    }
    const hook = flow.options.on[kind];
    if (hook !== undefined) return hook(ctx, problem, this.#next);
    showProblem(ctx, problem, { ...lost, detail });
  }

  /** What to do about a login that runs in circles. */
  async #lost(): Promise<string> {
    const { baseUrl, kept, records, session } = this.flow.options;
    if (await records.hasId(session(this.ctx))) {
      return `${kept} came back, but the store knows no such login: several processes need one shared store (RedisStore) and the same app.keys.`;
    }
    return `${kept} did not come back: the browser refuses it, or the page was not opened at ${baseUrl.origin}, the only address whose cookies reach the login.`;
  }
}
