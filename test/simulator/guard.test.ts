import { request } from "node:http";
import { expect } from "chai";
import { type Simulator, startSimulator } from "../../src/simulator/server.js";
import { simulatedAccount } from "../../src/simulator/world/account.js";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

const account = { token: "token", appId: "wx1234567890abcdef" };

/** One path of everything that the simulator serves. */
const routes = [
  "/",
  "/phone/state",
  "/phone/events",
  "/phone/media/none",
  "/cgi-bin/token?grant_type=client_credential",
  "/cgi-bin/showqrcode?ticket=none",
  "/sns/userinfo",
  "/customservice/getkflist",
  "/wxaapi/newtmpl/gettemplate",
  "/datacube/getusersummary",
  "/connect/oauth2/authorize",
  "/mmbiz/none/0",
  "/nothing",
];

describe("guard(): the simulator's door", () => {
  let simulator: Simulator;
  beforeEach(async () => {
    const allowHosts = ["Docker.Internal"];
    simulator = await startSimulator({ account, target: "http://127.0.0.1:1/", allowHosts });
  });
  afterEach(() => simulator.close());

  /** Asks under headers of one's own choice, which fetch does not allow. */
  function ask(path: string, { method = "GET", headers = {} }: Asked = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const asked = request(simulator.url + path, { method, headers }, (answer) => {
        const status = answer.statusCode ?? 0;
        // Of a stream of events the status is enough.
        if (path === "/phone/events" && status === 200) {
          asked.destroy();
          return resolve({ status, body: "" });
        }
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status, body }));
      });
      asked.on("error", reject);
      asked.end(method === "POST" ? "{}" : undefined);
    });
  }

  const people = () => [...simulator.cloud.world.people].length;

  for (const path of routes) {
    it(`answers ${path} only under names that nobody else can point at it`, async () => {
      const { port } = new URL(simulator.url);
      const own = [`127.0.0.1:${port}`, `localhost:${port}`, "[::1]", "192.168.1.9:80"];
      for (const host of [...own, "a.localhost", "docker.internal:8600"]) {
        expect((await ask(path, { headers: { host } })).status, host).not.to.equal(403);
      }
      const foreign = ["evil.example", `evil.example:${port}`, "localhost.evil.example"];
      const odd = ["127.0.0.1.evil.example", "evil.example@localhost", "localhost#.evil.example"];
      for (const host of [...foreign, ...odd, "localhost/evil.example", "a b"]) {
        const { status, body } = await ask(path, { headers: { host } });
        expect(status, host).to.equal(403);
        expect(body).to.contain("--allow-host");
      }
    });

    it(`answers ${path} to no script of another site`, async () => {
      const { port } = new URL(simulator.url);
      const foreign = ["https://evil.example", "null", "http://127.0.0.1:1", "file://"];
      for (const origin of [...foreign, `http://localhost:${port}`]) {
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const { status } = await ask(path, { method, headers: { origin } });
          expect(status, `${method} ${origin}`).to.equal(403);
        }
      }
      const own = await ask(path, { headers: { origin: simulator.url } });
      expect(own.status).not.to.equal(403);
    });
  }

  it("lets pages of other sites lead to its pages and show its pictures, and nothing else", async () => {
    for (const site of ["cross-site", "same-site"]) {
      for (const path of routes) {
        const image = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
        const isPicture = path.startsWith("/mmbiz/") || path.includes("showqrcode");
        const shown = await ask(path, { headers: image });
        expect(shown.status === 403, `${path} as a picture`).to.equal(!isPicture);
        const link = { "sec-fetch-site": site, "sec-fetch-mode": "navigate" };
        const isPage = path === "/" || path.startsWith("/connect/");
        const led = await ask(path, { headers: link });
        expect(led.status === 403, `${path} as a page`).to.equal(!isPicture && !isPage);
        const sent = await ask(path, { method: "POST", headers: link });
        expect(sent.status, `${path} by a form`).to.equal(403);
      }
    }
    const typed = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" };
    expect((await ask("/phone/state", { headers: typed })).status).to.equal(200);
  });

  it("has no page of another site make users, by a picture or by a link", async () => {
    const query = new URLSearchParams({
      appid: account.appId,
      redirect_uri: "https://bot.example/",
      response_type: "code",
      scope: "snsapi_base",
    });
    simulator.cloud.world.people.named("alice");
    for (const mode of ["no-cors", "navigate"]) {
      const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode };
      for (const user of ["1", "2", "3"]) {
        await ask(`/connect/oauth2/authorize?${query}&sim_user=${user}`, { headers });
      }
      expect(people()).to.equal(1);
      const known = await ask(`/connect/oauth2/authorize?${query}&sim_user=alice`, { headers });
      expect(known.status).to.equal(mode === "navigate" ? 302 : 403);
    }
  });

  it("makes a hundred users for requests, and no more", async () => {
    const query = new URLSearchParams({
      appid: account.appId,
      redirect_uri: "https://bot.example/",
      response_type: "code",
      scope: "snsapi_base",
    });
    let last: Answered = { status: 0, body: "" };
    for (let user = 0; user < 120; user += 1) {
      last = await ask(`/connect/oauth2/authorize?${query}&sim_user=u${user}`);
    }
    expect(people()).to.equal(100);
    expect(last).to.include({ status: 200 });
    expect(last.body).to.contain("there is no such user");
    const known = await ask(`/connect/oauth2/authorize?${query}&sim_user=u7`);
    expect(known.status).to.equal(302);
  });
});

describe("simulatedAccount(): an AppSecret that is made up", () => {
  it("follows from nothing that others know", () => {
    const secrets = [1, 2, 3].map(() => simulatedAccount(account).appSecret);
    expect(new Set(secrets).size).to.equal(3);
    for (const secret of secrets) expect(secret).to.match(/^[0-9a-f]{32}$/);
    expect(simulatedAccount({ ...account, appSecret: "mine" }).appSecret).to.equal("mine");
  });
});
