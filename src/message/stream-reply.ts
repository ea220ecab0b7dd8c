import { ReplyError } from "../errors.js";
import { checkedBy, checkOptions, type Rules } from "../options.js";
import { describe, isStream, type Parts } from "./replies.js";

/** Options of one answer that streams. */
export interface StreamOptions {
  /** What the last delivery is answered with if no sentence is complete by then. Default: `deadline.onTimeout`. */
  readonly placeholder?: string;
  /**
   * How the rest follows: as customer-service messages, for the user's 继续, or not at all. Default:
   * `deadline.late`, or, where that is not set and nothing can be sent, `"collect"`.
   */
  readonly late?: "send" | "collect" | "drop";
}

/** An answer that streams, with options of its own, as `reply.stream()` makes it. */
export class StreamReply implements Parts {
  /** What it is made of. */
  readonly parts: Parts;
  readonly options: StreamOptions;

  constructor(parts: Parts, options: StreamOptions) {
    if (!isStream(parts)) {
      throw new ReplyError(
        `reply.stream() takes what yields strings one after the other, such as an async generator, got ${describe(parts)}.`,
      );
    }
    checkOptions(options, "reply.stream()", rules);
    this.parts = parts;
    this.options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<string | null | undefined> {
    return this.parts[Symbol.asyncIterator]();
  }
}

// What a handler answers with is wrong: that is a ReplyError.
const rules: Rules<StreamOptions> = {
  placeholder: checkedBy((given) => {
    if (typeof given === "string") return;
    throw new ReplyError(`reply.stream() takes a text as its placeholder, got ${describe(given)}.`);
  }),
  late: checkedBy((given) => {
    if (given === "send" || given === "collect" || given === "drop") return;
    throw new ReplyError('reply.stream() takes "send", "collect" or "drop" as late.');
  }),
};
