import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { asText, type Fields, listOf } from "./call.js";
import { refuse } from "./refusal.js";

/** How many openids one answer holds. */
const pageSize = 10_000;

/** A page of openids that starts behind `after`; without any left there is no `data`. */
export function openidPage(people: readonly Person[], after: string, withTotal: boolean): Fields {
  const start = after === "" ? 0 : people.findIndex(({ openid }) => openid === after) + 1;
  if (after !== "" && start === 0) refuse(40003);
  const openid = people.slice(start, start + pageSize).map((person) => person.openid);
  return {
    ...(withTotal ? { total: people.length } : {}),
    count: openid.length,
    ...(openid.length === 0 ? {} : { data: { openid } }),
    next_openid: openid.at(-1) ?? "",
  };
}

/** Reads a list of openids: 40032 for too many or none, 40003 for one who is nobody's. */
export function peopleOf(
  world: World,
  body: Fields,
  name: string,
  most: number,
): readonly Person[] {
  const list = listOf(body, name, 40031);
  if (list.length < 1 || list.length > most) refuse(40032);
  return list.map((openid) => world.people.find(asText(openid)) ?? refuse(40003));
}
