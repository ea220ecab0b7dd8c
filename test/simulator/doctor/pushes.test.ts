import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import xmlBody from "koa-xml-body";
import type { Finding } from "../../../src/simulator/doctor/finding.js";
import {
  type Answer,
  broken,
  diagnose,
  end,
  healthy,
  isSigned,
  problemIn,
  replyTo,
  token,
  whole,
} from "./patients.js";

describe("koa-wx doctor names what is wrong with pushes", () => {
  const cases: readonly {
    readonly when: string;
    readonly post: Answer;
    readonly code: Finding["code"];
    readonly says: RegExp;
    readonly patience?: number;
  }[] = [
    {
      when: "the server refuses POST",
      post: (_req, res) => end(res, 405, "Method Not Allowed"),
      code: "method",
      says: /refuses POST \(405\)/,
    },
    {
      when: "only GET has a route",
      post: (_req, res) => end(res, 404, "Not Found"),
      code: "not-found",
      says: /nothing at \/wechat for POST \(404\)/,
    },
    {
      when: "the answer is JSON",
      post: (_req, res) => end(res, 200, '{"msg":"ok"}', { "Content-Type": "application/json" }),
      code: "json",
      says: /answer to a push is JSON: \{"msg":"ok"\}/,
    },
    {
      when: "the reply is empty",
      post: (_req, res) => end(res, 200, replyTo("")),
      code: "answer",
      says: /ToUserName/,
    },
    {
      when: "the program fails",
      post: (_req, res) => end(res, 500, "boom"),
      code: "server-error",
      says: /fails on a push \(500\): boom/,
    },
    {
      when: "a CSRF check refuses it",
      post: (_req, res) => end(res, 403, "invalid csrf token"),
      code: "status",
      says: /CSRF/,
    },
    {
      when: "no delivery is answered in time",
      post: () => {},
      patience: 50,
      code: "slow",
      says: /no answer to POST within 0.05 seconds/,
    },
  ];
  for (const { when, post, code, says, ...options } of cases) {
    it(`when ${when}`, async () => {
      const found = problemIn(await diagnose(broken({ post }), options));
      expect(found.code).to.equal(code);
      expect(found.text).to.match(says);
    });
  }

  it("when a body parser took the body and kept nothing", async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      if (ctx.method === "POST") for await (const _ of ctx.req);
      return next();
    });
    const wx = new Wechat({ token });
    app.use(wx.middleware());
    const { code, fix } = problemIn(await diagnose(app));
    expect(code).to.equal("body");
    expect(fix).to.contain("above the body parser");
  });

  it("when a parser for XML took the body of a bot that does not say so", async () => {
    const app = new Koa().use(xmlBody()).use(async (ctx) => {
      if (!isSigned(new URLSearchParams(ctx.querystring))) return ctx.throw(403);
      if (ctx.method === "GET") ctx.body = ctx.query.echostr;
      else {
        if (ctx.req.readableEnded) throw new Error("there is nothing to read");
        let body = "";
        for await (const chunk of ctx.req) body += chunk;
        ctx.body = replyTo(body);
      }
    });
    const { code, text } = problemIn(await diagnose(app));
    expect(code).to.equal("body");
    expect(text).to.contain("another parser took the body");
  });

  it("but does not blame a parser for a failure that comes and goes", async () => {
    let count = 0;
    const post: Answer = (req, res, query) => {
      count += 1;
      if (count === 1) end(res, 500, "sometimes");
      else healthy(req, res, query);
    };
    expect(problemIn(await diagnose(broken({ post }))).code).to.equal("server-error");
  });

  it("when a push with a wrong signature is replied to, which is a hole", async () => {
    const server: Answer = (req, res, query) => {
      if (req.method === "GET") return healthy(req, res, query);
      whole(req, (body) => end(res, 200, replyTo(body)));
    };
    const { code, text } = problemIn(await diagnose(server));
    expect(code).to.equal("signature-unchecked");
    expect(text).to.contain("anybody can push to it in any user's name");
  });

  it("and notes a reply that comes only with a later delivery", async () => {
    let count = 0;
    const post: Answer = (req, res, query) => {
      count += 1;
      if (count > 2) healthy(req, res, query);
    };
    const findings = await diagnose(broken({ post }), { patience: 60 });
    const slow = findings.find(({ code }) => code === "slow");
    expect(slow?.text).to.match(/^2 of WeChat's 3 deliveries passed unanswered/);
    expect(findings.some(({ level }) => level === "problem")).to.equal(false);
  });
});
