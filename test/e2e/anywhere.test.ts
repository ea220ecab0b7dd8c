/** The samples of the page “Anywhere”, each run as it stands there, in a folder without Koa. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { foreignModules, installPacked, same, type UserFolder } from "../support/installed.js";
import { account, signedQuery, textXml } from "../support/push.js";

const page = readFileSync("docs/anywhere.md", "utf8");
/** Each block begins with the name of its file. */
const samples = Object.fromEntries(
  [...page.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```/gms)].map(([, file = "", code = ""]) => [
    file,
    code,
  ]),
);

const verification = () => signedQuery({ echostr: "5678901234" });
const headers = { "content-type": "text/xml", host: "bot.example.com" };
const says = (text: string) => `<Content><![CDATA[${text}]]></Content>`;

/** What a server listens with, on a free port that it prints. */
const servers: Readonly<Record<string, string>> = {
  "hono.js": `
    import { createServer } from "node:http";
    import { app } from "./hono.js";
    const server = createServer(async (incoming, outgoing) => {
      const body = incoming.method === "GET" ? {} : { body: incoming, duplex: "half" };
      const { method, headers } = incoming;
      const url = "http://localhost" + incoming.url;
      const answer = await app.fetch(new Request(url, { method, headers, ...body }));
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    }).listen(0, "127.0.0.1", () => console.log(server.address().port));`,
  "express.js": `
    import { app } from "./express.js";
    const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
  "fastify.js": `
    import { app } from "./fastify.js";
    await app.listen({ port: 0, host: "127.0.0.1" });
    console.log(app.server.address().port);`,
};

describe("docs/anywhere.md: its samples", function () {
  this.timeout(30_000);
  let user: UserFolder;

  before(function () {
    this.timeout(240_000);
    user = installPacked();
    user.unlink("koa");
    user.link(same(["express", "fastify", "hono"]), foreignModules());
    user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
    for (const [file, code] of Object.entries(samples)) user.write(file, code);
  });
  after(() => user?.remove());

  it("are all there", () => {
    expect(Object.keys(samples)).to.have.members([
      ...["bot.js", "server.js", "hono.js", "express.js", "fastify.js"],
      ...["app/wechat/route.js", "scf.js", "gateway.js", "cloudbase.js", "fc.js"],
    ]);
  });

  for (const [file, source] of Object.entries(servers)) {
    it(`answer the verification and a push, and refuse the rest: ${file}`, async () => {
      user.write(`serve-${file}`, source);
      const child = spawn(process.execPath, ["--no-warnings", `serve-${file}`], {
        cwd: user.folder,
        env: { ...process.env, WECHAT_TOKEN: account.token },
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const [port] = await once(child.stdout, "data");
        const at = (query: Record<string, string>) =>
          `http://127.0.0.1:${Number(port)}/wechat?${new URLSearchParams(query)}`;
        expect(await (await fetch(at(verification()))).text()).to.equal("5678901234");
        for (const type of ["text/xml", "application/json", "application/x-www-form-urlencoded"]) {
          const answer = await fetch(at(signedQuery()), {
            method: "POST",
            headers: { "content-type": type },
            body: textXml(type),
          });
          expect(answer.headers.get("content-type")).to.equal("application/xml; charset=utf-8");
          expect(await answer.text()).to.contain(says(type));
        }
        const refused = await fetch(at({}), { method: "POST", headers, body: textXml("x") });
        expect(refused.status).to.equal(403);
        expect((await fetch(at({}), { method: "DELETE" })).status).to.equal(405);
      } finally {
        child.kill();
      }
    });
  }

  /** Has a function of a sample answer an event; both in a process of their own. */
  async function answered(file: string, name: string, ...given: readonly unknown[]) {
    const source = `
      process.env.WECHAT_TOKEN = ${JSON.stringify(account.token)};
      const { ${name}: handle } = await import("./${file}");
      const answer = await handle(...${JSON.stringify(given)});
      console.log(JSON.stringify(answer));
    `;
    user.write("call.js", source);
    return JSON.parse(await user.run("node", "--no-warnings", "call.js"));
  }

  it("answer the event of a Tencent cloud function: scf.js", async () => {
    // The event of an API gateway trigger, with what koa-wx does not look at.
    const event = {
      ...{
        headerParameters: {},
        pathParameters: {},
        queryStringParameters: {},
        stageVariables: {},
      },
      requestContext: { serviceId: "service-f94sy04v", path: "/wechat", httpMethod: "POST" },
      ...{ headers, path: "/wechat" },
    };
    const query = { queryString: verification(), httpMethod: "GET", body: "" };
    const verified = await answered("scf.js", "main_handler", { ...event, ...query });
    expect(verified).to.deep.include({
      isBase64Encoded: false,
      statusCode: 200,
      body: "5678901234",
    });
    const push = { queryString: signedQuery(), httpMethod: "POST", body: textXml("云函数") };
    const answer = await answered("scf.js", "main_handler", { ...event, ...push });
    expect(answer.headers["Content-Type"]).to.equal("application/xml; charset=utf-8");
    expect(answer.body).to.contain(says("云函数"));
    const strange = { queryString: {}, httpMethod: "POST", body: textXml("x") };
    expect(await answered("scf.js", "main_handler", { ...event, ...strange })).to.include({
      statusCode: 403,
    });
  });

  it("answer the event of a Tencent function URL, which has fewer fields: scf.js", async () => {
    // Source: 「函数 URL 概述」, 事件函数.
    const event = { headers, path: "/wechat", queryString: signedQuery(), httpMethod: "POST" };
    const answer = await answered("scf.js", "main_handler", { ...event, body: textXml("网址") });
    expect(answer).to.include({ statusCode: 200, isBase64Encoded: false });
    expect(answer.body).to.contain(says("网址"));
  });

  it("answer the event of CloudBase: cloudbase.js", async () => {
    // Source: 「通过 HTTP 访问云函数」, 集成请求.
    const event = { path: "/wechat", headers, requestContext: { envId: "env-id" } };
    const opened = { httpMethod: "GET", queryStringParameters: verification(), body: "" };
    const verified = { ...event, ...opened, isBase64Encoded: false };
    expect((await answered("cloudbase.js", "main", verified, {})).body).to.equal("5678901234");
    const push = { httpMethod: "POST", queryStringParameters: signedQuery() };
    const plain = { ...event, ...push, body: textXml("云开发"), isBase64Encoded: false };
    expect((await answered("cloudbase.js", "main", plain, {})).body).to.contain(says("云开发"));
  });

  it("answer the event of Function Compute, which is bytes: fc.js", async () => {
    // Source: 「HTTP触发器调用函数」, 请求结构体.
    user.write(
      "fc-bytes.js",
      `import { handler } from "./fc.js";
      export const bytes = (event) => handler(Buffer.from(JSON.stringify(event)), {});`,
    );
    const event = (method: string, queryParameters: object, more: object) => ({
      ...{ version: "v1", rawPath: "/wechat", headers, queryParameters, isBase64Encoded: false },
      requestContext: { http: { method, path: "/wechat", protocol: "HTTP/1.1" } },
      ...more,
    });
    const opened = event("GET", verification(), { body: "" });
    expect(await answered("fc-bytes.js", "bytes", opened)).to.deep.include({
      statusCode: 200,
      body: "5678901234",
    });
    const body = Buffer.from(textXml("函数计算")).toString("base64");
    for (const sent of [{ body: textXml("函数计算") }, { body, isBase64Encoded: true }]) {
      const answer = await answered("fc-bytes.js", "bytes", event("POST", signedQuery(), sent));
      expect(answer.body).to.contain(says("函数计算"));
    }
  });

  it("answer the event of an API gateway, with a body in base64: gateway.js", async () => {
    const event = { path: "/wechat", headers, isBase64Encoded: true };
    const body = Buffer.from(textXml("网关")).toString("base64");
    const push = { queryStringParameters: signedQuery(), httpMethod: "POST", body };
    const answer = await answered("gateway.js", "handler", { ...event, ...push });
    expect(answer.body).to.contain(says("网关"));
    const opened = { queryStringParameters: null, httpMethod: "GET", body: null, headers: null };
    expect(await answered("gateway.js", "handler", { ...event, ...opened })).to.include({
      statusCode: 403,
    });
  });
});
