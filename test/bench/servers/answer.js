/** What those answer that only show what is possible: a text reply that is always the same. */
export const answer =
  "<xml><ToUserName><![CDATA[alice]]></ToUserName><FromUserName><![CDATA[gh_866835093fea]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好，世界]]></Content></xml>";
