import { expect } from "chai";
import type { ApiError } from "../../../src/api/api-error.js";
import { createClient } from "../../../src/api/client.js";
import type { Person } from "../../../src/simulator/world/people.js";
import { type Api, developer, startApi } from "./start.js";

describe("/cgi-bin/message: what the simulated API sends besides", () => {
  let api: Api;
  let alice: Person;
  let bob: Person;
  beforeEach(async () => {
    api = await startApi();
    alice = api.follower("alice");
    bob = api.follower("bob");
  });
  afterEach(() => api.close());

  const client = () => createClient({ ...developer, baseUrl: api.url });
  const template_id = "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY";
  const told45065 = ({ errcode, data }: ApiError) => (errcode === 45065 ? data.msg_id : errcode);
  const told = () => new Promise((resolve) => setTimeout(resolve, 20));

  describe("template messages", () => {
    it("arrive, and the bot is told how it went", async () => {
      const { templates } = client();
      const added = await templates.add({
        template_id_short: "TM00015",
        keyword_name_list: ["商品", "价格"],
      });
      const { msgid } = await templates.send({
        touser: alice.openid,
        template_id: added.template_id,
        url: "http://weixin.qq.com/download",
        data: { keyword1: { value: "巧克力" }, keyword2: { value: "39.8元" } },
      });
      expect(alice.chat.at(-1)).to.deep.include({
        by: "template",
        content: {
          type: "template",
          title: "模板 TM00015",
          lines: ["商品：巧克力", "价格：39.8元"],
          url: "http://weixin.qq.com/download",
        },
      });
      await told();
      expect(api.pushes).to.deep.equal([
        {
          person: alice,
          fields: {
            MsgType: "event",
            Event: "TEMPLATESENDJOBFINISH",
            MsgID: msgid,
            Status: "success",
          },
        },
      ]);
      expect(BigInt(msgid) > 2n ** 53n).to.equal(true);
      expect((await templates.list()).map((one) => one.template_id)).to.deep.equal([
        added.template_id,
      ]);
      await templates.delete(added.template_id);
      expect(await templates.list()).to.deep.equal([]);
    });

    it("may use a template that was chosen in the console", async () => {
      const data = { keyword1: { value: "巧克力" } };
      const body = { touser: alice.openid, template_id, data };
      expect(await api.post("/cgi-bin/message/template/send", body)).to.include({ errcode: 0 });
      expect(alice.chat.at(-1)?.content).to.deep.include({ lines: ["keyword1：巧克力"] });
    });

    it("are one message for one client_msg_id within ten minutes", async () => {
      const body = { touser: alice.openid, template_id, client_msg_id: "MSG_000001" };
      const send = () =>
        api.post("/cgi-bin/message/template/send", { ...body, data: { a: { value: "1" } } });
      const first = await send();
      expect((await send()).msgid).to.equal(first.msgid);
      expect(alice.chat).to.have.length(1);
      await api.clock.advance(600_000);
      await send();
      expect(alice.chat).to.have.length(2);
    });

    it("do not reach those who refuse them", async () => {
      alice.blocked = true;
      const body = { touser: alice.openid, template_id, data: { a: { value: "1" } } };
      expect(await api.post("/cgi-bin/message/template/send", body)).to.include({ errcode: 0 });
      await told();
      expect(alice.chat).to.deep.equal([]);
      expect(api.pushes[0]?.fields.Status).to.equal("failed:user block");
    });

    it("are refused with the code for what is wrong", async () => {
      const data = { a: { value: "1" } };
      const send = (fields: object) =>
        api.post("/cgi-bin/message/template/send", {
          touser: alice.openid,
          template_id,
          data,
          ...fields,
        });
      expect(await send({ touser: "o" })).to.include({ errcode: 40003 });
      expect(await send({ template_id: "x" })).to.include({ errcode: 40037 });
      expect(await send({ data: {} })).to.include({ errcode: 47003 });
      const empty = await send({ data: { a: { value: "" } } });
      expect(empty.errmsg).to.match(/^argument invalid! data\.a\.value is empty rid: /);
      alice.following = false;
      expect(await send({})).to.include({ errcode: 43004 });
    });

    it("know the account's lines of business, which change once a month", async () => {
      const { templates } = client();
      await templates.setIndustry({ industry_id1: "1", industry_id2: "7" });
      const { primary_industry, secondary_industry } = await templates.industry();
      expect(primary_industry.first_class).to.equal("IT科技");
      expect(secondary_industry).to.deep.equal({ first_class: "金融业", second_class: "银行" });
      const again = { industry_id1: "1", industry_id2: "4" };
      expect(await api.post("/cgi-bin/template/api_set_industry", again)).to.include({
        errcode: 43100,
      });
    });
  });

  it("lets a one-time message through", async () => {
    await client().templates.sendOneTime({
      touser: alice.openid,
      template_id,
      scene: 1000,
      title: "到货",
      data: { content: { value: "你的书到了" } },
    });
    expect(alice.chat.at(-1)?.content).to.deep.include({ title: "到货", lines: ["你的书到了"] });
  });

  it("sends subscription notices and tells the bot", async () => {
    const { subscriptions } = client();
    expect(await subscriptions.categories()).to.deep.equal([{ id: 616, name: "公交" }]);
    expect((await subscriptions.titles({ ids: [616] })).data[0]).to.include({ tid: 99 });
    expect((await subscriptions.keywords(99))[0]).to.include({ kid: 1, rule: "thing" });
    const { priTmplId } = await subscriptions.add({
      tid: "99",
      kidList: [1, 2],
      sceneDesc: "测试",
    });
    const notice = {
      touser: alice.openid,
      template_id: priTmplId,
      page: "https://bot.test/",
      data: { thing1: { value: "书" }, time2: { value: "2019年8月8日" } },
    };
    await subscriptions.send(notice);
    expect(alice.chat.at(-1)?.content).to.deep.equal({
      type: "template",
      title: "物品到货提醒",
      lines: ["物品名称:书", "到货时间:2019年8月8日"],
      url: "https://bot.test/",
    });
    await told();
    expect(api.pushes[0]?.fields).to.deep.include({ Event: "subscribe_msg_sent_event" });
    const long = { ...notice, data: { ...notice.data, thing1: { value: "书".repeat(21) } } };
    const refused = await api.post("/cgi-bin/message/subscribe/bizsend", long);
    expect(refused).to.include({ errcode: 47003 });
    await subscriptions.delete(priTmplId);
    expect(await subscriptions.list()).to.deep.equal([]);
  });

  describe("mass messages", () => {
    const text = (content: string) => ({ msgtype: "text" as const, text: { content } });

    it("reach all, or those with a tag, and the bot is told", async () => {
      const { mass } = client();
      const { msg_id } = await mass.sendToAll(text("所有人"));
      expect([alice, bob].map(({ chat }) => chat.at(-1)?.by)).to.deep.equal(["mass", "mass"]);
      await told();
      expect(api.pushes[0]?.fields).to.deep.equal({
        MsgType: "event",
        Event: "MASSSENDJOBFINISH",
        MsgID: msg_id,
        Status: "send success",
        TotalCount: 2,
        FilterCount: 2,
        SentCount: 2,
        ErrorCount: 0,
      });
      expect(await mass.status(msg_id)).to.deep.equal({ msg_id, msg_status: "SEND_SUCCESS" });
      bob.tags.add(2);
      await mass.sendToTag(2, text("星标"));
      expect([alice, bob].map(({ chat }) => chat.length)).to.deep.equal([1, 2]);
      const unknown = { filter: { is_to_all: false, tag_id: 99 }, ...text("x") };
      expect(await api.post("/cgi-bin/message/mass/sendall", unknown)).to.include({
        errcode: 45159,
      });
    });

    it("reach those who are named and follow", async () => {
      const carol = api.world.people.named("carol");
      const touser = [alice.openid, carol.openid];
      const send = (fields: object) =>
        api.post("/cgi-bin/message/mass/send", { touser, ...text("hi"), ...fields });
      expect(await send({})).to.include({ errcode: 0, errmsg: "send job submission success" });
      await told();
      expect(api.pushes[0]?.fields).to.include({ TotalCount: 2, SentCount: 1 });
      expect(await send({ touser: [alice.openid] })).to.include({ errcode: 40130 });
      expect(await send({ touser: ["a", "b"] })).to.include({ errcode: 40003 });
      // Found by `npm run fuzz`: of such an object JavaScript cannot make a text.
      const odd = { toString: 1, valueOf: 2 };
      expect(await send({ touser: [odd, odd, "a"] })).to.include({ errcode: 40003 });
      expect(await send({ msgtype: "news" })).to.include({ errcode: 40008 });
    });

    it("are not sent twice", async () => {
      const body = { filter: { is_to_all: true }, ...text("hi"), clientmsgid: "send_1" };
      const first = await api.post("/cgi-bin/message/mass/sendall", body);
      const second = await api.post("/cgi-bin/message/mass/sendall", body);
      expect(second).to.include({ errcode: 45065, msg_id: first.msg_id });
      const error = await client().post("/cgi-bin/message/mass/sendall", body).catch(told45065);
      expect(error).to.match(/^\d{16,}$/);
      expect(Number(error)).to.equal(first.msg_id);
      const long = { ...body, clientmsgid: "x".repeat(33) };
      expect(await api.post("/cgi-bin/message/mass/sendall", long)).to.include({ errcode: 45067 });
    });

    it("can be tried on one user, by name too", async () => {
      const { mass } = client();
      await mass.preview({ touser: alice.openid }, text("试"));
      await mass.preview({ towxname: "bob" }, text("试"));
      expect([alice, bob].map(({ chat }) => chat.length)).to.deep.equal([1, 1]);
      const nobody = { towxname: "nobody", ...text("x") };
      expect(await api.post("/cgi-bin/message/mass/preview", nobody)).to.include({
        errcode: 40132,
      });
    });

    it("can be tried with one picture, not with several", async () => {
      const { mass } = client();
      api.world.media.add({
        mediaId: "M",
        type: "image",
        contentType: "image/png",
        filename: "a.png",
        data: Buffer.from("x"),
      });
      await mass.preview({ touser: alice.openid }, { msgtype: "image", image: { media_id: "M" } });
      expect(alice.chat.at(-1)?.content).to.deep.include({ type: "image", mediaId: "M" });
      const images = { touser: alice.openid, msgtype: "image", images: { media_ids: ["M"] } };
      for (const [wrong, errcode] of [
        [images, 40035],
        [{ ...images, image: images.images }, 41006],
        [{ ...images, msgtype: "images" }, 40008],
      ] as const)
        expect(await api.post("/cgi-bin/message/mass/preview", wrong)).to.include({ errcode });
    });

    it("go at a speed", async () => {
      const { mass } = client();
      await mass.setSpeed(3);
      expect(await mass.speed()).to.deep.equal({ speed: 3, realspeed: 30 });
      const set = (body: object) => api.post("/cgi-bin/message/mass/speed/set", body);
      expect(await set({})).to.include({ errcode: 45084 });
      expect(await set({ speed: 5 })).to.include({ errcode: 45083 });
    });
  });
});
