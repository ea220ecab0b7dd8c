import { expect } from "chai";
import { Areas } from "../../src/api/areas.js";
import { createClient } from "../../src/api/client.js";
import type { CallOptions, Http } from "../../src/api/transport/http.js";
import { type ApiServer, type Call, startApiServer } from "../support/api-server.js";
import { account } from "./endpoints/account.js";
import { content } from "./endpoints/content.js";
import { type Endpoint, ok } from "./endpoints/endpoint.js";
import { messages } from "./endpoints/messages.js";
import { people } from "./endpoints/people.js";
import { pictures } from "./endpoints/pictures.js";
import { statistics } from "./endpoints/statistics.js";

const endpoints = [...messages, ...content, ...people, ...account, ...statistics, ...pictures];
const app = { appId: "wx0000000000000001", appSecret: "app-secret" };

describe("ctx.api: every endpoint of WeChat's API", () => {
  let server: ApiServer;
  let api: Areas;
  before(async () => {
    server = await startApiServer();
    api = createClient({ ...app, baseUrl: server.url, tokenProvider: async () => "APP_TOKEN" });
  });
  after(() => server.close());

  for (const endpoint of endpoints) {
    it(titleOf(endpoint), async () => {
      server.calls.length = 0;
      server.on(endpoint.path, endpoint.answer ?? ok);
      const result = await endpoint.call(api);
      expect(result).to.deep.equal(endpoint.result ?? endpoint.answer ?? ok);
      expect(server.calls).to.have.length(1);
      const [call] = server.calls as [Call];
      expect(call.method).to.equal(endpoint.method);
      expect(call.path).to.equal(endpoint.path);
      const token = endpoint.token === false ? {} : { access_token: "APP_TOKEN" };
      expect(call.query).to.deep.equal({ ...token, ...endpoint.query });
      expect(await bodyOf(call)).to.deep.equal(endpoint.parts ?? endpoint.body ?? "");
    });
  }
});

describe("ApiError: a call whose outcome is unknown", () => {
  /** Calls that would do something a second time, or fail because the first one succeeded. */
  const doneOnce = new Set([
    "/cgi-bin/clear_quota",
    "/cgi-bin/clear_quota/v2",
    "/cgi-bin/comment/delete",
    "/cgi-bin/comment/reply/add",
    "/cgi-bin/comment/reply/delete",
    "/cgi-bin/draft/add",
    "/cgi-bin/draft/delete",
    "/cgi-bin/freepublish/delete",
    "/cgi-bin/freepublish/submit",
    "/cgi-bin/material/add_material",
    "/cgi-bin/material/del_material",
    "/cgi-bin/media/uploadnews",
    "/cgi-bin/media/uploadvideo",
    "/cgi-bin/media/voice/addvoicetorecofortext",
    "/cgi-bin/menu/addconditional",
    "/cgi-bin/menu/delconditional",
    "/cgi-bin/message/custom/send",
    "/cgi-bin/message/mass/delete",
    "/cgi-bin/message/mass/preview",
    "/cgi-bin/message/mass/send",
    "/cgi-bin/message/mass/sendall",
    "/cgi-bin/message/subscribe/bizsend",
    "/cgi-bin/message/template/subscribe",
    "/cgi-bin/openapi/quota/clear",
    "/cgi-bin/tags/create",
    "/cgi-bin/tags/delete",
    "/cgi-bin/template/api_add_template",
    "/cgi-bin/template/api_set_industry",
    "/cgi-bin/template/del_private_template",
    "/customservice/kfaccount/add",
    "/customservice/kfaccount/del",
    "/customservice/kfaccount/inviteworker",
    "/customservice/kfsession/close",
    // Each costs one of the few calls of a day.
    "/cv/img/aicrop",
    "/cv/img/qrcode",
    "/cv/ocr/bankcard",
    "/cv/ocr/bizlicense",
    "/cv/ocr/comm",
    "/cv/ocr/driving",
    "/cv/ocr/drivinglicense",
    "/cv/ocr/idcard",
    "/cv/ocr/menu",
    "/sns/oauth2/access_token",
    "/wxaapi/newtmpl/addtemplate",
    "/wxaapi/newtmpl/deltemplate",
  ]);

  for (const endpoint of endpoints) {
    const may = !doneOnce.has(endpoint.path);
    it(`is ${may ? "" : "not "}repeated: ${titleOf(endpoint)}`, async () => {
      let marked: boolean | undefined;
      const note =
        (byDefault: boolean) =>
        async (options: CallOptions = {}): Promise<never> => {
          marked = options.idempotent ?? byDefault;
          if (endpoint.answer !== undefined) return endpoint.answer as never;
          return ok as never;
        };
      const http: Http = {
        get: (_path, options) => note(true)(options),
        post: (_path, _body, options) => note(false)(options),
        upload: (_path, _file, options) => note(false)(options),
        download: (_path, options) => note(true)(options),
      };
      await endpoint.call(new Areas(http, app));
      expect(marked).to.equal(may);
    });
  }
});

function titleOf({ call, method, path }: Endpoint): string {
  const name = /api\s*\.(\w+\s*\.\w+)/.exec(String(call))?.[1]?.replace(/\s/g, "");
  return `${name}: ${method} ${path}`;
}

/** A body as its JSON, or as the parts that a form parser finds in it. */
async function bodyOf({ headers, body }: Call): Promise<unknown> {
  if (body.length === 0) return "";
  const type = headers["content-type"] ?? "";
  if (!type.startsWith("multipart/")) {
    expect(body.toString()).not.to.match(/\\u/);
    return JSON.parse(body.toString());
  }
  // WeChat refuses uploads of unknown length.
  expect(headers["content-length"]).to.equal(String(body.length));
  const form = await new Response(body, { headers: { "Content-Type": type } }).formData();
  const parts: Record<string, unknown> = {};
  for (const [name, value] of form) {
    parts[name] = typeof value === "string" ? value : [value.name, value.type, await value.text()];
  }
  return parts;
}
