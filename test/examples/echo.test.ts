import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { reply } from "koa-wx";
import { parseXml } from "../../src/wire/xml/xml.js";
import { account } from "../support/push.js";
import { type Stage, stage } from "../support/stage.js";

const { encodingAESKey } = account;

describe("examples/echo.ts", function () {
  this.timeout(20_000);

  for (const [mode, options] of [
    ["plain", {}],
    ["compatible", { encodingAESKey, mode: "compat" }],
    ["safe", { encodingAESKey }],
  ] as const) {
    describe(`in ${mode} mode`, () => {
      let echo: Stage;
      before(async () => {
        echo = await stage("echo", options);
      });
      after(() => echo?.close());
      const alice = () => echo.phone.user("alice");

      it("says hello to a new follower", async () => {
        expect((await alice().follows()).text).to.equal("感谢您的关注!");
      });

      it("answers a text with the same text", async () => {
        const answer = await alice().sends("你好 <b>&amp;]]> 🌏");
        expect(answer).to.deep.include({ text: "你好 <b>&amp;]]> 🌏", attempts: 1 });
        expect(answer.push?.attempts[0]?.body.includes("<Encrypt>")).to.equal(mode !== "plain");
      });

      it("answers a picture with the same picture", async () => {
        const { push, reply: given } = await alice().sendsImage();
        expect(given).to.deep.equal(reply.image(String(parseXml(push?.xml ?? "").MediaId)));
      });

      it("answers a voice message with what was recognised", async () => {
        expect((await alice().sendsVoice("腾讯微信团队")).text).to.equal("腾讯微信团队");
        expect((await alice().sendsVoice()).text).to.equal("无法识别");
      });

      it("says what it understands when it gets something else", async () => {
        expect((await alice().sendsLink("https://a.example/")).text).to.match(/^我能听懂/);
        expect((await alice().sendsLocation(23.1, 113.3)).text).to.match(/^我能听懂/);
      });

      it("is quiet when somebody leaves", async () => {
        expect(await alice().unfollows()).to.include({ banner: undefined, attempts: 1 });
        expect(alice().following).to.equal(false);
      });

      if (mode === "plain") {
        it("prints a curl line that answers", () => {
          const line = /^curl .*$/m.exec(echo.bot.output)?.[0] ?? "";
          const answer = execFileSync("sh", ["-c", `${line} -sS`], { encoding: "utf8" });
          expect(parseXml(answer).Content).to.equal("你好");
        });
      }
    });
  }
});
