import type { SimulatedAccount } from "./account.js";
import type { ChatEntry } from "./chat.js";
import type { JournalRecord } from "./journal.js";
import type { MediaFile } from "./media.js";
import type { SimulatedButton, SimulatedMenu } from "./menu.js";
import type { Person } from "./people.js";
import type { World } from "./world.js";

/** A user in a snapshot. */
export interface PersonSnapshot
  extends Pick<
    Person,
    | "name"
    | "openid"
    | "unionid"
    | "profile"
    | "following"
    | "subscribeTime"
    | "subscribeScene"
    | "scene"
    | "remark"
    | "blocked"
  > {
  /** Ids of tags. */
  readonly tags: readonly number[];
  readonly chat: readonly ChatEntry[];
}

/** What a simulated WeChat knows at one moment, as plain JSON; no secrets, tokens or contents of files. */
export interface Snapshot {
  /** Milliseconds since 1970, by the clock of the simulated WeChat. */
  readonly at: number;
  readonly account: Pick<SimulatedAccount, "appId" | "id" | "name" | "mode" | "kind">;
  readonly people: readonly PersonSnapshot[];
  readonly menu: {
    readonly default: readonly SimulatedButton[];
    readonly conditional: readonly SimulatedMenu[];
  };
  readonly tags: readonly { readonly id: number; readonly name: string }[];
  readonly media: readonly (Omit<MediaFile, "data"> & {
    /** Bytes. */
    readonly size: number;
  })[];
  /** Pushes and calls, the oldest first. */
  readonly journal: readonly JournalRecord[];
}

/** Copies what a simulated WeChat knows; later changes do not reach the copy. */
export function snapshotOf(world: World): Snapshot {
  const { appId, id, name, mode, kind } = world.account;
  return structuredClone({
    at: world.clock.now(),
    account: { appId, id, name, mode, kind },
    people: [...world.people].map(personOf),
    menu: { default: world.menu.default?.button ?? [], conditional: world.menu.conditional },
    tags: [...world.tags],
    media: [...world.media].map(({ data, ...file }) => ({ ...file, size: data.length })),
    journal: world.journal.records,
  });
}

function personOf({ windows, lastSeen, typing, tags, ...person }: Person): PersonSnapshot {
  return { ...person, tags: [...tags] };
}
