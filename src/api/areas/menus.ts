import { ApiError } from "../api-error.js";
import type { Done, Http } from "../transport/http.js";
import type {
  ConditionalMenu,
  MenuDefinition,
  MenuSet,
  SelfMenu,
  StoredButton,
  StoredMenus,
} from "./menu-definition.js";
import { conditionalDifference, normalMenu } from "./menu-difference.js";
import { checkConditionalMenu, checkMenu } from "./menu-rules.js";

/** What WeChat answers when there is no menu. */
const noMenu = 46003;

/**
 * The menu below the chat (自定义菜单). Definitions are checked before they are sent; a ConfigError
 * (WX_MENU) names the button. Phones show a change within five minutes, or after following anew.
 */
export class Menus {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Makes the account's menus what the definition says, and writes only what differs, so that it can
   * run at every start. Conditional menus are left alone unless the definition has
   * `conditionalmenu`. Resolves to whether something was written.
   *
   * ```ts
   * await api.menu.sync({ button: [{ type: "click", name: "今日歌曲", key: "SONG" }] });
   * ```
   */
  async sync(definition: MenuSet): Promise<boolean> {
    const { button, conditionalmenu } = definition;
    checkMenu(definition);
    for (const [index, menu] of (conditionalmenu ?? []).entries()) {
      checkConditionalMenu(menu, `conditionalmenu[${index}].`);
    }
    const stored = await this.get();
    const current = stored && normalMenu(stored.menu as MenuDefinition);
    const changed = current !== normalMenu({ button });
    if (changed) await this.create({ button });
    if (conditionalmenu === undefined) return changed;
    const { remove, add } = conditionalDifference(stored?.conditionalmenu ?? [], conditionalmenu);
    for (const menuid of remove) await this.deleteConditional(menuid);
    for (const menu of add) await this.addConditional(menu);
    return changed || remove.length > 0 || add.length > 0;
  }

  /** Sets the menu of everybody; conditional menus stay. Source: 「创建接口」, 自定义菜单. */
  async create({ button }: MenuDefinition): Promise<Done> {
    checkMenu({ button });
    return this.#http.post("/cgi-bin/menu/create", { button }, { idempotent: true });
  }

  /**
   * The menus that were made by API, or `undefined` when there are none; `current()` also shows one
   * that was made in the console. Source: 「获取自定义菜单配置」.
   */
  async get(): Promise<StoredMenus | undefined> {
    try {
      return await this.#http.get<StoredMenus>("/cgi-bin/menu/get");
    } catch (error) {
      if (error instanceof ApiError && error.errcode === noMenu) return undefined;
      throw error;
    }
  }

  /** Deletes the menu and all conditional ones. Source: 「删除接口」, 自定义菜单. */
  delete(): Promise<Done> {
    return this.#http.get("/cgi-bin/menu/delete");
  }

  /** The menu that is shown now, wherever it was made. Source: 「查询接口」, 自定义菜单. */
  current(): Promise<SelfMenu> {
    return this.#http.get("/cgi-bin/get_current_selfmenu_info");
  }

  /**
   * Adds a menu for some of the followers and resolves to its id. There must be a menu for everybody
   * (65303); at most 2,000 a day can be added. Source: 「创建个性化菜单」.
   */
  async addConditional(menu: ConditionalMenu): Promise<string> {
    checkConditionalMenu(menu);
    const { button, matchrule } = menu;
    const body = { button, matchrule };
    const { menuid } = await this.#http.post<{ menuid: string }>(
      "/cgi-bin/menu/addconditional",
      body,
    );
    return menuid;
  }

  /** Deletes a conditional menu. Source: 「个性化菜单接口」. */
  deleteConditional(menuid: string): Promise<Done> {
    return this.#http.post("/cgi-bin/menu/delconditional", { menuid });
  }

  /** The menu that a user sees, by openid or WeChat id. Source: 「个性化菜单接口」, on 测试匹配结果. */
  tryMatch(userId: string): Promise<{ readonly button: readonly StoredButton[] }> {
    return this.#http.post("/cgi-bin/menu/trymatch", { user_id: userId }, { idempotent: true });
  }
}
