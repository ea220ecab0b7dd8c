import { readFile, rename, writeFile } from "node:fs/promises";
import { WechatError } from "../../errors.js";
import { isKind } from "./kinds.js";
import type { MediaFile } from "./media.js";
import type { Window } from "./people.js";
import { type PersonSnapshot, type Snapshot, snapshotOf } from "./snapshot.js";
import type { World } from "./world.js";

/** What stands in the file: a snapshot, with what files hold and how many messages users may still be sent. */
interface State extends Omit<Snapshot, "people" | "media"> {
  readonly people: readonly (PersonSnapshot & {
    readonly windows?: readonly Window[];
    readonly lastSeen?: number;
  })[];
  readonly media: readonly (Snapshot["media"][number] & {
    /** In base64; a snapshot of a test has none. */
    readonly data?: string;
  })[];
}

/** Bytes: how large one file and all of them may be to be kept. The newest are. */
const [largest, capacity] = [4 * 1024 * 1024, 32 * 1024 * 1024];
/** How many records of the inspector are kept. */
const keptRecords = 200;
/** How long after a change the file is written, in milliseconds. */
const pause = 500;

/**
 * Has a simulated WeChat go on where it stood: reads the file, if there is one, and keeps it up to date. Throws a
 * WechatError when the file is no state.
 *
 * @returns Writes the file for the last time.
 */
export async function keepState(world: World, file: string): Promise<() => Promise<void>> {
  const state = await stateIn(file);
  if (state !== undefined) restore(world, state);
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();
  const save = () => {
    timer = undefined;
    last = last.then(() => write(world, file));
    return last;
  };
  const changed = () => {
    timer ??= setTimeout(() => save().catch(() => undefined), pause).unref();
  };
  for (const event of ["chat", "person", "record", "settings"] as const) world.on(event, changed);
  return async () => {
    clearTimeout(timer);
    for (const event of ["chat", "person", "record", "settings"] as const) {
      world.off(event, changed);
    }
    await last.catch(() => undefined);
    await write(world, file);
  };
}

async function stateIn(file: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = parsed(text) as Partial<State> | undefined;
  const lists = [state?.people, state?.tags, state?.media, state?.journal, state?.menu?.default];
  if (lists.every(Array.isArray)) return state as State;
  throw new WechatError(
    "WX_SIMULATOR",
    `${file} holds no state of a simulated WeChat. Name a file that --state has written, or one that is not there yet.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function restore(world: World, { account, people, menu, tags, media, journal }: State): void {
  const { encodingAESKey } = world.account;
  const mode = encodingAESKey === undefined ? "plain" : account.mode;
  const kind = isKind(account.kind) ? account.kind : world.account.kind;
  world.account = { ...world.account, mode, kind };
  for (const { name, profile, chat, tags: of, windows, openid, unionid, ...rest } of people) {
    const person = world.people.named(name, profile);
    Object.assign(person, rest, { windows: [...(windows ?? [])] });
    person.chat.push(...chat);
    for (const tag of of) person.tags.add(tag);
  }
  world.resume(Math.max(0, ...people.flatMap(({ chat }) => chat.map(({ id }) => id))));
  world.menu.restore(menu.default, menu.conditional);
  world.tags.restore(tags);
  for (const { data, size, ...file } of media) {
    if (data !== undefined) world.media.restore({ ...file, data: Buffer.from(data, "base64") });
  }
  world.journal.restore(journal);
}

async function write(world: World, file: string): Promise<void> {
  const snapshot = snapshotOf(world);
  const state: State = {
    ...snapshot,
    people: snapshot.people.map((person) => {
      const { windows = [], lastSeen = 0 } = world.people.called(person.name) ?? {};
      return { ...person, windows, lastSeen };
    }),
    media: keptFiles([...world.media]),
    journal: snapshot.journal.slice(-keptRecords),
  };
  // Whatever happens meanwhile, the file is whole.
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, JSON.stringify(state), { mode: 0o600 });
  await rename(draft, file);
}

function keptFiles(files: readonly MediaFile[]): State["media"] {
  let left = capacity;
  return files
    .toReversed()
    .filter(({ data }) => {
      if (data.length > largest) return false;
      left -= data.length;
      return left >= 0;
    })
    .toReversed()
    .map(({ data, ...file }) => ({
      ...file,
      size: data.length,
      data: data.toString("base64"),
    }));
}
