import { EventEmitter } from "node:events";
import type { WebViews } from "../web-view/views.js";
import type { SimulatedAccount } from "./account.js";
import { Agents } from "./agents.js";
import { DraftBox, Publications } from "./articles.js";
import { bannerText, type ChatEntry, type Content } from "./chat.js";
import { type Clock, realClock } from "./clock.js";
import { Faults } from "./faults.js";
import { Journal, type JournalRecord } from "./journal.js";
import { Logins } from "./logins.js";
import { MassJobs } from "./mass.js";
import { Materials } from "./materials.js";
import { MediaLibrary } from "./media.js";
import { Menu } from "./menu.js";
import { Mint } from "./mint.js";
import { People, type Person } from "./people.js";
import { SceneCodes } from "./qrcodes.js";
import { Quota } from "./quota.js";
import { Requests } from "./requests.js";
import { ShortKeys } from "./short-keys.js";
import { Tags } from "./tags.js";
import { SentOnce, TemplateBook } from "./templates.js";
import { Tokens } from "./tokens.js";

/** What changes on the phone and in the inspector, as it happens. */
interface Changes {
  readonly chat: [person: Person, entry: ChatEntry];
  /** Following, typing, profile. */
  readonly person: [person: Person];
  readonly record: [record: JournalRecord];
  /** The menu or the settings. */
  readonly settings: [];
}

/** Whether the bot passes the verification of its address: `trouble` says why it does not. */
export interface Light {
  readonly trouble?: string;
  /** The same in Chinese. */
  readonly troubleZh?: string;
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
  readonly menu = new Menu();
  readonly tags = new Tags();
  readonly agents = new Agents();
  readonly mass = new MassJobs();
  /** For template messages. */
  readonly templates = new TemplateBook();
  /** The templates of subscription notices. */
  readonly notices = new TemplateBook();
  readonly requests = new Requests();
  readonly materials: Materials;
  readonly tokens: Tokens;
  readonly quota: Quota;
  readonly qrcodes: SceneCodes;
  readonly shortKeys: ShortKeys;
  readonly drafts: DraftBox;
  readonly publications: Publications;
  readonly logins: Logins;
  readonly sentOnce: SentOnce;
  /** The account's lines of business, and when they were set, in milliseconds since 1970. */
  readonly industry: { ids: readonly [string, string]; at: number } = { ids: ["1", "4"], at: 0 };
  /** Whether the bot is there, if somebody follows that. */
  light: Light | undefined;
  /** The web views through which pages are seen, if there is a phone that shows any. */
  views: Pick<WebViews, "addressOf" | "known" | "own"> | undefined;
  /** 网页授权域名: where web login may lead back to. Without, anywhere. */
  loginDomain: string | undefined;
  #lastEntry = 0;

  constructor(account: SimulatedAccount, clock: Clock = realClock) {
    super();
    this.setMaxListeners(0);
    this.account = account;
    this.clock = clock;
    this.people = new People(account);
    const now = () => clock.now();
    const seconds = () => this.seconds;
    this.media = new MediaLibrary(now);
    this.materials = new Materials(this.media);
    const mint = new Mint(account.appSecret);
    this.tokens = new Tokens(now, mint);
    this.quota = new Quota(now);
    this.qrcodes = new SceneCodes(now);
    this.shortKeys = new ShortKeys(now);
    this.drafts = new DraftBox(seconds);
    this.publications = new Publications(seconds);
    this.logins = new Logins(now, mint, this.people, account);
    this.sentOnce = new SentOnce(now);
  }

  /** Seconds since 1970. */
  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** Adds a line to a person's chat. */
  say(
    person: Person,
    from: ChatEntry["from"],
    content: Content,
    by?: ChatEntry["by"],
    label: Pick<ChatEntry, "aiGenerated"> = {},
  ): ChatEntry {
    this.#lastEntry += 1;
    const entry: ChatEntry = {
      id: this.#lastEntry,
      at: this.clock.now(),
      from,
      ...(by === undefined ? {} : { by }),
      ...label,
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

  /** Has the lines of chats count on from the last one. */
  resume(lastEntry: number): void {
    this.#lastEntry = Math.max(this.#lastEntry, lastEntry);
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
