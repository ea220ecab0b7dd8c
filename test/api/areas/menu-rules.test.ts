import { expect } from "chai";
import type { ConditionalMenu, MenuDefinition } from "../../../src/api/areas/menu-definition.js";
import { conditionalDifference, normalMenu } from "../../../src/api/areas/menu-difference.js";
import { checkConditionalMenu, checkMenu } from "../../../src/api/areas/menu-rules.js";
import { ConfigError } from "../../../src/errors.js";

const sample: MenuDefinition = {
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
    { type: "article_id", name: "图文", article_id: "ARTICLE_ID1" },
  ],
};
const click = { type: "click", name: "歌", key: "SONG" };
const below = (button: unknown) => ({ button: [click, { name: "菜单", sub_button: [button] }] });

/** What checkMenu() says about something that TypeScript would refuse. */
function complaint(definition: unknown): string {
  try {
    checkMenu(definition as MenuDefinition);
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).code).to.equal("WX_MENU");
    return (error as ConfigError).message;
  }
  throw new Error("checkMenu() took it");
}

describe("checkMenu(): the rules of a menu", () => {
  it("accept the document's sample", () => {
    expect(checkMenu(sample)).to.equal(undefined);
  });

  const broken: readonly [rule: string, definition: unknown, says: string][] = [
    ["no object", null, "The menu: must be an object"],
    ["no buttons", {}, "button: must be an array of one to three buttons"],
    ["an empty list", { button: [] }, "button: must hold one to three buttons, got 0"],
    ["four buttons", { button: [click, click, click, click] }, "one to three buttons, got 4"],
    ["no name", { button: [{ type: "click", key: "A" }] }, 'button[0]: needs a "name"'],
    [
      "a long name",
      { button: [{ ...click, name: "一二三四五六" }] },
      'button[0] "一二三四五六": "name" is 18 bytes long, and at most 16 are allowed here',
    ],
    [
      "a long name below",
      below({ ...click, name: "长".repeat(21) }),
      '"name" is 63 bytes long, and at most 60 are allowed here',
    ],
    [
      "nothing to do",
      { button: [{ name: "空" }] },
      'button[0] "空": needs a "type", or buttons in "sub_button"',
    ],
    [
      "an unknown type",
      below({ type: "clik", name: "搜索", key: "A" }),
      'button[1].sub_button[0] "搜索": "type" must be one of click, view, ',
    ],
    [
      "a missing key",
      below({ type: "click", name: "搜索" }),
      'button[1].sub_button[0] "搜索": a button of the type "click" needs "key"',
    ],
    [
      "a long key",
      { button: [{ ...click, key: "k".repeat(129) }] },
      '"key" is 129 bytes long, and at most 128 are allowed',
    ],
    [
      "a missing url",
      below({ type: "view", name: "搜索" }),
      'button[1].sub_button[0] "搜索": a button of the type "view" needs "url"',
    ],
    [
      "a url without a scheme",
      below({ type: "view", name: "搜索", url: "www.soso.com" }),
      'button[1].sub_button[0] "搜索": "url" must start with http:// or https://',
    ],
    [
      "a long url",
      below({ type: "view", name: "搜索", url: `https://a/${"a".repeat(1024)}` }),
      '"url" is 1034 bytes long, and at most 1024 are allowed',
    ],
    [
      "a mini program without a page for old clients",
      { button: [{ type: "miniprogram", name: "wxa", appid: "wx1", pagepath: "p" }] },
      'button[0] "wxa": a button of the type "miniprogram" needs "url"',
    ],
    [
      "six buttons below",
      { button: [{ name: "菜单", sub_button: Array(6).fill(click) }] },
      'button[0] "菜单": "sub_button" must hold one to five buttons, got 6',
    ],
    [
      "an action and buttons below",
      { button: [{ ...click, sub_button: [click] }] },
      'button[0] "歌": has both "type" and "sub_button"',
    ],
    [
      "a third level",
      below({ name: "再下", sub_button: [click] }),
      'button[1].sub_button[0] "再下": "sub_button" is allowed on the first level only',
    ],
  ];
  for (const [rule, definition, says] of broken) {
    it(`refuse ${rule}, and say where`, () => {
      expect(complaint(definition)).to.contain(says);
    });
  }

  it("refuse a conditional menu for nobody", () => {
    const menu = { ...sample, matchrule: { tag_id: "" } };
    expect(() => checkConditionalMenu(menu, "conditionalmenu[0].")).to.throw(
      ConfigError,
      'conditionalmenu[0].matchrule: must hold at least one field, such as "tag_id"',
    );
  });
});

describe("conditionalDifference(): the difference between two menus", () => {
  it("is nothing when WeChat adds empty sub-menus and shuffles the fields", () => {
    const stored = {
      button: sample.button.map(({ name, ...rest }) => ({ sub_button: [], ...rest, name })),
    } as unknown as MenuDefinition;
    expect(normalMenu(stored)).to.equal(normalMenu(sample));
  });

  it("is something when a key, a name or the order differs", () => {
    const [song, menu] = sample.button as [never, never];
    expect(normalMenu({ button: [menu, song] })).not.to.equal(normalMenu({ button: [song, menu] }));
    expect(normalMenu({ button: [{ type: "click", name: "a", key: "b" }] })).not.to.equal(
      normalMenu({ button: [{ type: "click", name: "a", key: "c" }] }),
    );
  });

  const forTag = (tag_id: string): ConditionalMenu => ({ ...sample, matchrule: { tag_id } });
  const stored = (menuid: string, tag_id: number) => ({
    button: sample.button as never,
    matchrule: { group_id: tag_id, sex: "" },
    menuid,
  });

  it("keeps the conditional menus that stand in the right order of creation", () => {
    expect(
      conditionalDifference([stored("10", 2), stored("9", 1)], [forTag("1"), forTag("2")]),
    ).to.deep.equal({ remove: [], add: [] });
  });

  it("removes what is not wanted any more and adds what is missing", () => {
    expect(
      conditionalDifference(
        [stored("1", 1), stored("2", 2), stored("3", 3)],
        [forTag("2"), forTag("3"), forTag("4")],
      ),
    ).to.deep.equal({ remove: ["1"], add: [forTag("4")] });
  });

  it("makes anew what must be younger than a new one", () => {
    expect(
      conditionalDifference(
        [stored("1", 1), stored("2", 2)],
        [forTag("1"), forTag("3"), forTag("2")],
      ),
    ).to.deep.equal({ remove: ["2"], add: [forTag("3"), forTag("2")] });
  });
});
