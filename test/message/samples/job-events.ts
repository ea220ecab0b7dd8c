import type { AnyEvent } from "../../../src/message/events.js";

/**
 * What the files of test/fixtures/events decode to. The annotation has the compiler check each
 * against the types that users get: no field more, no field less.
 */
export const jobEventSamples: Readonly<Record<string, AnyEvent>> = {
  MASSSENDJOBFINISH: {
    ToUserName: "gh_4d00ed8d6399",
    FromUserName: "oV5CrjpxgaGXNHIQigzNlgLTnwic",
    CreateTime: 1481013459,
    MsgType: "event",
    Event: "MASSSENDJOBFINISH",
    MsgID: "1000001625",
    Status: "err(30003)",
    TotalCount: 0,
    FilterCount: 0,
    SentCount: 0,
    ErrorCount: 0,
    CopyrightCheckResult: {
      ResultList: [
        {
          ArticleIdx: 1,
          UserDeclareState: 0,
          AuditState: 2,
          OriginalArticleUrl: "Url_1",
          OriginalArticleType: 1,
          CanReprint: 1,
          NeedReplaceContent: 1,
          NeedShowReprintSource: 1,
        },
      ],
      Count: 1,
      CheckState: 2,
    },
    ArticleUrlResult: { ResultList: [{ ArticleIdx: 1, ArticleUrl: "Url" }], Count: 1 },
  },
  "PUBLISHJOBFINISH-failed": {
    ToUserName: "gh_4d00ed8d6399",
    FromUserName: "oV5CrjpxgaGXNHIQigzNlgLTnwic",
    CreateTime: 1481013459,
    MsgType: "event",
    Event: "PUBLISHJOBFINISH",
    PublishEventInfo: { publish_id: "2247503051", publish_status: 2, fail_idx: [1, 2] },
  },
  PUBLISHJOBFINISH: {
    ToUserName: "gh_4d00ed8d6399",
    FromUserName: "oV5CrjpxgaGXNHIQigzNlgLTnwic",
    CreateTime: 1481013459,
    MsgType: "event",
    Event: "PUBLISHJOBFINISH",
    PublishEventInfo: {
      publish_id: "2247503051",
      publish_status: 0,
      article_id: "b5O2OUs25HBxRceL7hfReg-U9QGeq9zQjiDvyWP4Hq4",
      article_detail: { item: [{ idx: 1, article_url: "ARTICLE_URL" }], count: 1 },
    },
  },
  TEMPLATESENDJOBFINISH: {
    ToUserName: "gh_7f083739789a",
    FromUserName: "oia2TjuEGTNoeX76QEjQNrcURxG8",
    CreateTime: 1395658920,
    MsgType: "event",
    Event: "TEMPLATESENDJOBFINISH",
    MsgID: "200163836",
    Status: "success",
  },
  annual_renew: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442401004,
    MsgType: "event",
    Event: "annual_renew",
    ExpiredTime: 1442401004,
  },
  naming_verify_fail: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442401061,
    MsgType: "event",
    Event: "naming_verify_fail",
    FailTime: 1442401061,
    FailReason: "by time",
  },
  naming_verify_success: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442401093,
    MsgType: "event",
    Event: "naming_verify_success",
    ExpiredTime: 1442401093,
  },
  qualification_verify_fail: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442401156,
    MsgType: "event",
    Event: "qualification_verify_fail",
    FailTime: 1442401122,
    FailReason: "by time",
  },
  qualification_verify_success: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442401156,
    MsgType: "event",
    Event: "qualification_verify_success",
    ExpiredTime: 1442401156,
  },
  subscribe_msg_change_event: {
    ToUserName: "gh_123456789abc",
    FromUserName: "otFpruAK8D-E6EfStSYonYSBZ8_4",
    CreateTime: 1610969440,
    MsgType: "event",
    Event: "subscribe_msg_change_event",
    SubscribeMsgChangeEvent: {
      List: [
        {
          TemplateId: "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc",
          SubscribeStatusString: "reject",
        },
      ],
    },
  },
  subscribe_msg_popup_event: {
    ToUserName: "gh_123456789abc",
    FromUserName: "otFpruAK8D-E6EfStSYonYSBZ8_4",
    CreateTime: 1610969440,
    MsgType: "event",
    Event: "subscribe_msg_popup_event",
    SubscribeMsgPopupEvent: {
      List: [
        {
          TemplateId: "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc",
          SubscribeStatusString: "accept",
          PopupScene: 2,
        },
        {
          TemplateId: "9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI",
          SubscribeStatusString: "reject",
          PopupScene: 2,
        },
      ],
    },
  },
  subscribe_msg_sent_event: {
    ToUserName: "gh_123456789abc",
    FromUserName: "otFpruAK8D-E6EfStSYonYSBZ8_4",
    CreateTime: 1610969468,
    MsgType: "event",
    Event: "subscribe_msg_sent_event",
    SubscribeMsgSentEvent: {
      List: [
        {
          TemplateId: "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc",
          MsgID: "1700827132819554304",
          ErrorCode: 0,
          ErrorStatus: "success",
        },
      ],
    },
  },
  verify_expired: {
    ToUserName: "toUser",
    FromUserName: "fromUser",
    CreateTime: 1442400900,
    MsgType: "event",
    Event: "verify_expired",
    ExpiredTime: 1442400900,
  },
};
