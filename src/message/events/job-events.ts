import type { EventEnvelope } from "../envelope.js";
import { type EventFields, type Fields, fields, list, listIn, number, text } from "../read.js";

/** What the check for copied articles (原创校验) said of one of them. The codes are WeChat's. */
export interface ArticleCheck {
  /** From 1. */
  ArticleIdx: number;
  UserDeclareState: number;
  AuditState: number;
  OriginalArticleUrl: string;
  OriginalArticleType: number;
  CanReprint: number;
  NeedReplaceContent: number;
  NeedShowReprintSource: number;
}

/** What the check for copied articles found. */
export interface CopyrightCheckResult {
  Count: number;
  ResultList: ArticleCheck[];
  CheckState: number;
}

/** Where the articles of a mass message stand. */
export interface ArticleUrlResult {
  Count: number;
  /** `ArticleIdx` counts from 1. */
  ResultList: { ArticleIdx: number; ArticleUrl: string }[];
}

/** What became of a publication. */
export interface PublishEventInfo {
  /** A 64-bit number, therefore a string. */
  publish_id: string;
  /**
   * 0 success, 1 publishing, 2 declaration of originality failed, 3 failed, 4 refused by review,
   * 5 the user deleted all articles afterwards, 6 the platform blocked all of them afterwards.
   */
  publish_status: number;
  /** With status 0; fit for a customer-service message `mpnewsarticle`. */
  article_id?: string;
  /** With status 0; `idx` counts from 1. */
  article_detail?: { count: number; item: { idx: number; article_url: string }[] };
  /** With status 2 or 4: the articles that failed, from 1. */
  fail_idx?: number[];
}

/** Results of what runs for a while. `FromUserName` is WeChat's own, but for template messages. */
export interface JobEvents {
  /** 群发结束. Source: 「事件推送群发结果」. */
  MASSSENDJOBFINISH: EventEnvelope<"MASSSENDJOBFINISH"> & {
    /** The `msg_id` that the call returned. */
    MsgID: string;
    /** `send success`, `send fail` or `err(num)`. Compare without spaces: older pushes have none. */
    Status: string;
    /** The fans in the tag or the list. */
    TotalCount: number;
    /** Those left after filters such as region, sex and refusal; `SentCount` + `ErrorCount`. */
    FilterCount: number;
    SentCount: number;
    ErrorCount: number;
    CopyrightCheckResult?: CopyrightCheckResult;
    ArticleUrlResult?: ArticleUrlResult;
  };
  /** 模板消息送达. Source: 「模板消息 › 事件推送」. */
  TEMPLATESENDJOBFINISH: EventEnvelope<"TEMPLATESENDJOBFINISH"> & {
    /** The `msgid` that the call returned. */
    MsgID: string;
    /** `success`, `failed:user block` or `failed: system failed`. */
    Status: string;
  };
  /** 发布结束. Source: 「发布能力 › 事件推送发布结果」. */
  PUBLISHJOBFINISH: EventEnvelope<"PUBLISHJOBFINISH"> & { PublishEventInfo: PublishEventInfo };
}

/** What users did with subscription notices (订阅通知). Source: 「订阅通知 › 事件推送」. */
export interface NoticeEvents {
  /** The user answered a popup that asks for subscriptions. */
  subscribe_msg_popup_event: EventEnvelope<"subscribe_msg_popup_event"> & {
    SubscribeMsgPopupEvent: {
      /** One for each template; `SubscribeStatusString` is `accept` or `reject`; `PopupScene` 1 a page, 2 an article. */
      List: { TemplateId: string; SubscribeStatusString: string; PopupScene: number }[];
    };
  };
  /** The user changed subscriptions in the settings. */
  subscribe_msg_change_event: EventEnvelope<"subscribe_msg_change_event"> & {
    SubscribeMsgChangeEvent: {
      /** One for each template; `SubscribeStatusString` is `reject`. */
      List: { TemplateId: string; SubscribeStatusString: string }[];
    };
  };
  /** A notice was delivered, or was not. */
  subscribe_msg_sent_event: EventEnvelope<"subscribe_msg_sent_event"> & {
    SubscribeMsgSentEvent: {
      List: {
        TemplateId: string;
        /** A 64-bit number, therefore a string. */
        MsgID: string;
        /** 0 is success. */
        ErrorCode: number;
        ErrorStatus: string;
      }[];
    };
  };
}

