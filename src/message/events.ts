import { type CardEvents, cardEvents } from "./events/card-events.js";
import {
  type AccreditationEvents,
  accreditationEvents,
  type JobEvents,
  jobEvents,
  type NoticeEvents,
  noticeEvents,
} from "./events/job-events.js";
import {
  type InvoiceEvents,
  invoiceEvents,
  type RetiredEvents,
  retiredEvents,
  type StoreEvents,
  storeEvents,
} from "./events/legacy-events.js";
import {
  type AuthorizationEvents,
  authorizationEvents,
  type GuideEvents,
  guideEvents,
  type MenuEvents,
  menuEvents,
  type SessionEvents,
  sessionEvents,
  type UserEvents,
  userEvents,
} from "./events/user-events.js";
import type { EventFields } from "./read.js";

/** The events that koa-wx knows by itself. */
interface KnownEvents
  extends UserEvents,
    MenuEvents,
    JobEvents,
    NoticeEvents,
    SessionEvents,
    AccreditationEvents,
    AuthorizationEvents,
    GuideEvents,
    CardEvents,
    StoreEvents,
    InvoiceEvents,
    RetiredEvents {}

/**
 * Every event and its payload, in WeChat's spelling. Extend it by declaration merging when WeChat
 * adds one. Its fields are then there as they were sent: as strings.
 *
 * ```ts
 * declare module "koa-wx" {
 *   interface EventMap {
 *     acme_card_paid: EventEnvelope<"acme_card_paid"> & { CardId: string };
 *   }
 * }
 * ```
 */
export interface EventMap extends KnownEvents {}

/** What the compiler shows where a name is wrong: each of those of every day, and the others as one. */
type EventNames = {
  readonly everyday: "subscribe" | "unsubscribe" | "SCAN" | "CLICK" | "VIEW" | "LOCATION";
  readonly every: EventNames["everyday"] | OtherEventType;
  readonly keyedEveryday: "subscribe" | "SCAN" | "CLICK" | "VIEW";
  readonly keyed: EventNames["keyedEveryday"] | OtherKeyedEvent;
};
/** The events that are rare, or new. */
type OtherEventType = Exclude<keyof EventMap, EventNames["everyday"]>;
/** The same of those that carry an `EventKey`. */
type OtherKeyedEvent = Exclude<
  { [E in EventType]: "EventKey" extends keyof EventMap[E] ? E : never }[EventType],
  EventNames["keyedEveryday"]
>;
/** The name of an event, as it stands in `Event`. */
export type EventType = EventNames["every"];
/** Any event that is known, to be narrowed by its `Event`. */
export type AnyEvent = EventMap[EventType];

/** Events that carry an `EventKey`, so that it can be compared with a trigger. */
export type KeyedEvent = EventNames["keyed"];

/** How the fields of each event are read, beside those that all events share. */
export const eventFields: EventFields<KnownEvents> = {
  ...userEvents,
  ...menuEvents,
  ...jobEvents,
  ...noticeEvents,
  ...sessionEvents,
  ...accreditationEvents,
  ...authorizationEvents,
  ...guideEvents,
  ...cardEvents,
  ...storeEvents,
  ...invoiceEvents,
  ...retiredEvents,
};

/** The events that koa-wx knows, in WeChat's spelling. */
export const eventTypes = Object.keys(eventFields) as readonly EventType[];
