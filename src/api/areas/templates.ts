import type { Done, Http } from "../transport/http.js";
import { listOf, type WireId, wireId } from "../transport/json.js";

/** What fills a template: one value for each of its keywords. */
export type TemplateData = Readonly<
  Record<string, { readonly value: string; readonly color?: string }>
>;

/** Where a tap leads in a mini program that is linked to the account. */
export interface MiniProgramPage {
  readonly appid: string;
  readonly pagepath?: string;
}

/** A template message to one follower. */
export interface TemplateMessage {
  readonly touser: string;
  readonly template_id: string;
  /** Where a tap leads; with `miniprogram` it is for old clients only. */
  readonly url?: string;
  readonly miniprogram?: MiniProgramPage;
  /** Sent again within ten minutes, the same id to the same user is one message. */
  readonly client_msg_id?: string;
  readonly data: TemplateData;
}

/** A message to a user who agreed to get exactly one (一次性订阅). */
export interface OneTimeMessage {
  readonly touser: string;
  readonly template_id: string;
  readonly url?: string;
  readonly miniprogram?: MiniProgramPage;
  /** The scene that the user agreed to. */
  readonly scene: string | number;
  readonly title: string;
  readonly data: { readonly content: { readonly value: string; readonly color?: string } };
}

/** A template of the account. */
export interface Template {
  readonly template_id: string;
  readonly title: string;
  readonly primary_industry: string;
  readonly deputy_industry: string;
  readonly content: string;
  readonly example: string;
}

/** A line of business. */
export interface Industry {
  readonly first_class: string;
  readonly second_class: string;
}

/** A template message that WeChat kept from its user. */
export interface BlockedMessage {
  readonly id: string;
  readonly tmpl_msg_id: string;
  readonly title: string;
  readonly content: string;
  /** When it was sent, in seconds. */
  readonly send_timestamp: number;
  readonly openid: string;
}

/** Template messages (模板消息), for verified service accounts. */
export class Templates {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Sends a template message; how it went comes as the event TEMPLATESENDJOBFINISH with the `msgid`
   * as `MsgID`. It is repeated after a network failure only if it has a `client_msg_id`.
   * Source: 「发送模板消息」.
   */
  send(message: TemplateMessage): Promise<Done & { readonly msgid: string }> {
    return this.#http.post("/cgi-bin/message/template/send", message, {
      idempotent: message.client_msg_id !== undefined,
    });
  }

  /** Sends the one message that a user agreed to. Source: 「一次性订阅消息」. */
  sendOneTime(message: OneTimeMessage): Promise<Done> {
    return this.#http.post("/cgi-bin/message/template/subscribe", message);
  }

  /** The templates of the account. Source: 「获取模板列表」. */
  async list(): Promise<readonly Template[]> {
    const { template_list } = await this.#http.get<{ template_list?: Template[] }>(
      "/cgi-bin/template/get_all_private_template",
    );
    return template_list ?? [];
  }

  /** Adds a template of the library, by its short id such as `TM00015`. Source: 「获得模板ID」. */
  add(template: {
    readonly template_id_short: string;
    /** For templates of a category (类目模板). */
    readonly keyword_name_list?: readonly string[];
  }): Promise<Done & { readonly template_id: string }> {
    return this.#http.post("/cgi-bin/template/api_add_template", template);
  }

  /** Removes a template from the account. Source: 「删除模板」. */
  delete(templateId: string): Promise<Done> {
    return this.#http.post("/cgi-bin/template/del_private_template", { template_id: templateId });
  }

  /**
   * Messages of a template that WeChat kept from their users, at most 100 (the default), from the oldest; with the
   * largest id seen so far as `largestId`, the next ones. Source: 「查询拦截的模板消息」.
   */
  async blocked(
    templateId: string,
    { largestId = 0, limit = 100 }: { readonly largestId?: WireId; readonly limit?: number } = {},
  ): Promise<readonly BlockedMessage[]> {
    const body = { tmpl_msg_id: templateId, largest_id: wireId(largestId), limit };
    const { msginfo } = await this.#http.post<{ msginfo?: BlockedMessage | BlockedMessage[] }>(
      "/wxa/sec/queryblocktmplmsg",
      body,
      { idempotent: true },
    );
    // The document has one object; WeChat answers a list. The id is a number in one sample, a text in another.
    return listOf(msginfo).map((message) => ({ ...message, id: String(message.id) }));
  }

  /** The account's lines of business. Source: 「获取设置的行业信息」. */
  industry(): Promise<{
    readonly primary_industry: Industry;
    readonly secondary_industry: Industry;
  }> {
    return this.#http.get("/cgi-bin/template/get_industry");
  }

  /** Sets the lines of business, once a month (43100). Source: 「设置所属行业」. */
  setIndustry(industries: {
    readonly industry_id1: string;
    readonly industry_id2: string;
  }): Promise<Done> {
    return this.#http.post("/cgi-bin/template/api_set_industry", industries);
  }
}
