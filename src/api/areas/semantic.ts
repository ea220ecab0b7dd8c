import type { FileInput } from "../../message/file.js";
import type { Done, Http } from "../transport/http.js";

/** A question in words. */
export interface SemanticQuery {
  readonly query: string;
  /** Such as `flight,hotel`. */
  readonly category: string;
  readonly city?: string;
  readonly appid?: string;
  readonly uid?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly region?: string;
}

/** What was understood; the shape of `semantic` depends on the category. */
export interface SemanticAnswer {
  readonly query: string;
  readonly type: string;
  readonly semantic: Readonly<Record<string, unknown>>;
}

/** A language of speech and translation. */
export type SpeechLanguage = "zh_CN" | "en_US";

/** Understanding, speech and translation (智能接口); WeChat hardly documents them any more. */
export class Semantic {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Understands a question. Source: 「语义理解」. */
  search(query: SemanticQuery): Promise<Done & SemanticAnswer> {
    return this.#http.post("/semantic/semproxy/search", query, { idempotent: true });
  }

  /** Uploads an MP3 of at most a minute under an id of yours, to be turned into text. Source: 「提交语音」. */
  addVoice(voice: FileInput, voiceId: string, lang: SpeechLanguage = "zh_CN"): Promise<Done> {
    return this.#http.upload("/cgi-bin/media/voice/addvoicetorecofortext", voice, {
      query: { format: "mp3", voice_id: voiceId, lang },
    });
  }

  /** The text of an uploaded voice, within ten seconds of it. Source: 「获取语音识别结果」. */
  async voiceText(voiceId: string, lang: SpeechLanguage = "zh_CN"): Promise<string> {
    const { result } = await this.#http.post<{ result: string }>(
      "/cgi-bin/media/voice/queryrecoresultfortext",
      {},
      { query: { voice_id: voiceId, lang }, idempotent: true },
    );
    return result;
  }

  /** Translates a text of at most 600 bytes. Source: 「微信翻译」. */
  async translate(text: string, from: SpeechLanguage, to: SpeechLanguage): Promise<string> {
    const file = { data: Buffer.from(text), filename: "text.txt", contentType: "text/plain" };
    const { to_content } = await this.#http.upload<{ to_content: string }>(
      "/cgi-bin/media/voice/translatecontent",
      file,
      { query: { lfrom: from, lto: to }, idempotent: true },
    );
    return to_content;
  }
}
