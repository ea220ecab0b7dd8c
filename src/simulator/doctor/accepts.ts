import { randomInt } from "node:crypto";
import { verification } from "../pushes/push.js";
import type { SimulatedAccount } from "../world/account.js";
import { isAnswered, probe, type Target } from "./probe.js";

/** Whether the server answers a verification, signed for another time or sent to another path. */
export async function accepts(
  target: Target,
  account: SimulatedAccount,
  { path, at = now() }: { readonly path?: string; readonly at?: number } = {},
): Promise<boolean> {
  const echostr = newEchostr();
  const query = verification(account, at, echostr);
  const probed = await probe(target, { query, ...(path === undefined ? {} : { path }) });
  return isAnswered(probed) && probed.status === 200 && probed.body.trim() === echostr;
}

/** One that does not survive being a number. */
export function newEchostr(): string {
  for (;;) {
    const digits = `${randomInt(1e9, 1e10)}${randomInt(1e8, 1e9)}`;
    if (String(Number(digits)) !== digits) return digits;
  }
}

/** Now, in seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
