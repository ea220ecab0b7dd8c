import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { Areas } from "../../src/api/areas.js";
import { Caller } from "../../src/api/caller.js";
import type { CallOptions, Http } from "../../src/api/http.js";
import { account } from "./endpoints/account.js";
import { content } from "./endpoints/content.js";
import { type Endpoint, ok } from "./endpoints/endpoint.js";
import { messages } from "./endpoints/messages.js";
import { people } from "./endpoints/people.js";

const endpoints = [...messages, ...content, ...people, ...account];
const app = { appId: "wx0000000000000001", appSecret: "app-secret" };

interface Arrived {
  readonly method: string | undefined;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe("Every endpoint of WeChat's API", () => {
  let arrived: Arrived[] = [];
  let answer = "";
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? "", "http://local");
    const { method, headers } = request;
    arrived.push({ method, url, headers, body: Buffer.concat(chunks) });
    response.setHeader("Content-Type", "application/json; encoding=utf-8").end(answer);
  });
  let api: Areas;

  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const caller = new Caller(
      { baseUrl: `http://127.0.0.1:${port}` },
      { get: async () => "APP_TOKEN" },
    );
    api = new Areas(caller, app);
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  for (const endpoint of endpoints) {
    it(titleOf(endpoint), async () => {
      arrived = [];
      answer = JSON.stringify(endpoint.answer ?? ok);
      const result = await endpoint.call(api);
      expect(result).to.deep.equal(endpoint.result ?? endpoint.answer ?? ok);
      expect(arrived).to.have.length(1);
      const [request] = arrived as [Arrived];
      expect(request.method).to.equal(endpoint.method);
      expect(request.url.pathname).to.equal(endpoint.path);
      const token = endpoint.token === false ? {} : { access_token: "APP_TOKEN" };
      expect(Object.fromEntries(request.url.searchParams)).to.deep.equal({
        ...token,
        ...endpoint.query,
      });
      expect(await bodyOf(request)).to.deep.equal(endpoint.parts ?? endpoint.body ?? "");
    });
  }
});

describe("A call whose outcome is unknown", () => {
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
async function bodyOf({ headers, body }: Arrived): Promise<unknown> {
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
