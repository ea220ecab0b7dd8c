import { randomId } from "./account.js";

/** A template of the account. */
export interface SavedTemplate {
  readonly id: string;
  readonly title: string;
  /** With places such as `{{keyword1.DATA}}`. */
  readonly content: string;
  readonly example: string;
  /** 2 once, 3 for good; of subscription notices only. */
  readonly type: number;
}

/** How the ids look that the console gives. */
const idForm = /^[\w-]{43}$/;

/** Templates that the account has chosen: for template messages, or for subscription notices. */
export class TemplateBook {
  readonly #byId = new Map<string, SavedTemplate>();

  add(template: Omit<SavedTemplate, "id">): SavedTemplate {
    const saved = { ...template, id: randomId("", 43) };
    this.#byId.set(saved.id, saved);
    return saved;
  }

  /**
   * The template with that id. An id that only looks like one stands for a template that was chosen
   * in the console, which is not part of this simulated WeChat; what it says is not known.
   */
  find(id: string): SavedTemplate | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined || !idForm.test(id)) return known;
    return { id, title: "模板消息", content: "", example: "", type: 2 };
  }

  delete(id: string): boolean {
    return this.#byId.delete(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): IterableIterator<SavedTemplate> {
    return this.#byId.values();
  }
}

const remembered = 600_000;

/** What was sent with a `client_msg_id`, so that a repetition is no second message. */
export class SentOnce {
  readonly #now: () => number;
  readonly #sent = new Map<string, { readonly msgId: bigint; readonly at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The id of the message that was sent with this key within ten minutes. */
  find(key: string): bigint | undefined {
    const sent = this.#sent.get(key);
    return sent !== undefined && this.#now() - sent.at < remembered ? sent.msgId : undefined;
  }

  add(key: string, msgId: bigint): void {
    this.#sent.set(key, { msgId, at: this.#now() });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > 1000 && oldest !== undefined) this.#sent.delete(oldest);
  }
}
