import type { Done, Http } from "../transport/http.js";
import type { MiniProgramPage } from "./templates.js";

/** A subscription notice to one user who agreed to it. */
export interface SubscriptionNotice {
  readonly touser: string;
  readonly template_id: string;
  /** The page that a tap opens. */
  readonly page?: string;
  readonly miniprogram?: MiniProgramPage;
  /** The name of a value starts with its kind: `thing1` holds 20 characters, `name1` 10, … */
  readonly data: Readonly<Record<string, { readonly value: string }>>;
}

/** A template of the public library. */
export interface PublicTemplateTitle {
  readonly tid: number;
  readonly title: string;
  /** 2 for once, 3 for good. */
  readonly type: number;
  readonly categoryId: string;
}

/** A keyword of a public template. */
export interface PublicTemplateKeyword {
  readonly kid: number;
  readonly name: string;
  readonly example: string;
  readonly rule: string;
}

/** A template of the account. */
export interface SubscriptionTemplate {
  readonly priTmplId: string;
  readonly title: string;
  readonly content: string;
  readonly example: string;
  /** 2 for once, 3 for good. */
  readonly type: number;
}

/** Subscription notices (订阅通知), for service accounts. */
export class Subscriptions {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Sends a notice; how it went comes as the event subscribe_msg_sent_event. 43101: the user did not
   * agree. It is not repeated after a network failure. Source: 「发送订阅通知」.
   */
  send(notice: SubscriptionNotice): Promise<Done> {
    return this.#http.post("/cgi-bin/message/subscribe/bizsend", notice);
  }

  /** The templates of the account. Source: 「获取私有模板列表」. */
  async list(): Promise<readonly SubscriptionTemplate[]> {
    const { data } = await this.#http.get<{ data?: SubscriptionTemplate[] }>(
      "/wxaapi/newtmpl/gettemplate",
    );
    return data ?? [];
  }

  /** Adds a public template with two to five of its keywords, in order. Source: 「选用模板」. */
  add(template: {
    readonly tid: string;
    readonly kidList: readonly number[];
    readonly sceneDesc: string;
  }): Promise<Done & { readonly priTmplId: string }> {
    return this.#http.post("/wxaapi/newtmpl/addtemplate", template);
  }

  /** Removes a template from the account. Source: 「删除模板」, 订阅通知. */
  delete(priTmplId: string): Promise<Done> {
    return this.#http.post("/wxaapi/newtmpl/deltemplate", { priTmplId });
  }

  /** The account's categories. Source: 「获取公众号类目」. */
  async categories(): Promise<readonly { readonly id: number; readonly name: string }[]> {
    const { data } = await this.#http.get<{ data?: { id: number; name: string }[] }>(
      "/wxaapi/newtmpl/getcategory",
    );
    return data ?? [];
  }

  /** Public templates of some categories, at most 30 at a time. Source: 「获取类目下的公共模板」. */
  titles(query: {
    readonly ids: readonly (string | number)[];
    readonly start?: number;
    readonly limit?: number;
  }): Promise<{ readonly count: number; readonly data: readonly PublicTemplateTitle[] }> {
    const { ids, start = 0, limit = 30 } = query;
    return this.#http.get("/wxaapi/newtmpl/getpubtemplatetitles", {
      query: { ids: ids.join(","), start, limit },
    });
  }

  /** The keywords of a public template. Source: 「获取模板中的关键词」. */
  async keywords(tid: string | number): Promise<readonly PublicTemplateKeyword[]> {
    const { data } = await this.#http.get<{ data?: PublicTemplateKeyword[] }>(
      "/wxaapi/newtmpl/getpubtemplatekeywords",
      { query: { tid } },
    );
    return data ?? [];
  }
}
