import { newMsgId, type PushFields, pushXml, type SealedPush, seal } from "../pushes/push.js";
import { idOf, type SimulatedAccount } from "../world/account.js";
import { now } from "./accepts.js";

/** A text message of nobody, signed and encrypted as the account's mode asks for. */
export function textPush(account: SimulatedAccount, text: string): SealedPush {
  return sealed(account, { MsgType: "text", Content: text, MsgId: newMsgId() });
}

/** An event of nobody, of a kind that no handler is for. */
export function eventPush(account: SimulatedAccount): SealedPush {
  return sealed(account, { MsgType: "event", Event: "koa_wx_doctor" });
}

/** Nobody's. */
export function openidOf({ appId }: SimulatedAccount): string {
  return idOf("oDoctor", 28, appId, "doctor");
}

function sealed(account: SimulatedAccount, fields: PushFields): SealedPush {
  const seconds = now();
  const openid = openidOf(account);
  const head = { ToUserName: account.id, FromUserName: openid, CreateTime: seconds };
  return seal(account, { xml: pushXml({ ...head, ...fields }), openid, seconds });
}
