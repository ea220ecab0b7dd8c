import { expect } from "chai";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Stage, stage } from "../support/stage.js";

const amr = Buffer.from("#!AMR\n-spoken-");
const mp3 = Buffer.from("ID3-answer-");

describe("examples/voice.ts", function () {
  this.timeout(20_000);

  describe("without a key", () => {
    let voice: Stage;
    before(async () => {
      voice = await stage("voice", { env: { OPENAI_API_KEY: "" } });
    });
    after(() => voice?.close());
    const alice = () => voice.phone.user("alice");

    it("hears a voice and answers with one that can be played", async () => {
      const { reply } = await alice().sendsVoice(undefined, amr);
      const file = voice.phone.api.media((reply as { mediaId: string }).mediaId);
      expect(file).to.include({ type: "voice", contentType: "audio/mpeg" });
      expect(file?.data.length).to.be.greaterThan(10_000);
    });

    it("answers a text with a text, and uploads an answer once", async () => {
      expect((await alice().sends("天气")).text).to.equal("今天晴，25 度。");
      expect((await alice().sends("你好")).text).to.equal("请用语音问我天气。");
      await alice().sendsVoice(undefined, amr);
      expect(voice.phone.api.calls("media/upload")).to.have.length(1);
    });
  });

  describe("with a speech service", () => {
    let voice: Stage;
    let service: ApiServer;
    before(async () => {
      service = await startApiServer();
      const env = { OPENAI_API_KEY: "sk-secret", OPENAI_BASE_URL: service.url };
      voice = await stage("voice", { env });
      service.on("/audio/speech", (_call, response) => void response.end(mp3));
    });
    after(async () => {
      await voice?.close();
      await service.close();
    });
    const alice = () => voice.phone.user("alice");

    it("has it hear the voice and speak the answer", async () => {
      service.on("/audio/transcriptions", { text: "明天有雨吗" });
      const { reply } = await alice().sendsVoice(undefined, amr);
      const file = voice.phone.api.media((reply as { mediaId: string }).mediaId);
      expect(file?.data).to.deep.equal(mp3);
      const [heard] = service.to("/audio/transcriptions");
      expect(String(heard?.body)).to.include("-spoken-").and.to.include("audio/amr");
      const [spoken] = service.to("/audio/speech");
      expect(JSON.parse(String(spoken?.body)).input).to.equal("你说的是：明天有雨吗");
    });

    it("asks again for a voice that says nothing, and to type when the service is away", async () => {
      service.on("/audio/transcriptions", { text: "" });
      expect((await alice().sendsVoice(undefined, amr)).text).to.equal("没听清，请再说一遍。");
      service.on("/audio/transcriptions", (_call, response) => void response.writeHead(500).end());
      expect((await alice().sendsVoice(undefined, amr)).text).to.equal(
        "语音服务暂时不可用，请打字。",
      );
    });
  });
});
