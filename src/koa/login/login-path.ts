import { redirect } from "./browser/redirects.js";
import { Callback, comeAstray } from "./callback.js";
import { lostState } from "./problems.js";
import { covers, isScope } from "./user.js";
import type { Visit } from "./visit.js";

/** Serves the login's own path: where logins begin, and where WeChat sends users back to. */
export async function serveLogin(visit: Visit): Promise<unknown> {
  const { ctx, flow } = visit;
  ctx.set("Cache-Control", "no-store");
  if (ctx.method !== "GET") {
    ctx.set("Allow", "GET");
    ctx.status = 405;
    return;
  }
  const query = new URLSearchParams(ctx.querystring);
  const [codes, states] = [query.getAll("code"), query.getAll("state")];
  if (codes.length === 0 && states.length === 0) return begin(visit, query);
  const isOne = states.length === 1 && codes.length <= 1;
  const state = isOne ? flow.options.states.read(states[0]) : undefined;
  if (state === undefined) {
    return visit.problem("state", flow.fresh(), lostState(codes, states));
  }

  const begun = await visit.pendings.find(state.id);
  const pending = begun && { ...begun, returnTo: flow.safe(begun.returnTo) };
  await visit.pendings.answered();
  const [code = ""] = codes;
  if (code === "") return visit.problem("denied", pending ?? flow.fresh());
  if (pending === undefined) return comeAstray(visit, state);
  if (!state.isFresh) return visit.again(state, pending, "loop");
  return new Callback(visit, state, code, pending).arrive();
}

/** Begins a login that no guard has asked for. */
async function begin(visit: Visit, query: URLSearchParams): Promise<unknown> {
  const { ctx, flow } = visit;
  const wanted = query.get("scope");
  const scope = isScope(wanted) ? wanted : flow.options.scope;
  const isBare = !query.has("scope") && !query.has("returnTo");
  const last = isBare ? await visit.pendings.last() : undefined;
  const returnTo = flow.safe(last?.returnTo ?? query.get("returnTo"));
  const login = await visit.login();
  if (login !== undefined && covers(login.user, last?.scope ?? scope)) {
    return redirect(ctx, returnTo);
  }
  if (last === undefined) return visit.send(1, { scope, returnTo });
  return visit.send(last.round + 1, { scope: last.scope, returnTo }, { isBack: true });
}
