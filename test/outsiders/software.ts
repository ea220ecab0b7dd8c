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
}

const keepsToken = (says: string, why: string): Known => ({
  at: ["a token that is over"],
  says,
  because: why,
});

export const clients: readonly Software[] = [
  { name: "co-wechat-api", language: "js", known: [] },
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
  { name: "wechatpy", language: "py", known: [] },
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
};

/** `]]>` ends the CDATA into which the text was put as it is. */
const opensCdata: Known = {
  at: ["text with ]]>"],
  says: `not {"type":"text","content":"ab]]>"}: expected { type: 'text', content: 'ab]]>' } to deeply equal { type: 'text', content: 'a]]>b' }`,
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
  },
  {
    name: "wechat",
    language: "js",
    known: [opensCdata],
    findings: { plain: [], compat: [], safe: ["plain push"] },
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
  },
  {
    name: "WeRoBot",
    language: "py",
    known: [opensCdata, noThumb],
    findings: { plain: ["html"], compat: ["html"], safe: ["html", "plain push"] },
  },
];
