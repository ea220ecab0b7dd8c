interface Named {
  /** At most 16 bytes on the first level and 60 below; the phone shows about 4 and 8 Chinese characters. */
  readonly name: string;
}

/** A button that sends its `key` in an event of the same name (`click`: `CLICK`). */
export interface KeyButton extends Named {
  readonly type:
    | "click"
    | "scancode_push"
    | "scancode_waitmsg"
    | "pic_sysphoto"
    | "pic_photo_or_album"
    | "pic_weixin"
    | "location_select";
  /** At most 128 bytes. */
  readonly key: string;
}

/** A button that opens a page; it sends a `VIEW` event. */
export interface ViewButton extends Named {
  readonly type: "view";
  /** At most 1,024 bytes. */
  readonly url: string;
}

/** A button that opens a mini program; `url` is what old clients open instead. */
export interface MiniProgramButton extends Named {
  readonly type: "miniprogram";
  readonly appid: string;
  readonly pagepath: string;
  readonly url: string;
}

/** A button that sends, or opens, a permanent material. */
export interface MediaButton extends Named {
  readonly type: "media_id" | "view_limited";
  readonly media_id: string;
}

/** A button that sends, or opens, a published article. */
export interface ArticleButton extends Named {
  readonly type: "article_id" | "article_view_limited";
  readonly article_id: string;
}

/** A button that does something. */
export type ActionButton = KeyButton | ViewButton | MiniProgramButton | MediaButton | ArticleButton;

/** A first-level button that opens one to five others. */
export interface ParentButton extends Named {
  readonly type?: never;
  readonly sub_button: readonly ActionButton[];
}

/** A first-level button. Source: 「创建接口」, 自定义菜单. */
export type MenuButton = ActionButton | ParentButton;

/** One to three first-level buttons. */
export interface MenuDefinition {
  readonly button: readonly MenuButton[];
}

/** Whom a conditional menu (个性化菜单) is for; one field at least. */
export interface MatchRule {
  readonly tag_id?: string;
  /** "1" iOS, "2" Android, "3" others. */
  readonly client_platform_type?: "1" | "2" | "3";
  /** Such as `zh_CN`; left WeChat's newest documents. */
  readonly language?: string;
}

/** A menu for some of the followers. Source: 「个性化菜单接口」. */
export interface ConditionalMenu extends MenuDefinition {
  readonly matchrule: MatchRule;
}

/** What `menu.sync()` takes: the menu of everybody, and those of some. */
export interface MenuSet extends MenuDefinition {
  /**
   * The conditional menus, all of them, in the order of creation: of several that match a user,
   * WeChat takes the newest, so the most special one comes last. Left out, they stay as they are.
   */
  readonly conditionalmenu?: readonly ConditionalMenu[];
}

/** A button as WeChat describes it: any type, with `sub_button` on every button. */
export interface StoredButton {
  readonly type?: string;
  readonly name: string;
  readonly key?: string;
  readonly url?: string;
  readonly appid?: string;
  readonly pagepath?: string;
  readonly media_id?: string;
  readonly article_id?: string;
  readonly sub_button?: readonly StoredButton[];
}

/** The menus that were made by API. */
export interface StoredMenus {
  readonly menu: { readonly button: readonly StoredButton[]; readonly menuid?: string };
  readonly conditionalmenu?: readonly {
    readonly button: readonly StoredButton[];
    readonly matchrule: Readonly<Record<string, string | number>>;
    readonly menuid: string;
  }[];
}

/** A button of a menu that may have been made in the console. */
export interface SelfMenuButton {
  /** Also `text`, `img`, `voice`, `video` and `news`, which exist in the console only. */
  readonly type?: string;
  readonly name: string;
  readonly key?: string;
  readonly url?: string;
  readonly value?: string;
  readonly news_info?: { readonly list: readonly Readonly<Record<string, string | number>>[] };
  readonly sub_button?: { readonly list: readonly SelfMenuButton[] };
}

/** The menu as it is shown now, wherever it was made. Source: 「获取自定义菜单配置」. */
export interface SelfMenu {
  readonly is_menu_open: 0 | 1;
  readonly selfmenu_info: { readonly button: readonly SelfMenuButton[] };
}
