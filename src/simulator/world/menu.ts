import type { Person } from "./people.js";

/** A button of a menu (自定义菜单) as the bot made it; a button with others below has no type. */
export interface SimulatedButton {
  readonly name: string;
  readonly type?: string;
  readonly key?: string;
  readonly url?: string;
  readonly appid?: string;
  readonly pagepath?: string;
  readonly media_id?: string;
  readonly article_id?: string;
  readonly sub_button?: readonly SimulatedButton[];
}

/** Who sees a conditional menu (个性化菜单). */
export type MatchRule = Readonly<Record<string, string>>;

/** A conditional menu (个性化菜单) as the bot made it. */
export interface SimulatedMenu {
  readonly menuid: number;
  readonly button: readonly SimulatedButton[];
  readonly matchrule: MatchRule;
}

/** The platform of the simulated phone, as `client_platform_type` counts: 3 is neither iOS nor Android. */
const platform = "3";

/** The account's menus. */
export class Menu {
  #default: Omit<SimulatedMenu, "matchrule"> | undefined;
  #conditional: SimulatedMenu[] = [];
  #lastId = 208_396_937;

  /** The menu of everybody for whom there is no other. */
  get default(): Omit<SimulatedMenu, "matchrule"> | undefined {
    return this.#default;
  }

  get conditional(): readonly SimulatedMenu[] {
    return this.#conditional;
  }

  set(button: readonly SimulatedButton[]): void {
    this.#default = { menuid: this.#nextId(), button };
  }

  /** Takes the menus of an earlier run. */
  restore(button: readonly SimulatedButton[], conditional: readonly SimulatedMenu[]): void {
    if (button.length > 0) this.set(button);
    this.#conditional = [...conditional];
    this.#lastId = Math.max(this.#lastId, ...conditional.map(({ menuid }) => menuid));
  }

  /** Deletes all menus. */
  clear(): void {
    this.#default = undefined;
    this.#conditional = [];
  }

  /** Adds a conditional menu and says its id. */
  add(button: readonly SimulatedButton[], matchrule: MatchRule): number {
    const menuid = this.#nextId();
    this.#conditional.push({ menuid, button, matchrule });
    return menuid;
  }

  /** False when there is no conditional menu with that id. */
  remove(menuid: string): boolean {
    const left = this.#conditional.filter((menu) => String(menu.menuid) !== menuid);
    const removed = left.length < this.#conditional.length;
    this.#conditional = left;
    return removed;
  }

  /** The buttons that a person sees: the newest menu whose rule fits, or the default one. */
  menuFor(person: Person): readonly SimulatedButton[] {
    return this.#seenBy(person)?.button ?? [];
  }

  /** The id of the menu that a person sees. */
  idFor(person: Person): number | undefined {
    return this.#seenBy(person)?.menuid;
  }

  #seenBy(person: Person): Omit<SimulatedMenu, "matchrule"> | undefined {
    return this.#conditional.findLast(({ matchrule }) => fits(matchrule, person)) ?? this.#default;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

function fits(rule: MatchRule, { tags, profile }: Person): boolean {
  const tag = rule.tag_id || rule.group_id;
  if (tag && !tags.has(Number(tag))) return false;
  const facts: Readonly<Record<string, string>> = {
    client_platform_type: platform,
    sex: String(profile.sex),
    country: profile.country,
    province: profile.province,
    city: profile.city,
    language: profile.language,
  };
  return Object.entries(facts).every(([name, fact]) => !rule[name] || rule[name] === fact);
}
