import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from "node:http";
import { connect } from "node:net";
import { expect } from "chai";
import { listen, shut } from "../../../src/simulator/listen.js";
import {
  Addresses,
  policyWithStandIn,
  withStandIn,
} from "../../../src/simulator/web-view/addresses.js";
import { WebViews } from "../../../src/simulator/web-view/views.js";

const phone = "http://127.0.0.1:8600";

describe("Addresses: those of a web view", () => {
  const addresses = new Addresses("http://localhost:3000", "http://127.0.0.1:4100");

  it("are exchanged in both directions, as they are and encoded", () => {
    const url = "/sign?url=http%3A%2F%2F127.0.0.1%3A4100%2Fa&b=http://127.0.0.1:4100";
    expect(addresses.toOwn(url)).to.equal(
      "/sign?url=http%3A%2F%2Flocalhost%3A3000%2Fa&b=http://localhost:3000",
    );
    expect(addresses.toView('<a href="http://localhost:3000/x">')).to.equal(
      '<a href="http://127.0.0.1:4100/x">',
    );
  });

  it("leave what only begins like them", () => {
    for (const text of ["http://localhost:30001/", "http://localhost:3000.example.com/"]) {
      expect(addresses.toView(text)).to.equal(text);
    }
    expect(
      new Addresses("http://localhost", "http://127.0.0.1:1").toView("http://localhost:3000/"),
    ).to.equal("http://localhost:3000/");
  });
});

describe("withStandIn(): a page with WeChat's script", () => {
  it("gets the stand-in, from whichever address it takes the script, and loses its checksum", () => {
    for (const src of [
      "https://res.wx.qq.com/open/js/jweixin-1.6.0.js",
      "http://res2.wx.qq.com/open/js/jweixin-1.4.0.js",
      "//res.wx.qq.com/open/js/jweixin-1.6.2-beta.js",
    ]) {
      const tag = `<script defer src="${src}" integrity="sha384-abc" crossorigin="anonymous"></script>`;
      expect(withStandIn(tag)).to.equal(
        '<script defer src="/.koa-wx/jweixin.js" crossorigin="anonymous"></script>',
      );
      expect(withStandIn(`load("${src}")`)).to.equal('load("/.koa-wx/jweixin.js")');
    }
  });

  it("keeps every other script, and its checksum", () => {
    for (const source of [
      '<script src="https://a.example/open/js/jweixin-1.6.0.js" integrity="sha384-abc"></script>',
      '<script src="https://res.wx.qq.com/open/js/other.js"></script>',
    ]) {
      expect(withStandIn(source)).to.equal(source);
    }
  });

  it("allows the stand-in where it allows WeChat's script", () => {
    expect(policyWithStandIn("script-src https://res.wx.qq.com 'nonce-1'; img-src *")).to.equal(
      "script-src 'self' 'nonce-1'; img-src *",
    );
    expect(policyWithStandIn("script-src res2.wx.qq.com/open/js/")).to.equal("script-src 'self'");
    expect(policyWithStandIn("script-src 'self'")).to.equal("script-src 'self'");
  });
});

