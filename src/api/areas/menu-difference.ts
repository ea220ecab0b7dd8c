import type {
  ConditionalMenu,
  MenuDefinition,
  StoredButton,
  StoredMenus,
} from "./menu-definition.js";

/** The fields of an action that make a difference, in one order. */
const fields = [
  "type",
  "name",
  "key",
  "url",
  "appid",
  "pagepath",
  "media_id",
  "article_id",
] as const;

/**
 * A menu as text, the same for the same menu: WeChat adds an empty `sub_button` to every button and
 * keeps no order of fields, and a parent's own action means nothing.
 */
export function normalMenu({ button }: Pick<MenuDefinition, "button">): string {
  return JSON.stringify((button as readonly StoredButton[]).map(normalButton));
}

function normalButton(button: StoredButton): unknown {
  const below = button.sub_button ?? [];
  if (below.length > 0) return [button.name, below.map(normalButton)];
  return fields.map((field) => button[field] ?? "");
}

type StoredConditional = NonNullable<StoredMenus["conditionalmenu"]>[number];

function normalConditional(menu: ConditionalMenu | StoredConditional): string {
  // WeChat answers with numbers, with empty fields, and with the name from before the tags.
  const rule = Object.entries(menu.matchrule)
    .map(([name, value]) => [name === "group_id" ? "tag_id" : name, String(value ?? "")])
    .filter(([, value]) => value !== "")
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return JSON.stringify([rule, normalMenu(menu as Pick<MenuDefinition, "button">)]);
}

/** What to delete, by `menuid`, and then what to add, in order. */
export interface ConditionalDifference {
  readonly remove: readonly string[];
  readonly add: readonly ConditionalMenu[];
}

/**
 * The least to do so that the stored conditional menus are the wanted ones in the wanted order of
 * creation, which decides who gets which: what stands after the first difference is made anew.
 */
export function conditionalDifference(
  stored: readonly StoredConditional[],
  wanted: readonly ConditionalMenu[],
): ConditionalDifference {
  const texts = wanted.map(normalConditional);
  const remove: string[] = [];
  let kept = 0;
  for (const menu of stored.toSorted(byAge)) {
    if (kept < texts.length && normalConditional(menu) === texts[kept]) kept++;
    else remove.push(menu.menuid);
  }
  return { remove, add: wanted.slice(kept) };
}

/** Menu ids grow, and can pass what a number holds. */
function byAge(a: StoredConditional, b: StoredConditional): number {
  const left = String(a.menuid);
  const right = String(b.menuid);
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
