import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type Api, developer, startApi } from "./start.js";

describe("/cgi-bin/menu: the menu in the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  // The sample of the reference, without its article.
  const sample = {
    button: [
      { type: "click", name: "今日歌曲", key: "V1001_TODAY_MUSIC" },
      {
        name: "菜单",
        sub_button: [
          { type: "view", name: "搜索", url: "http://www.soso.com/" },
          {
            type: "miniprogram",
            name: "wxa",
            url: "http://mp.weixin.qq.com",
            appid: "wx286b93c14bbf93aa",
            pagepath: "pages/lunar/index",
          },
          { type: "scancode_waitmsg", name: "扫码带提示", key: "rselfmenu_0_0" },
          { type: "pic_sysphoto", name: "拍照发图", key: "rselfmenu_1_0" },
          { type: "location_select", name: "发送位置", key: "rselfmenu_2_0" },
        ],
      },
    ],
  };

  const create = (button: unknown) => api.post("/cgi-bin/menu/create", { button });

  it("is created, read and deleted", async () => {
    expect(await api.get("/cgi-bin/menu/get")).to.include({ errcode: 46003 });
    let told = 0;
    api.world.on("settings", () => {
      told += 1;
    });
    expect(await create(sample.button)).to.deep.equal({ errcode: 0, errmsg: "ok" });
    const { menu } = (await api.get("/cgi-bin/menu/get")) as {
      menu: { button: { name: string; sub_button: { sub_button: unknown }[] }[] };
    };
    expect(menu.button[0]).to.deep.equal({ ...sample.button[0], sub_button: [] });
    expect(menu.button[1]?.sub_button[0]?.sub_button).to.deep.equal([]);
    const self = await api.get("/cgi-bin/get_current_selfmenu_info");
    expect(self).to.deep.equal({
      is_menu_open: 1,
      selfmenu_info: {
        button: [
          sample.button[0],
          { name: "菜单", sub_button: { list: sample.button[1]?.sub_button } },
        ],
      },
    });
    expect(await api.get("/cgi-bin/menu/delete")).to.include({ errcode: 0 });
    expect(await api.get("/cgi-bin/menu/get")).to.include({ errcode: 46003 });
    expect(told).to.equal(2);
  });

  it("is refused with the code for what is wrong", async () => {
    const click = { type: "click", name: "a", key: "k" };
    const below = (child: unknown) => [{ name: "a", sub_button: [child] }];
    const codes = [
      [[], 40016],
      [[click, click, click, click], 40016],
      [[{ ...click, type: "x" }], 40017],
      [[{ ...click, name: "" }], 40018],
      [[{ ...click, name: "六个汉字太长" }], 40018],
      [[{ ...click, key: "k".repeat(129) }], 40019],
      [[{ type: "view", name: "a", url: "" }], 40020],
      [[{ type: "view", name: "a", url: "ftp://a" }], 40054],
      [[{ name: "a", sub_button: [click, click, click, click, click, click] }], 40023],
      [below({ ...click, type: "x" }), 40024],
      [below({ ...click, name: "名".repeat(21) }), 40025],
      [below({ ...click, key: "" }), 40026],
      [below({ type: "view", name: "a", url: `http://a/${"a".repeat(1024)}` }), 40027],
      [below({ type: "view", name: "a", url: "a.test" }), 40055],
      [below({ name: "b", sub_button: [click] }), 40023],
      [[{ type: "media_id", name: "a", media_id: "x" }], 40007],
      [[{ type: "article_id", name: "a", article_id: "x" }], 53600],
    ] as const;
    for (const [button, errcode] of codes) {
      expect(await create(button), JSON.stringify(button)).to.include({ errcode });
    }
    const escaped = '{"button":[{"type":"click","name":"\\u4eca","key":"k"}]}';
    expect(await api.post("/cgi-bin/menu/create", escaped)).to.include({ errcode: 40033 });
    expect(api.world.menu.default).to.equal(undefined);
  });

  it("can differ for those with a tag, and the newest rule that fits wins", async () => {
    const alice = api.follower("alice");
    alice.tags.add(2);
    const named = (name: string) => [{ type: "click" as const, name, key: "k" }];
    const conditional = { button: named("starred"), matchrule: { tag_id: "2" } };
    const early = await api.post("/cgi-bin/menu/addconditional", conditional);
    expect(early).to.include({ errcode: 65303 });
    const { menu } = createClient({ ...developer, baseUrl: api.url });
    await menu.create({ button: named("all") });
    const added = await api.post("/cgi-bin/menu/addconditional", conditional);
    expect(added.menuid).to.match(/^\d+$/);
    expect(api.world.menu.menuFor(alice)).to.deep.equal(named("starred"));
    expect(api.world.menu.menuFor(api.follower("bob"))).to.deep.equal(named("all"));
    const chinese = { button: named("zh"), matchrule: { language: "zh_CN" } };
    await api.post("/cgi-bin/menu/addconditional", chinese);
    const matched = await api.post("/cgi-bin/menu/trymatch", { user_id: alice.openid });
    expect(matched.button).to.deep.equal([{ ...named("zh")[0], sub_button: [] }]);
    const all = (await api.get("/cgi-bin/menu/get")) as { conditionalmenu: unknown[] };
    expect(all.conditionalmenu).to.have.length(2);
    const { menuid } = added;
    expect(await api.post("/cgi-bin/menu/delconditional", { menuid })).to.include({ errcode: 0 });
    expect(await api.post("/cgi-bin/menu/delconditional", { menuid })).to.include({
      errcode: 65301,
    });
    await api.get("/cgi-bin/menu/delete");
    expect(api.world.menu.menuFor(alice)).to.deep.equal([]);
  });

  it("refuses a rule that names nobody or half a place", async () => {
    await create(sample.button);
    const { button } = sample;
    const add = (matchrule: unknown) =>
      api.post("/cgi-bin/menu/addconditional", { button, matchrule });
    expect(await add({})).to.include({ errcode: 65304 });
    expect(await add({ tag_id: "" })).to.include({ errcode: 65304 });
    expect(await add({ province: "广东" })).to.include({ errcode: 65310 });
    expect(await add({ country: "中国", city: "广州" })).to.include({ errcode: 65311 });
    const nobody = await api.post("/cgi-bin/menu/trymatch", { user_id: "oNobody" });
    expect(nobody).to.include({ errcode: 65302 });
  });
});
