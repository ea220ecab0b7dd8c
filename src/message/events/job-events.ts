import type { EventEnvelope } from "../envelope.js";

/** What the check for copied articles found (原创校验结果). */
export interface CopyrightCheckResult {
  Count: number;
  ResultList: {
    /** From 1. */
    ArticleIdx: number;
    UserDeclareState: number;
    AuditState: number;
    OriginalArticleUrl: string;
    OriginalArticleType: number;
    CanReprint: number;
    NeedReplaceContent: number;
    NeedShowReprintSource: number;
  }[];
  CheckState: number;
}

/** Where the articles of a mass message stand. */
export interface ArticleUrlResult {
  Count: number;
  ResultList: { ArticleIdx: number; ArticleUrl: string }[];
}

/** What became of a publication. */
export interface PublishEventInfo {
  publish_id: string;
  /** 0 success, 1 publishing, 2 original declaration failed, 3 failed, 4 refused by review, 5 deleted by the user, 6 blocked. */
  publish_status: number;
  /** With status 0; fit for a customer-service message `mpnewsarticle`. */
  article_id?: string;
  /** With status 0. */
  article_detail?: { count: number; item: { idx: number; article_url: string }[] };
  /** With status 2 or 4: the articles that failed, from 1. */
  fail_idx?: number[];
}

/** Results of what runs for a while. */
export interface JobEvents {
  /** 群发结束. `MsgID` is the `msg_id` that the call returned. Source: 「事件推送群发结果」. */
  MASSSENDJOBFINISH: EventEnvelope<"MASSSENDJOBFINISH"> & {
    MsgID: string;
    /** `send success`, `send fail` or `err(num)`; compare it without spaces. */
    Status: string;
    TotalCount: number;
    FilterCount: number;
    SentCount: number;
    ErrorCount: number;
    CopyrightCheckResult?: CopyrightCheckResult;
    ArticleUrlResult?: ArticleUrlResult;
  };
  /** 模板消息送达. `Status` is `success`, `failed:user block` or `failed: system failed`. */
  TEMPLATESENDJOBFINISH: EventEnvelope<"TEMPLATESENDJOBFINISH"> & { MsgID: string; Status: string };
  /** 发布结束. Source: 「事件推送发布结果」. */
  PUBLISHJOBFINISH: EventEnvelope<"PUBLISHJOBFINISH"> & { PublishEventInfo: PublishEventInfo };
}

/** What users did with subscription notices. Source: 「订阅通知 › 事件推送」. */
export interface NoticeEvents {
  subscribe_msg_popup_event: EventEnvelope<"subscribe_msg_popup_event"> & {
    SubscribeMsgPopupEvent: {
      List: { TemplateId: string; SubscribeStatusString: string; PopupScene: number }[];
    };
  };
  subscribe_msg_change_event: EventEnvelope<"subscribe_msg_change_event"> & {
    SubscribeMsgChangeEvent: { List: { TemplateId: string; SubscribeStatusString: string }[] };
  };
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

/** 微信认证. Times are in seconds. */
export interface AccreditationEvents {
  qualification_verify_success: EventEnvelope<"qualification_verify_success"> & Expires;
  qualification_verify_fail: EventEnvelope<"qualification_verify_fail"> & Failed;
  naming_verify_success: EventEnvelope<"naming_verify_success"> & Expires;
  naming_verify_fail: EventEnvelope<"naming_verify_fail"> & Failed;
  annual_renew: EventEnvelope<"annual_renew"> & Expires;
  verify_expired: EventEnvelope<"verify_expired"> & Expires;
  wx_verify_pay_succ: EventEnvelope<"wx_verify_pay_succ">;
  wx_verify_dispatch: EventEnvelope<"wx_verify_dispatch">;
  wx_verify_refill: EventEnvelope<"wx_verify_refill"> & {
    RefillTime?: number;
    RefillReason?: string;
  };
  wx_verify_fail: EventEnvelope<"wx_verify_fail"> & { FailTime?: number; FailReason?: string };
}

interface Expires {
  ExpiredTime: number;
}

interface Failed {
  FailTime: number;
  FailReason: string;
}
