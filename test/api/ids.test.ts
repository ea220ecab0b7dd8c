import { expect } from "chai";
import { type Client, createClient } from "../../src/api/client.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";

/** One more than what a number can hold. */
const id = "9007199254740993";

describe("createClient(): ids of 64 bits", () => {
  let server: ApiServer;
  let api: Client;
  before(async () => {
    server = await startApiServer();
    api = createClient({ appId: "wx1", baseUrl: server.url, tokenProvider: async () => "T" });
  });
  after(() => server.close());
  const body = () => server.calls.at(-1)?.body.toString();

  it("come as texts with all their digits", async () => {
    server.on("/cgi-bin/message/mass/sendall", `{"errcode":0,"msg_id":${id},"msg_data_id":${id}}`);
    const job = await api.mass.sendToAll({ msgtype: "text", text: { content: "大家好" } });
    expect(job.msg_id).to.equal(id);
    expect(job.msg_data_id).to.equal(id);
  });

  it("go back as numbers with all their digits", async () => {
    await api.mass.delete({ msg_id: id });
    expect(body()).to.equal(`{"msg_id":${id}}`);
    await api.comments.delete({ msg_data_id: id, user_comment_id: id });
    expect(body()).to.equal(`{"msg_data_id":${id},"index":0,"user_comment_id":${id}}`);
    server.on("/customservice/msgrecord/getmsglist", { recordlist: [], number: 0, msgid: 1 });
    await api.kfSessions.page({ starttime: 1, endtime: 2, msgid: id });
    expect(body()).to.contain(`"msgid":${id}`);
  });

  it("of a menu name the menu that is deleted", async () => {
    server.on("/cgi-bin/menu/get", {
      menu: { button: [{ type: "click", name: "歌", key: "SONG", sub_button: [] }] },
      conditionalmenu: [
        { button: [{ type: "click", name: "a", key: "b" }], matchrule: { tag_id: 2 }, menuid: 5 },
      ],
    });
    const button = [{ type: "click", name: "歌", key: "SONG" }] as const;
    expect(await api.menu.sync({ button, conditionalmenu: [] })).to.equal(true);
    expect(body()).to.equal('{"menuid":"5"}');
  });
});
