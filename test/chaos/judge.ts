import { placeholder } from "./wire.js";

/** Something that was seen from outside: on WeChat's side of the wire, in a handler, or done to the fleet. */
export type Seen = { /** Milliseconds. */ readonly at: number } & (
  | { readonly what: "pushed"; readonly push: string; readonly user: string }
  /** A delivery left; `process` is the one that took the connection, if any did and nothing was lost. */
  | {
      readonly what: "delivered";
      readonly push: string;
      readonly number: number;
      readonly process: number | undefined;
    }
  /** An answer came in time: a text, or nothing for `success`. */
  | { readonly what: "answered"; readonly push: string; readonly text: string | undefined }
  /** The third delivery had no answer. */
  | { readonly what: "banner"; readonly push: string }
  /** A customer-service message. */
  | { readonly what: "sent"; readonly user: string; readonly text: string }
  | {
      readonly what: "arrived" | "started" | "ended";
      readonly push: string;
      readonly process: number;
    }
  | { readonly what: "died" | "stopped" | "resumed"; readonly process: number }
  /** The store could not be reached well, by all or by one process, from then until `until`. */
  | { readonly what: "fault"; readonly until: number; readonly process?: number }
);

/** What is counted. */
export interface Figures {
  /** Pushes whose handlers began twice or more. */
  readonly ranTwice: number;
  /** … although no process that had them died or stood still. */
  readonly ranTwiceIdly: number;
  /** Pushes whose user got the same answer twice or more, or a notice besides. */
  readonly repliesTwice: number;
  /** Pushes whose user got nothing of worth, and for which nobody is at work. */
  readonly lost: number;
  /** … although the user had been promised an answer, or it was ready. */
  readonly lostOwed: number;
  /** Pushes whose user was told that the answer broke off. */
  readonly brokenOff: number;
  /** Pushes whose handlers are still at work at the end, without an answer. */
  readonly open: number;
  readonly banners: number;
  /** … although nothing was wrong on the way or with the process during the last delivery. */
  readonly bannersIdly: number;
  readonly placeholders: number;
  /** Answers that reached another user or push. */
  readonly mixedUp: number;
  /** Percent of neighbouring messages of one user whose handlers began in the wrong order. */
  readonly inverted: number;
  /** … whose answers came in the wrong order. */
  readonly repliesInverted: number;
}

interface Run {
  readonly process: number;
  readonly at: number;
  end: number | undefined;
}

/** Everything about one push. */
interface Story {
  readonly user: string;
  /** When it first reached a bot. */
  arrived: number | undefined;
  readonly deliveries: { readonly at: number; readonly process: number | undefined }[];
  readonly runs: Run[];
  /** How often its user got its answer. */
  replies: number;
  firstReply: number | undefined;
  promised: boolean;
  placeholder: boolean;
  notices: number;
  banner: boolean;
}

interface Span {
  readonly from: number;
  until: number;
}

/** How long WeChat waits for an answer, in milliseconds. */
const patience = 5_000;
/** What a handler returned so shortly before its process died cannot have left it. */
const breath = 500;
/** What was promised was being sent then, if its handler returned so shortly before: it is sent by nobody else. */
const leaving = 100;

/** What comes in at two processes within so many milliseconds has no order that they could know. */
const atOnce = 50;

/**
 * Judges what was seen. Knows nothing of how koa-wx works, and shares no code with it.
 * `held`: for how many milliseconds a process stood still by itself at most. What it had read by then
 * came in, for everybody else, when it went on.
 */
export function judge(seen: readonly Seen[], held = 0): Figures {
  const trial = new Trial(Math.max(atOnce, held));
  for (const one of [...seen].sort((a, b) => a.at - b.at)) trial.hear(one);
  return trial.figures();
}

