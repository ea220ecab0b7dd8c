import { both } from "../../language.js";
import type { Fault } from "../world/faults.js";
import { isKind } from "../world/kinds.js";
import type { PhoneCloud } from "./phone-cloud.js";
import { type Json, number, objectOf, optional, text, Unreadable } from "./reading.js";

const modes = ["plain", "compat", "safe"] as const;

/** Changes what the inspector can switch: encryption, the kind of account, delays and failures. */
export function changeSettings(cloud: PhoneCloud, json: Json): void {
  const mode = optional(json, "mode", 8);
  if (mode !== undefined) {
    const known = modes.find((one) => one === mode);
    if (known === undefined)
      throw new Unreadable(both("There is no such mode.", "没有这种消息加解密方式。"));
    cloud.mode = known;
  }
  const kind = optional(json, "kind", 32);
  if (kind !== undefined) {
    if (!isKind(kind))
      throw new Unreadable(both("There is no such kind of account.", "没有这种账号类型。"));
    cloud.kind = kind;
  }
  const { faults } = cloud.world;
  faults.latency = number(json, "latency", 0, 60_000, faults.latency);
  faults.pushLatency = number(json, "pushLatency", 0, 60_000, faults.pushLatency);
  if (json.plan !== undefined) {
    const plan = objectOf(json.plan, "plan");
    const times = number(plan, "times", 1, 1e9, 1e9);
    const path = text(plan, "path", 256).trim();
    faults.plan(path, faultOf(plan), times === 1e9 ? Number.POSITIVE_INFINITY : times);
  }
  if (json.clear !== undefined) faults.clear(text(json, "clear", 256));
  cloud.world.emit("settings");
}

function faultOf(json: Json): Fault {
  if (json.hang === true) return { hang: true };
  if (json.status !== undefined) return { status: number(json, "status", 400, 599) };
  return { errcode: number(json, "errcode", -1, 1e7) };
}
