/** What every push carries. Field names are WeChat's own. Source: 「接收普通消息」. */
export interface Envelope {
  /** The account's original id (原始ID), `gh_…`. */
  ToUserName: string;
  /** The user's OpenID: one user has another in every account. */
  FromUserName: string;
  /** When it was sent, in seconds. */
  CreateTime: number;
}

/**
 * What every event carries. Events have no `MsgId`; the `MsgID` of some names the job that ended.
 * Source: 「接收事件推送」.
 */
export interface EventEnvelope<E extends string> extends Envelope {
  MsgType: "event";
  Event: E;
}
