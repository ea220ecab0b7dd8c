/** What every push carries. Field names are WeChat's own. */
export interface Envelope {
  /** The account's original id (原始ID), `gh_…`. */
  ToUserName: string;
  /** The user's OpenID. */
  FromUserName: string;
  /** When it was sent, in seconds. */
  CreateTime: number;
}

/** What every event carries. Source: 「接收事件推送」. */
export interface EventEnvelope<E extends string> extends Envelope {
  MsgType: "event";
  Event: E;
}
