/** An answer while it is being written. */
export class Answer {
  readonly #stop = new AbortController();
  #text = "";
  #shown = 0;
  #ended = false;

  /** All that has come so far. */
  get text(): string {
    return this.#text;
  }

  /** Aborts when the user is gone. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  add(piece: string): void {
    this.#text += piece;
  }

  /** Nobody waits for it any longer. */
  stop(): void {
    this.#stop.abort();
  }

  /** The sentences that are complete, to be shown while the rest is written; `""` when there are none. */
  begin(): string {
    if (this.#ended) return "";
    // 600 characters fit into one message, whatever they are.
    const [sentences = ""] = /^.*(?:[。！？!?\n]|\.(?=\s))/su.exec(this.#text.slice(0, 600)) ?? [];
    this.#shown = sentences.length;
    return sentences.trim();
  }

  /** What has not been shown yet; from now on `begin()` shows nothing. */
  end(): string {
    this.#ended = true;
    return this.#text.slice(this.#shown).trim();
  }
}
