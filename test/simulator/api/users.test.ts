import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type Api, developer, startApi } from "./start.js";

describe("/cgi-bin/user: followers in the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  it("are told of, and of others only that they do not follow", async () => {
    const alice = api.follower("alice");
    alice.subscribeScene = "ADD_SCENE_QR_CODE";
    alice.scene = "98765";
    alice.tags.add(2);
    expect(await api.get("/cgi-bin/user/info", { openid: alice.openid })).to.deep.include({
      subscribe: 1,
      openid: alice.openid,
      nickname: "",
      language: "zh_CN",
      subscribe_time: 1_700_000_000,
      unionid: alice.unionid,
      remark: "",
      groupid: 2,
      tagid_list: [2],
      subscribe_scene: "ADD_SCENE_QR_CODE",
      qr_scene: 98765,
      qr_scene_str: "",
    });
    const bob = api.world.people.named("bob");
    expect(await api.get("/cgi-bin/user/info", { openid: bob.openid })).to.deep.equal({
      subscribe: 0,
      openid: bob.openid,
      unionid: bob.unionid,
    });
    expect(await api.get("/cgi-bin/user/info", { openid: "o" })).to.include({ errcode: 40003 });
    expect(await api.get("/cgi-bin/user/info")).to.include({ errcode: 41009 });
    const user_list = [{ openid: alice.openid }, { openid: bob.openid, lang: "zh_CN" }];
    const { user_info_list } = await api.post("/cgi-bin/user/info/batchget", { user_list });
    expect((user_info_list as { subscribe: number }[]).map((one) => one.subscribe)).to.deep.equal([
      1, 0,
    ]);
    const many = await api.post("/cgi-bin/user/info/batchget", {
      user_list: Array(101).fill(user_list[0]),
    });
    expect(many).to.include({ errcode: 40032 });
  });

  it("are listed ten thousand at a time", async () => {
    for (let number = 0; number < 10_001; number++) {
      api.world.people.named(`user${number}`).following = true;
    }
    const first = (await api.get("/cgi-bin/user/get")) as {
      data: { openid: string[] };
      next_openid: string;
    };
    expect(first).to.include({ total: 10_001, count: 10_000 });
    expect(first.next_openid).to.equal(first.data.openid.at(-1));
    const { next_openid } = first;
    const second = await api.get("/cgi-bin/user/get", { next_openid });
    expect(second).to.include({ total: 10_001, count: 1 });
    const third = await api.get("/cgi-bin/user/get", { next_openid: String(second.next_openid) });
    expect(third).to.deep.equal({ total: 10_001, count: 0, next_openid: "" });
    const { users } = createClient({ ...developer, baseUrl: api.url });
    let seen = 0;
    for await (const _ of users.all()) seen += 1;
    expect(seen).to.equal(10_001);
  });

  it("can be given a remark of less than thirty characters", async () => {
    const { openid } = api.follower("alice");
    const update = (remark: string) =>
      api.post("/cgi-bin/user/info/updateremark", { openid, remark });
    expect(await update("胖子")).to.include({ errcode: 0 });
    expect(await api.get("/cgi-bin/user/info", { openid })).to.include({ remark: "胖子" });
    expect(await update("长".repeat(30))).to.include({ errcode: 40092 });
  });

  it("can be blocked and are no followers then", async () => {
    const { blacklist } = createClient({ ...developer, baseUrl: api.url });
    const { openid } = api.follower("alice");
    await blacklist.block([openid]);
    const blocked = await api.post("/cgi-bin/tags/members/getblacklist", { begin_openid: "" });
    expect(blocked).to.deep.include({ total: 1, count: 1, data: { openid: [openid] } });
    expect(await api.get("/cgi-bin/user/get")).to.include({ total: 0 });
    await blacklist.unblock([openid]);
    expect(await api.get("/cgi-bin/user/get")).to.include({ total: 1 });
    const many = { openid_list: Array(21).fill(openid) };
    const refused = await api.post("/cgi-bin/tags/members/batchblacklist", many);
    expect(refused).to.include({ errcode: 40032 });
  });

  it("can be tagged", async () => {
    const { tags } = createClient({ ...developer, baseUrl: api.url });
    const { openid } = api.follower("alice");
    const { id } = await tags.create("广东");
    await api.post("/cgi-bin/tags/members/batchtagging", { openid_list: [openid], tagid: id });
    expect(await api.post("/cgi-bin/tags/getidlist", { openid })).to.deep.equal({
      tagid_list: [id],
    });
    expect(await api.get("/cgi-bin/tags/get")).to.deep.equal({
      tags: [
        { id: 2, name: "星标组", count: 0 },
        { id, name: "广东", count: 1 },
      ],
    });
    const fans = await api.post("/cgi-bin/user/tag/get", { tagid: id, next_openid: "" });
    expect(fans).to.deep.equal({ count: 1, data: { openid: [openid] }, next_openid: openid });
    await api.post("/cgi-bin/tags/members/batchuntagging", { openid_list: [openid], tagid: id });
    expect(await api.post("/cgi-bin/tags/getidlist", { openid })).to.deep.equal({ tagid_list: [] });
  });

  it("lose a tag that is deleted", async () => {
    const alice = api.follower("alice");
    const tag = api.world.tags.add("a");
    alice.tags.add(tag.id);
    await api.post("/cgi-bin/tags/update", { tag: { id: tag.id, name: "b" } });
    expect(tag.name).to.equal("b");
    expect(await api.post("/cgi-bin/tags/delete", { tag: { id: tag.id } })).to.include({
      errcode: 0,
    });
    expect(alice.tags).to.have.property("size", 0);
  });

  it("have tags within WeChat's bounds", async () => {
    const create = (name: string) => api.post("/cgi-bin/tags/create", { tag: { name } });
    expect(await create("")).to.include({ errcode: 45157 });
    expect(await create("星标组")).to.include({ errcode: 45157 });
    expect(await create("长".repeat(31))).to.include({ errcode: 45158 });
    const own = await api.post("/cgi-bin/tags/delete", { tag: { id: 2 } });
    expect(own).to.include({ errcode: 45058 });
    const none = await api.post("/cgi-bin/tags/update", { tag: { id: 999, name: "x" } });
    expect(none).to.include({ errcode: 45159 });
    const alice = api.follower("alice");
    for (let count = 0; count < 21; count++) api.world.tags.add(`t${count}`);
    const ids = [...api.world.tags].map(({ id }) => id).slice(1);
    for (const id of ids.slice(0, 20)) alice.tags.add(id);
    const full = { openid_list: [alice.openid], tagid: ids[20] };
    expect(await api.post("/cgi-bin/tags/members/batchtagging", full)).to.include({
      errcode: 45059,
    });
    while (api.world.tags.size < 100) api.world.tags.add(String(api.world.tags.size));
    expect(await create("one more")).to.include({ errcode: 45056 });
  });
});
