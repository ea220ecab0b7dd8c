import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Cloud } from "./cloud.js";
import type { Light } from "./world/world.js";

/** How often an address is looked at, in milliseconds: a bot that is away for longer is asked less often. */
const [soonest, latest] = [500, 5_000];

/**
 * Follows whether the bot passes the verification of its address, until the simulated WeChat is closed,
 * and tells each change. Once it does, no more than its port is looked at, of which a bot sees nothing.
 */
export async function follow(cloud: Cloud, tell: (light: Light) => void): Promise<void> {
  let told: string | undefined | null = null;
  let pause = soonest;
  while (!cloud.closed.aborted) {
    const trouble = await cloud.verify();
    if (cloud.closed.aborted) return;
    if (trouble?.en !== told) {
      told = trouble?.en;
      const light = trouble === undefined ? {} : { trouble: trouble.en, troubleZh: trouble.zh };
      cloud.world.light = light;
      cloud.world.emit("settings");
      tell(light);
    }
    pause = trouble === undefined ? soonest : Math.min(pause * 1.5, latest);
    do await rest(pause, cloud.closed);
    while (trouble === undefined && !cloud.closed.aborted && (await isOpen(cloud.target)));
  }
}

async function rest(ms: number, closed: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: closed, ref: false }).catch(() => undefined);
}

/** Whether something listens at an address. */
function isOpen(address: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(address);
  const standard = protocol === "https:" ? 443 : 80;
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: port === "" ? standard : Number(port) });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(latest, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
