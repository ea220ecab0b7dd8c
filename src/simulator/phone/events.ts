import type { Context } from "koa";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { type PhoneEvents, personView, settingsView } from "./view.js";

/** How much may wait for a page that does not read, in bytes; then it has to come again. */
const backlog = 4 * 1024 * 1024;
/** How often a line is sent so that nothing in between closes the connection, in milliseconds. */
const beat = 15_000;

/** Tells what happens in the world, as server-sent events for the phone of one person. */
export function sendEvents(ctx: Context, world: World, person: Person): void {
  const { res } = ctx;
  ctx.type = "text/event-stream";
  ctx.status = 200;
  if (ctx.method === "HEAD") return;
  // Koa would report every page that is closed as an answer cut short.
  ctx.respond = false;
  const write = (text: string) => {
    if (res.destroyed) return;
    if (res.writableLength > backlog) res.destroy();
    else res.write(text);
  };
  const tell = <K extends keyof PhoneEvents>(event: K, data: PhoneEvents[K]) =>
    write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const listeners = {
    chat: (of: Person, entry: PhoneEvents["chat"]["entry"]) =>
      tell("chat", { user: of.name, entry }),
    person: (changed: Person) => tell("person", personView(changed)),
    record: (record: PhoneEvents["record"]) => tell("record", record),
    settings: () => tell("settings", settingsView(world, person)),
  };
  world.on("chat", listeners.chat);
  world.on("person", listeners.person);
  world.on("record", listeners.record);
  world.on("settings", listeners.settings);
  const timer = setInterval(() => write(": still here\n\n"), beat);
  timer.unref();
  res.once("close", () => {
    clearInterval(timer);
    world.off("chat", listeners.chat);
    world.off("person", listeners.person);
    world.off("record", listeners.record);
    world.off("settings", listeners.settings);
  });
  // The first line tells the page that nothing is missed from now on.
  write("retry: 500\nevent: ready\ndata: {}\n\n");
}
