/** A client for chat completions as OpenAI defines them and most others serve them. */

/** One message of a chat. */
export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly Part[];
}

/** A part of a message: a text, or a picture by its address. */
export type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } };

/** Where a model is. */
export interface ModelOptions {
  /** The address before `/chat/completions`, for example `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  /** How long the model may be silent, in milliseconds: before the first words and between words. */
  readonly patience: number;
}

/** Why there is no answer: `message` for the log, `apology` for the user. Neither holds the key. */
export class ModelError extends Error {
  readonly apology: string;

  constructor(
    message: string,
    apology = "AI 服务暂时不可用，请稍后再试。",
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.apology = apology;
  }

  override get name() {
    return "ModelError";
  }
}

/** Asks the model; yields the answer in the pieces in which it comes. Rejects with a ModelError. */
export async function* ask(
  { baseUrl, apiKey, model, patience }: ModelOptions,
  messages: readonly Turn[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const silence = new AbortController();
  let hasBegun = false;
  const timer = setTimeout(() => {
    const message = `The model said nothing for ${patience / 1000} seconds.`;
    silence.abort(new ModelError(message, "AI 想得太久了，请换个说法再试一次。"));
  }, patience);
  try {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ model, messages, stream: true }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || response.body === null) throw refused(response.status);
    for await (const data of events(response.body)) {
      timer.refresh();
      if (data === "[DONE]") return;
      const { error, choices } = JSON.parse(data) as Chunk;
      if (error) throw new ModelError("The model broke off with an error.");
      const [choice] = choices ?? [];
      if (choice?.delta?.content) {
        hasBegun = true;
        yield choice.delta.content;
      }
      // Not every server says [DONE].
      if (choice?.finish_reason) return;
    }
    throw new ModelError("The connection to the model ended in the middle of an answer.");
  } catch (error) {
    signal.throwIfAborted();
    const isKnown = error instanceof ModelError;
    const why = isKnown ? error.message : `The model could not be reached: ${reason(error)}.`;
    if (hasBegun) throw new ModelError(why, "（回答中断了，请再问一次。）", { cause: error });
    throw isKnown ? error : new ModelError(why, undefined, { cause: error });
  } finally {
    clearTimeout(timer);
    // Whoever stops reading stops the model, too: nobody pays for words that nobody reads.
    silence.abort();
  }
}

/** What is read of a 「chat.completion.chunk」. */
interface Chunk {
  readonly error?: unknown;
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
}

/** The data of server-sent events, one line each. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) yield line.slice(5).trim();
  }
  if (rest.startsWith("data:")) yield rest.slice(5).trim();
}

const hints: Readonly<Record<number, string>> = {
  401: "Check OPENAI_API_KEY.",
  403: "May the key use this model?",
  404: "Check OPENAI_BASE_URL (it usually ends with /v1) and OPENAI_MODEL.",
  429: "Too many requests, or the balance is used up.",
};

/** The body is left out: some servers repeat the key in it. */
function refused(status: number): ModelError {
  const message = `The model answered with status ${status}. ${hints[status] ?? ""}`.trimEnd();
  return new ModelError(message, status === 429 ? "现在提问的人太多，请稍后再试。" : undefined);
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
