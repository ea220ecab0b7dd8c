/** What of the JS-SDK shares a page, now and formerly: for accounts that are verified. */
export const shares = [
  "updateAppMessageShareData",
  "updateTimelineShareData",
  "onMenuShareTimeline",
  "onMenuShareAppMessage",
  "onMenuShareQQ",
  "onMenuShareWeibo",
  "onMenuShareQZone",
] as const;
