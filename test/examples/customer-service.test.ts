import { expect } from "chai";
import { type Stage, stage } from "../support/stage.js";

const agent = "test1@test";

describe("examples/customer-service.ts", function () {
  this.timeout(20_000);
  let service: Stage;
  const bodies = (path: string) =>
    service.phone.api.calls(path).map(({ body }) => JSON.parse(body) as Record<string, unknown>);

  before(async () => {
    service = await stage("customer-service", { env: { WECHAT_KF_ACCOUNT: agent } });
  });
  after(() => service?.close());

  it("adds its agent and answers a text in the agent's name", async () => {
    const answer = await service.phone.user("alice").sends("你好");
    expect(answer).to.include({ reply: undefined, banner: undefined });
    expect(await answer.late()).to.deep.equal({ type: "text", content: "收到：你好" });
    expect(await answer.late()).to.deep.equal({
      type: "menu",
      head: "您对本次服务是否满意?",
      items: [
        { id: "101", content: "满意" },
        { id: "102", content: "不满意" },
      ],
      tail: "",
    });
    expect(bodies("/customservice/kfaccount/add")).to.deep.equal([
      { kf_account: agent, nickname: "小微" },
    ]);
    expect(bodies("message/custom/send")[0]).to.deep.include({
      customservice: { kf_account: agent },
    });
  });

  it("thanks for a tap on the menu it sent", async () => {
    const alice = service.phone.user("alice");
    const thanks = await alice.taps("满意");
    expect(thanks.push?.xml).to.include("<bizmsgmenuid>");
    expect(await thanks.late()).to.deep.equal({ type: "text", content: "谢谢您的评价!" });
  });

  it("sends to each user what is theirs", async () => {
    const [bob, carol] = [service.phone.user("bob"), service.phone.user("carol")];
    const [one, other] = await Promise.all([bob.sends("一"), carol.sends("二")]);
    expect([await one.late(), await other.late()]).to.deep.equal([
      { type: "text", content: "收到：一" },
      { type: "text", content: "收到：二" },
    ]);
  });
});
