import type { SimulatedAccount } from "../world/account.js";
import type { ChatEntry } from "../world/chat.js";
import type { Fault } from "../world/faults.js";
import type { JournalRecord } from "../world/journal.js";
import type { SimulatedButton } from "../world/menu.js";
import type { Person } from "../world/people.js";
import type { Light, World } from "../world/world.js";

/** A user, as the list of users shows them. */
export interface PersonView {
  readonly name: string;
  readonly nickname: string;
  readonly openid: string;
  /** An image's address, or empty. */
  readonly picture: string;
  readonly following: boolean;
  readonly typing: boolean;
}

/** The account above the chat, and what the inspector can switch. */
export interface SettingsView {
  readonly account: {
    readonly name: string;
    readonly id: string;
    readonly appId: string;
    readonly mode: SimulatedAccount["mode"];
    readonly kind: SimulatedAccount["kind"];
    /** Whether an EncodingAESKey is known, so that pushes can be encrypted. */
    readonly canEncrypt: boolean;
  };
  /** Milliseconds. */
  readonly latency: number;
  /** Milliseconds. */
  readonly pushLatency: number;
  readonly faults: readonly {
    readonly path: string;
    readonly fault: Fault;
    /** How many calls still fail; null for all. */
    readonly left: number | null;
  }[];
  readonly menu: readonly SimulatedButton[];
  /** Whether the bot is there; nothing when nobody follows that. */
  readonly light?: Light;
}

/** All that the page shows, for one user. */
export interface PhoneView {
  readonly user: string;
  readonly people: readonly PersonView[];
  readonly chat: readonly ChatEntry[];
  readonly settings: SettingsView;
  /** The newest last. */
  readonly records: readonly JournalRecord[];
}

/** What the page is told as it happens, by the name of the event. */
export interface PhoneEvents {
  readonly chat: { readonly user: string; readonly entry: ChatEntry };
  readonly person: PersonView;
  readonly record: JournalRecord;
  readonly settings: SettingsView;
}

/** How many records the inspector starts with. */
const shownRecords = 200;

/** All that the page of a person shows. */
export function phoneView(world: World, person: Person): PhoneView {
  return {
    user: person.name,
    people: [...world.people].map(personView),
    chat: person.chat,
    settings: settingsView(world, person),
    records: world.journal.records.slice(-shownRecords),
  };
}

/** What the page shows of a person. */
export function personView(person: Person): PersonView {
  return {
    name: person.name,
    nickname: person.profile.nickname,
    openid: person.openid,
    picture: person.profile.headimgurl,
    following: person.following,
    typing: person.typing,
  };
}

/** The settings, and the menu as this person sees it. */
export function settingsView(world: World, person: Person): SettingsView {
  const { name, id, appId, mode, kind, encodingAESKey } = world.account;
  const { latency, pushLatency, list } = world.faults;
  return {
    account: { name, id, appId, mode, kind, canEncrypt: encodingAESKey !== undefined },
    latency,
    pushLatency,
    faults: list.map((planned) => ({
      ...planned,
      left: Number.isFinite(planned.left) ? planned.left : null,
    })),
    menu: world.menu.menuFor(person),
    ...(world.light === undefined ? {} : { light: world.light }),
  };
}
