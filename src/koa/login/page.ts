import { wouldSee } from "../mounted.js";
import { isNavigation } from "./browser/navigation.js";
import { clearRound, readRound } from "./browser/redirects.js";
import { askedFrom } from "./browser/return-to.js";
import { pathOf } from "./flow.js";
import { serveLogin } from "./login-path.js";
import { covers, type LoginScope } from "./user.js";
import { isVerified } from "./verification.js";
import type { Visit } from "./visit.js";

/** Lets a user pass who is logged in, and sends the others to WeChat. */
export async function guardPage(visit: Visit, scope: LoginScope): Promise<unknown> {
  const { ctx, flow } = visit;
  if (isVerified(ctx, flow.options.verify)) return;
  if (flow.isAtLogin(ctx) || isReturn(visit)) return serveLogin(visit);
  const login = await visit.login();
  if (login !== undefined) clearRound(ctx);
  if (login !== undefined && covers(login.user, scope)) return visit.pass(login.user);
  flow.isServed ||= wouldSee(ctx, flow.options.path);
  if (!isNavigation(ctx)) {
    const { baseUrl, allowed, home } = flow.options;
    const returnTo = askedFrom(ctx, baseUrl, allowed) ?? home;
    return visit.problem("required", { scope, returnTo });
  }
  const returnTo = flow.safe(visit.address);
  const last = await lastSent(visit);
  if (last === undefined) return visit.send(readRound(ctx) + 1, { scope, returnTo });
  return visit.send(last.round + 1, { scope, returnTo: last.returnTo }, { isBack: true });
}

/** Whether WeChat has sent the user back to the page itself, for want of a path of the login's own. */
function isReturn({ ctx, flow }: Visit): boolean {
  if (!ctx.querystring.includes("state=")) return false;
  const states = new URLSearchParams(ctx.querystring).getAll("state");
  return states.length === 1 && flow.options.states.read(states[0]) !== undefined;
}

/**
 * The login for which this browser was sent to WeChat a moment ago, if it may be back from there
 * without what WeChat has said: something on the way has dropped or changed the query.
 */
async function lastSent(visit: Visit) {
  const { ctx, flow } = visit;
  const { isServed, options } = flow;
  const here = pathOf(ctx.originalUrl);
  // The login's own path, with a query that has become part of it.
  const isPart = here.startsWith(options.path) && /^[%;&]/.test(here.slice(options.path.length));
  if (isServed && !isPart) return undefined;
  if (!isServed && !/^$|(?:^|[&?;])(?:code|state)=/.test(ctx.querystring)) return undefined;
  const last = await visit.pendings.last();
  if (last === undefined) return undefined;
  const returnTo = flow.safe(last.returnTo);
  const isHere = isServed || pathOf(returnTo) === pathOf(flow.safe(visit.address));
  return isHere ? { round: last.round, returnTo } : undefined;
}
