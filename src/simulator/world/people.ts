import { idOf, type SimulatedAccount } from "./account.js";
import type { ChatEntry } from "./chat.js";

/** A user's own profile, as their phone shows it. */
export interface Profile {
  readonly nickname: string;
  /** 1 男, 2 女, 0 未知. */
  readonly sex: 0 | 1 | 2;
  readonly province: string;
  readonly city: string;
  readonly country: string;
  readonly headimgurl: string;
  readonly language: string;
}

/** Within what the account may send a user customer-service messages. */
export type Window = {
  /** How many are left. */
  left: number;
  /** Until when, in milliseconds since 1970. */
  readonly until: number;
};

/** A user of the simulated WeChat, and what the account knows of them. */
export interface Person {
  readonly name: string;
  readonly openid: string;
  readonly unionid: string;
  profile: Profile;
  following: boolean;
  /** When they last followed, in milliseconds since 1970. */
  subscribeTime: number;
  subscribeScene: string;
  /** The scene of the QR code by which they came. */
  scene: string;
  remark: string;
  blocked: boolean;
  readonly tags: Set<number>;
  /** The newest first; an account may use whichever still allows it. */
  windows: Window[];
  /** When the user last wrote or clicked, in milliseconds since 1970. */
  lastSeen: number;
  /** Whether 对方正在输入 is shown. */
  typing: boolean;
  readonly chat: ChatEntry[];
}

/** How many users there may be until a request can make no more of them. */
const mostInvited = 100;

/** Everybody who has been talked of, by name and by openid. */
export class People {
  readonly #account: SimulatedAccount;
  readonly #byName = new Map<string, Person>();
  readonly #byOpenid = new Map<string, Person>();

  constructor(account: SimulatedAccount) {
    this.#account = account;
  }

  /** The user of that name, made on first use; nobody follows the account at first. */
  named(name: string, profile: Partial<Profile> = {}): Person {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const person: Person = {
      name,
      openid: idOf("o", 28, this.#account.appId, name),
      unionid: idOf("o6_", 28, "unionid", name),
      profile: { ...unknownProfile, nickname: name, ...profile },
      following: false,
      subscribeTime: 0,
      subscribeScene: "",
      scene: "",
      remark: "",
      blocked: false,
      tags: new Set(),
      windows: [],
      lastSeen: 0,
      typing: false,
      chat: [],
    };
    this.#byName.set(name, person);
    this.#byOpenid.set(person.openid, person);
    return person;
  }

  /** The user of that name, if there is one. */
  called(name: string): Person | undefined {
    return this.#byName.get(name);
  }

  /** The user of a name out of a request: undefined for a new one when there are enough users. */
  invited(name: string): Person | undefined {
    if (this.#byName.size >= mostInvited && !this.#byName.has(name)) return undefined;
    return this.named(name);
  }

  /** The user with that openid, if there is one. */
  find(openid: string): Person | undefined {
    return this.#byOpenid.get(openid);
  }

  [Symbol.iterator](): IterableIterator<Person> {
    return this.#byName.values();
  }
}

const unknownProfile: Profile = {
  nickname: "",
  sex: 0,
  province: "",
  city: "",
  country: "",
  headimgurl: "",
  language: "zh_CN",
};
