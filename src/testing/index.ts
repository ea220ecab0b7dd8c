/** A simulated WeChat for the tests of a bot. */

export type { PushFields } from "../simulator/pushes/push.js";
export type { SimulatedAccount, SimulatedAccountOptions } from "../simulator/world/account.js";
export type { ChatEntry, Content, NewsArticle } from "../simulator/world/chat.js";
export type { Clock } from "../simulator/world/clock.js";
export { FakeClock } from "../simulator/world/clock.js";
export type { Fault } from "../simulator/world/faults.js";
export type { Attempt, CallRecord, JournalRecord, PushRecord } from "../simulator/world/journal.js";
export type { AccountKind } from "../simulator/world/kinds.js";
export type { MediaFile } from "../simulator/world/media.js";
export type { SimulatedButton, SimulatedMenu } from "../simulator/world/menu.js";
export type { Profile } from "../simulator/world/people.js";
export type { PersonSnapshot, Snapshot } from "../simulator/world/snapshot.js";
export type { ApiSide } from "./api-side.js";
export type { OpenOptions, Page } from "./browser.js";
export {
  type CloudSimulateOptions,
  type Phone,
  type SimulateOptions,
  simulate,
} from "./simulate.js";
export type { App, Bot, Surroundings, Target } from "./target.js";
export type { Answer, User } from "./user.js";