describe("WebViews: a web view", () => {
  let server: Server;
  let own: string;
  let handle: RequestListener;
  let views: WebViews;

  beforeEach(async () => {
    server = createServer((req, res) => handle(req, res));
    own = await listen(server);
    views = new WebViews({ target: () => `${own}/wechat` });
  });
  afterEach(async () => {
    await views.close();
    await shut(server);
  });

  const viewOf = async (path = "/") => (await views.addressOf(own + path, phone)) ?? "";

  it("is there for pages of this machine and of the bot, and for no others", async () => {
    expect(await viewOf("/a?b#c")).to.match(/^http:\/\/127\.0\.0\.1:\d+\/a\?b#c$/);
    expect(await viewOf("/d")).to.equal(`${new URL(await viewOf()).origin}/d`);
    for (const address of [
      "https://localhost:1/",
      "http://shop.example.com/",
      `${phone}/connect/`,
    ]) {
      expect(await views.addressOf(address, phone), address).to.equal(undefined);
    }
    const elsewhere = new WebViews({ target: () => "http://10.0.0.8:3000/wechat" });
    expect(await elsewhere.addressOf("http://10.0.0.8:3000/page", phone)).to.contain("/page");
    expect(await elsewhere.addressOf("http://10.0.0.8:3001/page", phone)).to.equal(undefined);
    await elsewhere.close();
    const early = new WebViews({ target: () => "" });
    expect(await early.addressOf("http://shop.example.com/", phone)).to.equal(undefined);
  });

  it("serves so many servers and no more", async () => {
    for (let port = 1; port <= 12; port += 1) {
      const seen = await views.addressOf(`http://localhost:${port}/`, phone);
      expect(seen === undefined, String(port)).to.equal(port > 8);
    }
  });

  it("shows the server its own address, and the browser that of the view", async () => {
    let asked: IncomingMessage | undefined;
    let body = "";
    handle = async (req, res) => {
      asked = req;
      for await (const chunk of req) body += String(chunk);
      res.setHeader("Location", `${own}/next`);
      res.setHeader("Set-Cookie", ["a=1; Domain=localhost; Path=/", "b=2"]);
      res.writeHead(302).end();
    };
    const view = new URL(await viewOf()).origin;
    const response = await fetch(`${view}/sign?url=${encodeURIComponent(`${view}/p`)}`, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: view, Referer: `${view}/p`, "Content-Type": "application/json" },
      body: JSON.stringify({ url: `${view}/p?茶` }),
    });
    expect(asked?.url).to.equal(`/sign?url=${encodeURIComponent(`${own}/p`)}`);
    expect(asked?.headers).to.include({
      host: new URL(own).host,
      origin: own,
      referer: `${own}/p`,
      "content-length": String(Buffer.byteLength(body)),
    });
    expect(asked?.headers["user-agent"]).to.match(/MicroMessenger/);
    expect(JSON.parse(body)).to.deep.equal({ url: `${own}/p?茶` });
    expect(response.headers.get("location")).to.equal(`${view}/next`);
    expect(response.headers.getSetCookie()).to.deep.equal(["a=1; Path=/", "b=2"]);
  });

  it("changes pages and scripts, and passes everything else as it is", async () => {
    const script = '"https://res.wx.qq.com/open/js/jweixin-1.6.0.js"';
    handle = ({ url }, res) => {
      const type =
        url === "/page"
          ? "text/html; charset=utf-8"
          : url === "/js"
            ? "text/javascript"
            : "text/plain";
      res.setHeader("Content-Type", type);
      res.end(`茶${script} ${own}/`);
    };
    const { origin } = new URL(await viewOf());
    const text = async (path: string) => (await fetch(origin + path)).text();
    expect(await text("/page")).to.equal(`茶"/.koa-wx/jweixin.js" ${origin}/`);
    expect(await text("/js")).to.equal(`茶"/.koa-wx/jweixin.js" ${own}/`);
    expect(await text("/text")).to.equal(`茶${script} ${own}/`);
    const standIn = await fetch(`${origin}/.koa-wx/jweixin.js`);
    expect(standIn.headers.get("content-type")).to.match(/^text\/javascript/);
    expect(await standIn.text())
      .to.contain(`"${phone}"`)
      .and.not.to.contain("__PHONE__");
  });

  it("passes connections on that become WebSockets", async () => {
    handle = (_, res) => res.end();
    server.on("upgrade", (req, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n",
      );
      socket.write(`${req.headers.host} `);
      socket.pipe(socket);
    });
    const { host, port } = new URL(await viewOf());
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `GET /live HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`,
    );
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    await once(socket, "data");
    socket.write("hello");
    while (!answer.includes("hello")) await once(socket, "data");
    expect(answer)
      .to.match(/^HTTP\/1\.1 101 /)
      .and.to.contain(`${new URL(own).host} hello`);
    socket.destroy();
  });

  it("says that a server is not there, and lives on", async () => {
    const { origin } = new URL(await viewOf());
    await shut(server);
    const response = await fetch(`${origin}/`);
    expect(response.status).to.equal(502);
    expect(await response.text()).to.contain("ECONNREFUSED");
  });

  it("is no way in for a name that points here", async () => {
    handle = (_, res) => res.end("secret");
    const { port } = new URL(await viewOf());
    for (const path of ["/", "/.koa-wx/jweixin.js"]) {
      const asked = request({
        port,
        host: "127.0.0.1",
        path,
        headers: { Host: "evil.example" },
      }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      answer.resume();
      expect(answer.statusCode, path).to.equal(403);
    }
  });
});
