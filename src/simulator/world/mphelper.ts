import { People, type Person } from "./people.js";
import type { World } from "./world.js";

/** Who reports on jobs of the account itself: nobody that one could talk to (mphelper). */
export function helperOf(world: World): Person {
  const person = new People(world.account).named("mphelper");
  return { ...person, openid: "mphelper" };
}
