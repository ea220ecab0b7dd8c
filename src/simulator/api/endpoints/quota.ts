import { type Endpoints, ok, textOf } from "../call.js";
import { refuse } from "../refusal.js";
import { checkCredentials } from "./tokens.js";

const week = 7 * 86_400;

/** Quotas and the records of calls; `isPath` says which calls there are. Source: 「openApi管理」. */
export function quotaEndpoints(isPath: (path: string) => boolean): Endpoints {
  const known = (path: string) => {
    if (path.startsWith("/sns/")) refuse(76022, "no permission");
    if (!isPath(path)) refuse(76021);
    return path;
  };
  return {
    "/cgi-bin/openapi/quota/get": {
      method: "POST",
      run({ world, body }) {
        const path = known(textOf(body, "cgi_path"));
        return { ...ok, quota: world.quota.of(path) };
      },
    },
    "/cgi-bin/openapi/quota/clear": {
      method: "POST",
      run({ world, body }) {
        if (!world.quota.clear(known(textOf(body, "cgi_path")))) refuse(48006);
      },
    },
    "/cgi-bin/clear_quota": {
      method: "POST",
      run({ world, body }) {
        const appId = textOf(body, "appid");
        if (appId === "") refuse(41002);
        if (appId !== world.account.appId) refuse(40013);
        if (!world.quota.clear()) refuse(48006);
      },
    },
    "/cgi-bin/clear_quota/v2": {
      method: "POST",
      token: false,
      run(call) {
        // The document's table has the two in the body, its sample in the query.
        const fields = call.query.has("appid") ? Object.fromEntries(call.query) : call.body;
        checkCredentials(call, fields, "appsecret");
        if (!call.world.quota.clear()) refuse(48006);
      },
    },
    "/cgi-bin/openapi/rid/get": {
      method: "POST",
      run({ world, body }) {
        const rid = textOf(body, "rid");
        if (!/^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/.test(rid)) refuse(76002);
        const request = world.requests.find(rid);
        if (request === undefined) refuse(76001);
        if (world.seconds - request.invoke_time > week) refuse(76004);
        return { ...ok, request };
      },
    },
  };
}
