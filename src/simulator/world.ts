import { EventEmitter } from "node:events";
import type { SimulatedAccount } from "./account.js";
import { bannerText, type ChatEntry, type Content } from "./chat.js";
import { type Clock, realClock } from "./clock.js";
import { Faults } from "./faults.js";
import { Journal, type JournalRecord } from "./journal.js";
import { MediaLibrary } from "./media.js";
import { People, type Person } from "./people.js";

/** What changes on the phone and in the inspector, as it happens. */
interface Changes {
  readonly chat: [person: Person, entry: ChatEntry];
  /** Following, typing, profile. */
  readonly person: [person: Person];
  readonly record: [record: JournalRecord];
  /** The menu or the settings. */
  readonly settings: [];
}

/** How many lines of a chat are kept. */
const keptLines = 500;

/** Everything the simulated WeChat knows: both sides of it, pushes and API, work on this. */
export class World extends EventEmitter<Changes> {
  account: SimulatedAccount;
  /** Where the simulated WeChat listens, without a slash at its end. */
  url = "";
  readonly clock: Clock;
  readonly people: People;
  readonly media: MediaLibrary;
  readonly journal = new Journal();
  readonly faults = new Faults();
  #lastEntry = 0;

  constructor(account: SimulatedAccount, clock: Clock = realClock) {
    super();
    this.setMaxListeners(0);
    this.account = account;
    this.clock = clock;
    this.people = new People(account);
    this.media = new MediaLibrary(() => clock.now());
  }

  /** Seconds since 1970. */
  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** Adds a line to a person's chat. */
  say(person: Person, from: ChatEntry["from"], content: Content, by?: ChatEntry["by"]): ChatEntry {
    this.#lastEntry += 1;
    const entry: ChatEntry = {
      id: this.#lastEntry,
      at: this.clock.now(),
      from,
      ...(by === undefined ? {} : { by }),
      content,
    };
    person.chat.push(entry);
    if (person.chat.length > keptLines) person.chat.shift();
    if (from === "account" && person.typing) {
      person.typing = false;
      this.emit("person", person);
    }
    this.emit("chat", person, entry);
    return entry;
  }

  /** Shows the person that the account's server fails. */
  banner(person: Person): ChatEntry {
    return this.say(person, "phone", { type: "banner", text: bannerText });
  }

  record(record: JournalRecord): void {
    this.journal.put(record);
    this.emit("record", record);
  }
}
