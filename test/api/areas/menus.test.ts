import { expect } from "chai";
import { ApiError } from "../../../src/api/api-error.js";
import type {
  ConditionalMenu,
  MenuDefinition,
  StoredMenus,
} from "../../../src/api/areas/menu-definition.js";
import { Areas } from "../../../src/api/areas.js";
import type { Http } from "../../../src/api/transport/http.js";
import { ConfigError } from "../../../src/errors.js";

const songs: MenuDefinition = { button: [{ type: "click", name: "今日歌曲", key: "SONG" }] };
const search: MenuDefinition = {
  button: [{ name: "菜单", sub_button: [{ type: "view", name: "搜索", url: "http://soso.com/" }] }],
};
const forTag = (tag_id: string): ConditionalMenu => ({ ...search, matchrule: { tag_id } });

/** As WeChat describes a menu: with an empty list of buttons below every button. */
const described = (button: readonly object[]): never =>
  button.map((each) => ({
    ...each,
    sub_button: "sub_button" in each ? described(each.sub_button as object[]) : [],
  })) as never;

/** An account with these menus; `wrote` notes what is changed. */
function accountWith(stored?: StoredMenus) {
  const wrote: (readonly [string, unknown])[] = [];
  const unexpected = () => Promise.reject(new Error("not expected"));
  const http: Http = {
    async get<T>(path: string) {
      expect(path).to.equal("/cgi-bin/menu/get");
      if (stored === undefined) throw new ApiError(path, 46003, "menu no exist");
      return stored as T;
    },
    async post<T>(path: string, body: unknown) {
      wrote.push([path.replace("/cgi-bin/menu/", ""), body]);
      return { errcode: 0, errmsg: "ok", menuid: "77" } as T;
    },
    upload: unexpected,
    download: unexpected,
  };
  return { menu: new Areas(http, { appId: "wx1", appSecret: "s" }).menu, wrote };
}

describe("menu.sync()", () => {
  it("writes the menu of an account that has none", async () => {
    const { menu, wrote } = accountWith();
    expect(await menu.sync(songs)).to.equal(true);
    expect(wrote).to.deep.equal([["create", songs]]);
  });

  it("writes nothing when WeChat has the same menu in its own words", async () => {
    const { menu, wrote } = accountWith({ menu: { button: described(search.button) } });
    expect(await menu.sync(search)).to.equal(false);
    expect(wrote).to.deep.equal([]);
  });

  it("writes a menu that differs", async () => {
    const { menu, wrote } = accountWith({ menu: { button: described(search.button) } });
    expect(await menu.sync(songs)).to.equal(true);
    expect(wrote).to.deep.equal([["create", songs]]);
  });

  it("leaves conditional menus alone when the definition says nothing of them", async () => {
    const { menu, wrote } = accountWith({
      menu: { button: described(songs.button) },
      conditionalmenu: [
        { button: described(search.button), matchrule: { tag_id: "2" }, menuid: "5" },
      ],
    });
    expect(await menu.sync(songs)).to.equal(false);
    expect(wrote).to.deep.equal([]);
  });

  it("deletes and adds only the conditional menus that differ, after the menu of everybody", async () => {
    const { menu, wrote } = accountWith({
      menu: { button: described(search.button) },
      conditionalmenu: [
        { button: described(search.button), matchrule: { group_id: 2 }, menuid: "208396993" },
        { button: described(search.button), matchrule: { tag_id: "3" }, menuid: "208396994" },
      ],
    });
    const conditionalmenu = [forTag("2"), forTag("4")];
    expect(await menu.sync({ ...songs, conditionalmenu })).to.equal(true);
    expect(wrote).to.deep.equal([
      ["create", songs],
      ["delconditional", { menuid: "208396994" }],
      ["addconditional", forTag("4")],
    ]);
  });

  it("deletes all conditional menus when the list is empty", async () => {
    const { menu, wrote } = accountWith({
      menu: { button: described(songs.button) },
      conditionalmenu: [
        { button: described(search.button), matchrule: { tag_id: "2" }, menuid: "5" },
      ],
    });
    expect(await menu.sync({ ...songs, conditionalmenu: [] })).to.equal(true);
    expect(wrote).to.deep.equal([["delconditional", { menuid: "5" }]]);
  });

  it("checks everything before it asks or writes anything", async () => {
    const { menu, wrote } = accountWith();
    const conditionalmenu = [forTag("2"), { button: [], matchrule: { tag_id: "3" } }];
    const error = await menu.sync({ ...songs, conditionalmenu }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).message).to.contain(
      "conditionalmenu[1].button: must hold one to three buttons, got 0",
    );
    expect(wrote).to.deep.equal([]);
  });
});

describe("api.menu: the other calls", () => {
  it("tell that there is none by undefined", async () => {
    expect(await accountWith().menu.get()).to.equal(undefined);
  });

  it("reject what WeChat would refuse, before they write", async () => {
    const { menu, wrote } = accountWith();
    const nameless = { button: [{ type: "click", name: "", key: "A" }] } as const;
    const error = await menu.create(nameless).catch((reason: unknown) => reason);
    expect((error as ConfigError).code).to.equal("WX_MENU");
    const nobody = await menu
      .addConditional({ ...songs, matchrule: {} })
      .catch((reason: unknown) => reason);
    expect((nobody as ConfigError).code).to.equal("WX_MENU");
    expect(wrote).to.deep.equal([]);
  });
});