type Expires = {
  /** Seconds. */
  ExpiredTime: number;
};

type Failed = {
  /** Seconds. */
  FailTime: number;
  FailReason: string;
};

/** 微信认证. Source: 「微信认证事件推送」. */
export interface AccreditationEvents {
  /** 资质认证成功: the rights to call APIs are there at once. */
  qualification_verify_success: EventEnvelope<"qualification_verify_success"> & Expires;
  /** 资质认证失败. */
  qualification_verify_fail: EventEnvelope<"qualification_verify_fail"> & Failed;
  /** 名称认证成功. */
  naming_verify_success: EventEnvelope<"naming_verify_success"> & Expires;
  /** 名称认证失败: there is no tick, but the rights stay. */
  naming_verify_fail: EventEnvelope<"naming_verify_fail"> & Failed;
  /** 年审通知: renew soon. */
  annual_renew: EventEnvelope<"annual_renew"> & Expires;
  /** 认证过期失效. */
  verify_expired: EventEnvelope<"verify_expired"> & Expires;
  /** Of a newer procedure, mainly for mini programs, as the next three. */
  wx_verify_pay_succ: EventEnvelope<"wx_verify_pay_succ">;
  wx_verify_dispatch: EventEnvelope<"wx_verify_dispatch">;
  wx_verify_refill: EventEnvelope<"wx_verify_refill"> & {
    RefillTime?: number;
    RefillReason?: string;
  };
  wx_verify_fail: EventEnvelope<"wx_verify_fail"> & { FailTime?: number; FailReason?: string };
}

const articleCheck: Fields<ArticleCheck> = {
  ArticleIdx: number,
  UserDeclareState: number,
  AuditState: number,
  OriginalArticleUrl: text,
  OriginalArticleType: number,
  CanReprint: number,
  NeedReplaceContent: number,
  NeedShowReprintSource: number,
};

export const jobEvents: EventFields<JobEvents> = {
  MASSSENDJOBFINISH: {
    MsgID: text,
    Status: text,
    TotalCount: number,
    FilterCount: number,
    SentCount: number,
    ErrorCount: number,
    CopyrightCheckResult: fields<CopyrightCheckResult>(
      {
        Count: number,
        ResultList: listIn("item", fields(articleCheck)),
        CheckState: number,
      },
      "ResultList",
    ),
    ArticleUrlResult: fields<ArticleUrlResult>(
      {
        Count: number,
        ResultList: listIn("item", fields({ ArticleIdx: number, ArticleUrl: text })),
      },
      "ResultList",
    ),
  },
  TEMPLATESENDJOBFINISH: { MsgID: text, Status: text },
  PUBLISHJOBFINISH: {
    PublishEventInfo: fields<PublishEventInfo>({
      publish_id: text,
      publish_status: number,
      article_id: text,
      article_detail: fields<NonNullable<PublishEventInfo["article_detail"]>>(
        { count: number, item: list(fields({ idx: number, article_url: text })) },
        "item",
      ),
      fail_idx: list(number),
    }),
  },
};

const change = { TemplateId: text, SubscribeStatusString: text };

export const noticeEvents: EventFields<NoticeEvents> = {
  subscribe_msg_popup_event: {
    SubscribeMsgPopupEvent: fields(
      { List: list(fields({ ...change, PopupScene: number })) },
      "List",
    ),
  },
  subscribe_msg_change_event: {
    SubscribeMsgChangeEvent: fields({ List: list(fields(change)) }, "List"),
  },
  subscribe_msg_sent_event: {
    SubscribeMsgSentEvent: fields(
      {
        List: list(fields({ TemplateId: text, MsgID: text, ErrorCode: number, ErrorStatus: text })),
      },
      "List",
    ),
  },
};

const expires = { ExpiredTime: number };
const failed = { FailTime: number, FailReason: text };

export const accreditationEvents: EventFields<AccreditationEvents> = {
  qualification_verify_success: expires,
  qualification_verify_fail: failed,
  naming_verify_success: expires,
  naming_verify_fail: failed,
  annual_renew: expires,
  verify_expired: expires,
  wx_verify_pay_succ: {},
  wx_verify_dispatch: {},
  wx_verify_refill: { RefillTime: number, RefillReason: text },
  wx_verify_fail: failed,
};
