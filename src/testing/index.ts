export type { AccountOptions } from "../simulator/account.js";
export type { ChatEntry, Content, NewsArticle } from "../simulator/chat.js";
export type { Clock } from "../simulator/clock.js";
export { FakeClock } from "../simulator/clock.js";
export type { Fault } from "../simulator/faults.js";
export type { Attempt, CallRecord, JournalRecord, PushRecord } from "../simulator/journal.js";
export type { AccountKind } from "../simulator/kinds.js";
export type { MediaFile } from "../simulator/media.js";
export type { Profile } from "../simulator/people.js";
export type { PushFields } from "../simulator/push.js";
export type { PersonSnapshot, Snapshot } from "../simulator/snapshot.js";
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
