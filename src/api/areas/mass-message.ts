/** The bodies of mass messages, keyed by `msgtype`. */
export interface MassMessageMap {
  text: { readonly content: string };
  /** A draft. */
  mpnews: { readonly media_id: string };
  voice: { readonly media_id: string };
  /** A video, by the id that `mass.uploadVideo()` gives. */
  mpvideo: { readonly media_id: string; readonly title?: string; readonly description?: string };
  wxcard: { readonly card_id: string };
}

/** Pictures in one message. */
export interface MassImages {
  readonly media_ids: readonly string[];
  readonly recommend?: string;
  readonly need_open_comment?: 0 | 1;
  readonly only_fans_can_comment?: 0 | 1;
}

type ContentOf<T extends keyof MassMessageMap> = T extends unknown
  ? { readonly msgtype: T } & { readonly [K in T]: MassMessageMap[T] }
  : never;

type MassRules = {
  /** For articles that are judged a reprint: 0 stops (the default), 1 goes on if it is allowed. */
  readonly send_ignore_reprint?: 0 | 1;
  /** At most 32 bytes. The same id within 24 hours is refused with 45065, so a repeated call sends once. */
  readonly clientmsgid?: string;
};

/** What can be shown to one follower first. Source: 「预览接口」. */
export type MassPreview = (
  | ContentOf<keyof MassMessageMap>
  | { readonly msgtype: "image"; readonly image: { readonly media_id: string } }
) &
  MassRules;

/** What a mass message says; `image` is the older form of `images`. Source: 「根据标签进行群发」. */
export type MassContent =
  | MassPreview
  | ({ readonly msgtype: "image"; readonly images: MassImages } & MassRules);

/** A mass message that WeChat has accepted; how it went comes as the event MASSSENDJOBFINISH. */
export interface MassJob {
  readonly msg_id: string;
  /** Of articles: the key of their statistics and comments. */
  readonly msg_data_id?: string;
}
