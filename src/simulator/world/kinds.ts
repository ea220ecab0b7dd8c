/** The kinds of accounts, which differ in what they may do, with their names. */
export const kinds = {
  personal: "个人公众号",
  unverified: "未认证公众号",
  "unverified-service": "未认证服务号",
  subscription: "认证公众号",
  service: "认证服务号",
  sandbox: "测试号",
} as const;

/** A kind of account. */
export type AccountKind = keyof typeof kinds;

const verified: readonly AccountKind[] = ["subscription", "service", "sandbox"];
const services: readonly AccountKind[] = ["service", "sandbox"];

/**
 * Whose calls begin with which path; every kind may make the others. The longest path counts. Of the sandbox the
 * documents say little: it has all that a verified 服务号 has. Source: section 适用范围 of each call's page.
 */
const rights: Readonly<Record<string, readonly AccountKind[]>> = {
  "/cgi-bin/message/custom/": verified,
  "/customservice/": verified,
  "/cgi-bin/customservice/": verified,
  // An older table of WeChat's gives it to every 服务号; the pages of the calls name verified accounts only.
  "/cgi-bin/menu/": [...verified, "unverified-service"],
  "/cgi-bin/template/": services,
  "/cgi-bin/message/template/send": services,
  "/wxa/sec/queryblocktmplmsg": services,
  "/wxaapi/newtmpl/": services,
  "/cgi-bin/message/subscribe/": services,
  "/cgi-bin/message/mass/": verified,
  "/cgi-bin/message/mass/send": services,
  "/cgi-bin/message/mass/sendall": verified,
  "/cgi-bin/freepublish/": verified,
  "/cgi-bin/comment/": verified,
  "/cgi-bin/user/": verified,
  "/cgi-bin/tags/": verified,
  "/cgi-bin/qrcode/": services,
  "/datacube/": verified,
  "/cv/": verified,
};
const paths = Object.keys(rights).toSorted((one, other) => other.length - one.length);

/** Whether an account of that kind may make a call. */
export function mayCall(kind: AccountKind, path: string): boolean {
  const own = paths.find((begin) => path.startsWith(begin));
  return own === undefined || (rights[own]?.includes(kind) ?? true);
}

/** Whether an account of that kind has passed 微信认证, or is as if it had. */
export function isVerified(kind: AccountKind): boolean {
  return verified.includes(kind);
}

/** Whether an account of that kind has web login (网页授权). */
export function hasLogin(kind: AccountKind): boolean {
  return services.includes(kind);
}

/** Reads the name of a kind. */
export function isKind(name: unknown): name is AccountKind {
  return typeof name === "string" && Object.hasOwn(kinds, name);
}
