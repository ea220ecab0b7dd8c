import type { Content } from "../world/chat.js";
import type { SimulatedButton } from "../world/menu.js";
import { t } from "./store.js";

/** When a message came, as it stands between the bubbles. */
export function timeLine(at: number, now = Date.now()): string {
  const date = new Date(at);
  const time = clock(date);
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** When something went over the wire, to the second. */
export function exactTime(at: number): string {
  const date = new Date(at);
  return `${clock(date)}:${two(date.getSeconds())}`;
}

/** How long something took. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/** What the user did, in words. */
export function eventLine(
  { event, key = "" }: Extract<Content, { type: "event" }>,
  menu: readonly SimulatedButton[],
): string {
  const name = event.toLowerCase();
  switch (name) {
    case "subscribe":
      return key === "" ? t("following") : `${t("following")} · ${key.replace(/^qrscene_/, "")}`;
    case "unsubscribe":
      return t("unfollowed");
    case "scan":
      return `${t("scanned")} · ${key}`;
    case "click":
      return `${t("tapped")} · ${nameOf(menu, key) ?? key}`;
    case "view":
      return `${t("opened")} · ${key}`;
    case "view_miniprogram":
      return `${t("openedMiniProgram")} · ${key}`;
    default:
      return `${t("event")} · ${event}${key === "" ? "" : ` · ${key}`}`;
  }
}

function nameOf(menu: readonly SimulatedButton[], key: string): string | undefined {
  const buttons = menu.flatMap((button) => [button, ...(button.sub_button ?? [])]);
  return buttons.find((button) => button.key === key)?.name;
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
