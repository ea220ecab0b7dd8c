import type { Mode } from "./acts.js";
import type { Known } from "./trial.js";

/** A program in `software/` that uses somebody else's library. */
export interface Software {
  /** The library; its program is `software/{name}.{role}.{language}`. */
  readonly name: string;
  readonly language: "js" | "py";
  readonly known: readonly Known[];
}

export interface BotSoftware extends Software {
  /** What the doctor finds, besides that all is well. */
  readonly findings: Readonly<Record<Mode, readonly (keyof typeof findings)[]>>;
  /** What the doctor finds in 安全模式 when the bot has another Token, another key, no key, another AppID. */
  readonly mistakes: Readonly<Record<keyof typeof mistakes, readonly (keyof typeof findings)[]>>;
}

const keepsToken = (says: string, why: string): Known => ({
  at: ["a token that is over"],
  says,
  because: why,
});

export const clients: readonly Software[] = [
  {
    name: "co-wechat-api",
    language: "js",
    known: [
      {
        at: ["somebody of customer service: removed"],
        says: "43002: require POST method",
        because: "it removes by GET, as the documents once had it; today it is POST",
      },
    ],
  },
  { name: "co-wechat-oauth", language: "js", known: [] },
  {
    name: "node-easywechat",
    language: "js",
    known: [
      keepsToken("Error: 42001 access_token expired", "it leaves refusals to its caller"),
      {
        at: ["web login: its address opens"],
        says: "WeChat shows: 该链接无法访问 (the order of the parameters must be appid, redirect_uri, response_type, scope, state)",
        because: "it puts scope before response_type; the documents want this order",
      },
    ],
  },
  {
    name: "wechat-api",
    language: "js",
    known: [keepsToken("42001: access_token expired", "it gets a new one for 40001 alone")],
  },
  { name: "wechat-oauth", language: "js", known: [] },
  {
    name: "wechatpy",
    language: "py",
    known: [
      {
        at: ["somebody of customer service: added, listed"],
        says: "WeChatClientException: Error code: 40066, message: invalid url",
        because: "it lists at /customservice/getkflist; the documents have /cgi-bin before it",
      },
      {
        at: ["somebody of customer service: removed"],
        says: "WeChatClientException: Error code: 43002, message: require POST method",
        because: "it removes by GET, as the documents once had it; today it is POST",
      },
      {
        at: ["material: a video with its description"],
        says: "WeChatClientException: Error code: 40097, message: invalid args hint: [description is no JSON]",
        because: "it puts the description into the query; the documents want a field of the form",
      },
    ],
  },
  {
    name: "WeRoBot",
    language: "py",
    known: [
      keepsToken(
        "ClientException: 42001: access_token expired",
        "it leaves refusals to its caller",
      ),
    ],
  },
];

/** The doctor's lines about these bots, but for numbers. */
export const findings = {
  html: "! The echostr is sent as text/html",
  "forged verification": "✗ The server answers a verification with a wrong signature as well",
  "forged push": "✗ The server replies to a push with a wrong signature as well",
  "forged in clear": "✗ The server replies to a plain push with a wrong signature as well",
  "plain push": "! The server replies to plain pushes although it has a key",
  "wrong token": "✗ The server refuses a request that is signed with this token",
  unreadable: "✗ The server cannot read an encrypted push",
  fails: "✗ The program fails on encrypted pushes (500), whether it could read them or not",
  "another account": "✗ The server can read an encrypted push, but refuses it",
  "sealed wrongly": "✗ The answer cannot be decrypted with this account's EncodingAESKey and AppID",
  "not decrypted":
    "✗ The server says nothing to an encrypted push, but replies to the same text in clear",
  died: "✗ The connection broke before an answer came",
};

/** What a bot can have wrong, as its environment says it. */
export const mistakes = {
  "another token": { WECHAT_TOKEN: "anotherToken" },
  "another key": { WECHAT_AES_KEY: "B".repeat(43) },
  "no key": { WECHAT_AES_KEY: "" },
  "another AppID": { WECHAT_APP_ID: "wx0000000000000000" },
};

/** `]]>` ends the CDATA into which the text was put as it is. */
const opensCdata: Known = {
  at: ["text with ]]>"],
  says: 'She sees {"type":"text","content":"ab]]>"}',
  because:
    "it does not split ]]> over two CDATA sections, so users can write elements of their own",
};
const noThumb: Known = {
  at: ["music as an answer"],
  says: "<ThumbMediaId> is missing",
  because: "it has no field for it; the documents say that it is needed",
};

export const bots: readonly BotSoftware[] = [
  {
    name: "co-wechat",
    language: "js",
    known: [opensCdata, noThumb],
    findings: { plain: [], compat: [], safe: ["plain push"] },
    mistakes: {
      "another token": ["wrong token"],
      "another key": ["fails"],
      "no key": ["fails"],
      "another AppID": ["sealed wrongly"],
    },
  },
  {
    name: "wechat",
    language: "js",
    known: [opensCdata],
    findings: { plain: [], compat: [], safe: ["plain push"] },
    mistakes: {
      "another token": ["wrong token"],
      "another key": ["fails"],
      "no key": ["died"],
      "another AppID": ["sealed wrongly"],
    },
  },
  {
    name: "node-easywechat",
    language: "js",
    known: [],
    findings: {
      plain: ["html", "forged verification", "forged push"],
      compat: ["html", "forged verification", "forged in clear"],
      safe: ["html", "forged verification", "forged in clear", "plain push"],
    },
    mistakes: {
      "another token": ["html", "forged verification", "fails"],
      "another key": ["html", "forged verification", "fails"],
      "no key": ["html", "forged verification", "not decrypted"],
      "another AppID": ["html", "forged verification", "fails"],
    },
  },
  {
    name: "wechatpy",
    language: "py",
    known: [
      opensCdata,
      {
        at: ["unfollow, answered with nothing"],
        modes: ["compat", "safe"],
        says: "the answer says nothing, but is encrypted; success or an empty body is sent unencrypted",
        because: "its EmptyReply is encrypted as its examples do it; nothing is said in clear",
      },
    ],
    findings: { plain: ["html"], compat: ["html"], safe: ["html"] },
    mistakes: {
      "another token": ["wrong token"],
      "another key": ["html", "unreadable"],
      "no key": ["html", "unreadable"],
      "another AppID": ["html", "another account"],
    },
  },
  {
    name: "WeRoBot",
    language: "py",
    known: [opensCdata, noThumb],
    findings: { plain: ["html"], compat: ["html"], safe: ["html", "plain push"] },
    mistakes: {
      "another token": ["wrong token"],
      "another key": ["html", "unreadable"],
      "no key": ["html", "unreadable"],
      "another AppID": ["html", "unreadable"],
    },
  },
];