class Trial {
  readonly #stories = new Map<string, Story>();
  readonly #deaths = new Map<number, number>();
  readonly #stands = new Map<number, Span[]>();
  readonly #faults: (Span & { readonly process: number | undefined })[] = [];
  /** Texts of unknown meaning that a user got: that an answer broke off. */
  readonly #notices = new Map<string, number>();
  #mixedUp = 0;
  readonly #atOnce: number;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  hear(seen: Seen): void {
    const { at } = seen;
    switch (seen.what) {
      case "pushed":
        this.#stories.set(seen.push, {
          ...{ user: seen.user, deliveries: [], runs: [], replies: 0, firstReply: undefined },
          arrived: undefined,
          ...{ promised: false, placeholder: false, notices: 0, banner: false },
        });
        break;
      case "delivered":
        this.#story(seen.push)?.deliveries.push({ at, process: seen.process });
        break;
      case "answered":
        this.#answered(seen.push, seen.text, at);
        break;
      case "banner": {
        const story = this.#story(seen.push);
        if (story !== undefined) story.banner = true;
        break;
      }
      case "sent":
        this.#sent(seen.user, seen.text, at);
        break;
      case "arrived": {
        const story = this.#story(seen.push);
        if (story !== undefined) story.arrived ??= at;
        break;
      }
      case "started":
        this.#story(seen.push)?.runs.push({ process: seen.process, at, end: undefined });
        break;
      case "ended": {
        const run = this.#story(seen.push)?.runs.find(
          ({ process, end }) => process === seen.process && end === undefined,
        );
        if (run !== undefined) run.end = at;
        break;
      }
      case "died":
        this.#deaths.set(seen.process, at);
        break;
      case "stopped":
        this.#standsOf(seen.process).push({ from: at, until: Number.POSITIVE_INFINITY });
        break;
      case "resumed": {
        const last = this.#standsOf(seen.process).at(-1);
        if (last !== undefined) last.until = at;
        break;
      }
      case "fault":
        this.#faults.push({ from: at, until: seen.until, process: seen.process });
    }
  }

  figures(): Figures {
    const stories = [...this.#stories.values()];
    const count = (is: (story: Story) => boolean) => stories.filter(is).length;
    this.#matchNotices(stories);
    const inverted = (order: (story: Story) => number | undefined) =>
      share(stories, order, this.#atOnce);
    return {
      ranTwice: count(({ runs }) => runs.length > 1),
      ranTwiceIdly: count((story) => this.#ranTwiceIdly(story)),
      repliesTwice: count(({ replies, notices }) => replies + notices > 1),
      lost: count((story) => this.#isLost(story)),
      lostOwed: count((story) => this.#isLost(story) && this.#isOwed(story)),
      brokenOff: count(({ notices }) => notices > 0),
      open: count((story) => isUnanswered(story) && this.#isAtWork(story)),
      banners: count(({ banner }) => banner),
      bannersIdly: count((story) => story.banner && !this.#isExcused(story)),
      placeholders: count((story) => story.placeholder),
      mixedUp: this.#mixedUp,
      inverted: inverted(({ runs }) => runs[0]?.at),
      repliesInverted: inverted(({ firstReply }) => firstReply),
    };
  }

  #story(push: string): Story | undefined {
    return this.#stories.get(push);
  }

  #standsOf(process: number): Span[] {
    const stands = this.#stands.get(process) ?? [];
    this.#stands.set(process, stands);
    return stands;
  }

  #answered(push: string, text: string | undefined, at: number): void {
    const story = this.#story(push);
    if (story === undefined) return;
    // WeChat asks no more; so the answer is owed, with or without a word.
    if (text === undefined || text === placeholder) {
      story.promised = true;
      story.placeholder ||= text === placeholder;
    } else if (text === `re:${push}`) replied(story, at);
    else if (text.startsWith("re:")) this.#mixedUp += 1;
    else story.notices += 1;
  }

  #sent(user: string, text: string, at: number): void {
    if (!text.startsWith("re:")) {
      this.#notices.set(user, (this.#notices.get(user) ?? 0) + 1);
      return;
    }
    const story = this.#story(text.slice("re:".length));
    if (story?.user === user) replied(story, at);
    else this.#mixedUp += 1;
  }

  /**
   * A notice does not say which push it is about: a broken promise of its user, or else one that never reached
   * them or whose answer was under way when its process died, or else one that was kept.
   */
  #matchNotices(stories: readonly Story[]): void {
    for (const [user, count] of this.#notices) {
      const promised = stories.filter(
        (story) => story.user === user && (story.promised || story.banner),
      );
      const need = (story: Story) => (isUnanswered(story) ? (this.#isOwed(story) ? 2 : 1) : 0);
      const byNeed = promised.sort((a, b) => need(b) - need(a));
      for (let index = 0; index < count; index++) {
        const story = byNeed[index] ?? byNeed.at(-1);
        if (story === undefined) this.#mixedUp += 1;
        else story.notices += 1;
      }
    }
    this.#notices.clear();
  }

  #ranTwiceIdly({ runs }: Story): boolean {
    return runs.some(
      (again, index) =>
        index > 0 && !runs.slice(0, index).some((run) => this.#isHeldUp(run, again.at)),
    );
  }

  /** Whether the process of a run died or stood still before somebody began anew. */
  #isHeldUp({ process, at }: Run, until: number): boolean {
    const died = this.#deaths.get(process) ?? Number.POSITIVE_INFINITY;
    return died < until || this.#stoodStill(process, { from: at, until });
  }

  #stoodStill(process: number, span: Span): boolean {
    return this.#standsOf(process).some((stand) => overlap(stand, span));
  }

  #isLost(story: Story): boolean {
    return isUnanswered(story) && !this.#isAtWork(story);
  }

  #isAtWork({ runs }: Story): boolean {
    return runs.some(({ process, end }) => end === undefined && !this.#deaths.has(process));
  }

  #isOwed({ promised, runs }: Story): boolean {
    const left = ({ process, end }: Run) =>
      end === undefined
        ? Number.NaN
        : (this.#deaths.get(process) ?? Number.POSITIVE_INFINITY) - end;
    if (promised) return !runs.some((run) => left(run) <= leaving);
    return runs.some((run) => left(run) > breath);
  }

  /** Whether something was wrong with the last delivery that no bot can mend. */
  #isExcused({ deliveries }: Story): boolean {
    const last = deliveries.at(-1);
    if (last?.process === undefined) return true;
    const { process } = last;
    const span = { from: last.at, until: last.at + patience };
    const died = this.#deaths.get(process) ?? Number.POSITIVE_INFINITY;
    return (
      died < span.until ||
      this.#stoodStill(process, span) ||
      this.#faults.some((fault) => (fault.process ?? process) === process && overlap(fault, span))
    );
  }
}

function replied(story: Story, at: number): void {
  story.replies += 1;
  story.firstReply ??= at;
}

function isUnanswered({ replies, notices }: Story): boolean {
  return replies + notices === 0;
}

function overlap(one: Span, other: Span): boolean {
  return one.from < other.until && other.from < one.until;
}

/** Percent of the neighbouring pairs of each user's pushes that a time puts into the wrong order. */
function share(
  stories: readonly Story[],
  order: (story: Story) => number | undefined,
  atOnce: number,
): number {
  const last = new Map<string, { readonly arrived: number; readonly time: number }>();
  let [pairs, wrong] = [0, 0];
  for (const story of [...stories].sort((a, b) => (a.arrived ?? 0) - (b.arrived ?? 0))) {
    const { user, arrived } = story;
    const time = order(story);
    if (time === undefined || arrived === undefined) continue;
    const before = last.get(user);
    last.set(user, { arrived, time });
    if (before === undefined || arrived - before.arrived < atOnce) continue;
    pairs += 1;
    if (time < before.time) wrong += 1;
  }
  return pairs === 0 ? 0 : (100 * wrong) / pairs;
}
