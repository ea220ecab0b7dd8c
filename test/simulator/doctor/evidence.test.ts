import { createDecipheriv } from "node:crypto";
import { expect } from "chai";
import { account } from "../../support/push.js";
import {
  type Answer,
  bot,
  broken,
  diagnose,
  end,
  healthy,
  isSigned,
  problemIn,
  sealed,
  whole,
} from "./patients.js";

/** What an encrypted push says, read as the documents tell; undefined with another key. */
function decrypted(push: string): string | undefined {
  const key = Buffer.from(`${account.encodingAESKey}=`, "base64");
  const cipher = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypted = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(push)?.[1] ?? "";
  const plain = Buffer.concat([cipher.update(encrypted, "base64"), cipher.final()]);
  const end = 20 + plain.readUInt32BE(16);
  return end < plain.length ? plain.toString("utf8", 20, end) : undefined;
}

/** A bot that decrypts, and answers what it reads and what it cannot read as it is told. */
function reading(read: (message: string) => [number, string], unread: [number, string]): Answer {
  const post: Answer = (req, res) =>
    whole(req, (text) => {
      const message = decrypted(text);
      const [status, answer] = message === undefined ? unread : read(message);
      end(res, status, answer);
    });
  return broken({ post });
}

describe("koa-wx doctor blames what the evidence points at", () => {
  const hour = 3_600_000;

  for (const [when, shift] of [
    ["an hour ahead", hour],
    ["eight hours behind", -8 * hour],
    ["37 minutes ahead", 37 * 60_000],
    ["in seconds", -Date.now() * 0.999],
  ] as const) {
    it(`when the program's own time is ${when} and its server's is right: the time, not the token`, async () => {
      const found = problemIn(await diagnose(bot({ now: () => Date.now() + shift })));
      expect(found.code).to.equal("clock");
      expect(found.text).to.contain("the time that the program goes by is");
      expect(found.fix)
        .to.contain('the option "now"')
        .and.not.to.match(/NTP|letter by letter/);
    });
  }

  it("when a program refuses old requests without a word, as if it lived in another time zone", async () => {
    const get: Answer = (_req, res, query) => {
      const late = Number(query.get("timestamp")) - Date.now() / 1000 - 8 * 3_600;
      if (Math.abs(late) > 300) end(res, 403, "");
      else end(res, 200, query.get("echostr") ?? "");
    };
    const { code, text } = problemIn(await diagnose(broken({ get })));
    expect(code).to.equal("clock");
    expect(text).to.contain("28800 seconds ahead of this machine's");
  });

  it("when the clock of the server is behind, and a request of its own time is taken", async () => {
    const behind = Date.now() - 2_000_000;
    const get: Answer = (_req, res, query) => {
      const date = { Date: new Date(behind).toUTCString() };
      const isFresh = Math.abs(Number(query.get("timestamp")) * 1000 - behind) < 300_000;
      if (isFresh) end(res, 200, query.get("echostr") ?? "", date);
      else end(res, 403, "", date);
    };
    const { code, fix } = problemIn(await diagnose(broken({ get })));
    expect(code).to.equal("clock");
    expect(fix).to.contain("NTP");
  });

  it("when the clock is wrong, but the token is what is refused", async () => {
    const server: Answer = (_req, res, query) => {
      const date = { Date: new Date(Date.now() - hour).toUTCString() };
      end(res, isSigned(query, "another") ? 200 : 403, "", date);
    };
    expect(problemIn(await diagnose(server)).code).to.equal("token");
  });

  it("when an error page has a timestamp, as those of some frameworks have", async () => {
    const error = '{"timestamp":"2026-01-01T00:00:00","status":403,"path":"/wechat"}';
    const server: Answer = (req, res) =>
      req.url?.startsWith("/wechat") ? end(res, 403, error) : end(res, 404, "Not Found");
    expect(problemIn(await diagnose(server)).code).to.equal("token");
  });

  it("when something in front answers everything, not the program", async () => {
    const fronts: readonly Answer[] = [
      (_req, res) => end(res, 403, `<h1>Blocked</h1> Ray ${Math.random()}`),
      (_req, res) => end(res, 200, "<!doctype html><title>Welcome to nginx!</title>"),
      (_req, res) => end(res, 401, "only for members"),
    ];
    for (const front of fronts) {
      const { code, text } = problemIn(await diagnose(front));
      expect(code).to.equal("status");
      expect(text).to.contain("answers every request so");
    }
  });

  it("when a page is the answer to everything, another for each path: the way there, not the token", async () => {
    const words = (path = "") => `<main data-path="${path.replace(/\?.*/, "")}">Shop</main>`;
    for (const page of [
      (path = "") => `<!doctype html><html><body>${words(path)}</body></html>`,
      (path = "") => `<div>${words(path)}</div>`,
    ]) {
      const server: Answer = (req, res) =>
        end(res, 200, page(req.url), { "Content-Type": "text/html; charset=utf-8" });
      const { code, text, fix } = problemIn(await diagnose(server));
      expect(code).to.equal("status");
      expect(text)
        .to.contain("answered with a page and not with the echostr (status 200)")
        .and.not.contain("token");
      expect(fix).to.contain("Compare the path").and.contain("in its place");
    }
    const refusing: Answer = (req, res) =>
      req.url?.startsWith("/wechat")
        ? end(res, 200, "<html>Bad signature</html>")
        : end(res, 404, "Not Found");
    expect(problemIn(await diagnose(refusing)).code).to.equal("token");
  });

  it("when a program without a path of its own says what is wrong: the signature, so the token", async () => {
    for (const [status, says] of [
      [401, "Invalid signature"],
      [403, '{"error":"signature mismatch"}'],
      [400, "签名错误"],
    ] as const) {
      const server: Answer = (_req, res, query) =>
        isSigned(query, "another") ? end(res, 200, "") : end(res, status, says);
      const { code, text } = problemIn(await diagnose(server));
      expect(code).to.equal("token");
      expect(text).to.contain(
        `refuses a request that is signed with this token (status ${status})`,
      );
    }
  });

  it("when only pushes are refused for their signature: the token again, and no firewall", async () => {
    for (const of of [{ token: account.token }, { ...account, mode: "compat" } as const, sealed]) {
      const server: Answer = (req, res, query) =>
        req.method === "GET"
          ? end(res, 200, query.get("echostr") ?? "")
          : end(res, 401, "Invalid signature");
      const findings = await diagnose(server, { account: of });
      const found = findings.find(({ code }) => code === "token");
      expect(found?.text).to.contain("refuses a push for its signature (status 401)");
      expect(found?.fix).to.contain("msg_signature");
    }
  });

  it("when a page is the answer: what stands on it, and not how it is drawn", async () => {
    const page =
      "<!DOCTYPE html><html><head><title>Error</title><style>body { color: red }</style></head><body><h1>Oh</h1><script>track()</script></body></html>";
    const post: Answer = (_req, res) => end(res, 500, page);
    const { text } = problemIn(await diagnose(broken({ post })));
    expect(text).to.match(/\(500\): Error Oh$/);
  });

  it("when a limit is reached, and when a body is too long", async () => {
    const limited = problemIn(await diagnose((_req, res) => end(res, 429, "slow down")));
    expect(limited.text).to.contain("limits how often it can be asked");
    for (const of of [{ token: account.token }, sealed]) {
      const post: Answer = (_req, res) => end(res, 413, "");
      const found = problemIn(await diagnose(broken({ post }), { account: of }));
      expect(found.text).to.contain("takes no body of that length for POST");
    }
  });

  describe("in 安全模式", () => {
    let letters = 0;
    const letter = () => String.fromCodePoint(0x4e00 + letters++);
    const reply =
      "<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>c</Content></xml>";
    const cases: readonly {
      readonly when: string;
      readonly server: Answer;
      readonly code: string;
      readonly says: RegExp;
      readonly cure?: RegExp;
    }[] = [
      {
        when: "a handler fails on what was read, and what cannot be read is refused",
        server: reading(() => [500, "TypeError: x is undefined"], [403, "no"]),
        code: "server-error",
        says: /fails on a push \(500\): TypeError/,
      },
      {
        when: "a handler fails on texts alone, and what cannot be read fails alike",
        server: reading((read) => (read.includes("[text]") ? [500, ""] : [200, ""]), [500, ""]),
        code: "server-error",
        says: /fails on a push \(500\)/,
      },
      {
        when: "everything fails without a word",
        server: reading(() => [500, "Internal Server Error"], [500, "Internal Server Error"]),
        code: "server-error",
        says: /fails on encrypted pushes \(500\), whether it could read them or not/,
        cure: /own log has the error\. If that is about decryption/,
      },
      {
        when: "the program says that it cannot decrypt",
        server: reading(() => [500, "bad decrypt"], [500, "bad decrypt"]),
        code: "decryption",
        says: /cannot read an encrypted push \(status 500\)/,
      },
      {
        when: "what was read is refused, as with another AppID",
        server: reading(() => [403, "wrong appid"], [500, "bad decrypt"]),
        code: "decryption",
        says: /can read an encrypted push, but refuses it \(status 403\)/,
        cure: /EncodingAESKey is right\. Compare its AppID/,
      },
      {
        when: "what it makes of its other key is told, another text each time",
        server: broken({ post: (_req, res) => end(res, 403, `Unexpected ${letter()}`) }),
        code: "decryption",
        says: /cannot read an encrypted push \(status 403\)/,
      },
      {
        when: "it fails on that, with another text each time",
        server: broken({ post: (_req, res) => end(res, 500, `Unexpected ${letter()}`) }),
        code: "server-error",
        says: /fails on encrypted pushes \(500\), whether it could read them or not/,
      },
      {
        when: "it has no key, and takes an encrypted push for an empty one",
        server: (req, res, query) =>
          query.has("msg_signature") ? end(res, 200, "success") : healthy(req, res, query),
        code: "decryption",
        says: /says nothing to an encrypted push, but replies to the same text in clear/,
        cure: /EncodingAESKey/,
      },
      {
        when: "a firewall refuses every POST",
        server: (req, res, query) =>
          req.method === "GET" ? healthy(req, res, query) : end(res, 403, "Forbidden by WAF"),
        code: "status",
        says: /answers every POST so, also one that is no push \(status 403\): Forbidden/,
      },
      {
        when: "a CSRF check refuses it",
        server: broken({ post: (_req, res) => end(res, 403, "invalid csrf token") }),
        code: "status",
        says: /CSRF/,
      },
      {
        when: "the answer is a page",
        server: broken({ post: (_req, res) => end(res, 200, "<!doctype html><p>hi</p>") }),
        code: "answer",
        says: /answer is not XML as WeChat reads it: it holds a DOCTYPE/,
      },
      {
        when: "the answer is a word",
        server: broken({ post: (_req, res) => end(res, 200, "ok") }),
        code: "answer",
        says: /plain text/,
      },
      {
        when: "the answer is not encrypted",
        server: broken({ post: (_req, res) => end(res, 200, reply) }),
        code: "unencrypted",
        says: /encrypted, but the answer is not/,
      },
    ];
    for (const { when, server, code, says, cure = /./ } of cases) {
      it(`when ${when}`, async () => {
        const text = { text: "[text]" };
        const found = problemIn(await diagnose(server, { account: sealed, ...text }));
        expect(found.code).to.equal(code);
        expect(found.text).to.match(says);
        expect(found.fix).to.match(cure);
      });
    }
  });

  describe("and means the answer when it speaks of the answer", () => {
    const encodings: readonly (readonly [string, Buffer, RegExp])[] = [
      ["GBK", Buffer.from("<xml><Content>\xc4\xe3</Content></xml>", "latin1"), /like GBK/],
      ["a byte order mark", Buffer.from("\uFEFFsuccess"), /begins with a byte order mark/],
    ];
    for (const [when, bytes, says] of encodings) {
      it(`when it is in ${when}`, async () => {
        const post: Answer = (_req, res) => {
          res.writeHead(200, { "Content-Type": "text/xml; charset=utf-8" }).end(bytes);
        };
        const found = problemIn(await diagnose(broken({ post })));
        expect(found.code).to.equal("encoding");
        expect(found.text).to.match(says);
        expect(found.fix).to.match(/UTF-8/);
      });
    }

    for (const answer of ["<xml><a></xml>", "<html></html>", "<xml>", "<xml/><xml/>", "<a&b>"]) {
      it(`when it is no message: ${answer}`, async () => {
        const post: Answer = (_req, res) => end(res, 200, answer);
        const { code, text } = problemIn(await diagnose(broken({ post })));
        expect(code).to.equal("answer");
        expect(text).to.match(/^the answer is not XML|^<\w+> is missing/);
        expect(text).not.to.contain("push of WeChat");
      });
    }
  });
});
