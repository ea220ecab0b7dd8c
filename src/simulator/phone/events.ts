import { PassThrough } from "node:stream";
import type { Person } from "../people.js";
import type { World } from "../world.js";
import { type PhoneEvents, personView, settingsView } from "./view.js";

/** How much may wait for a page that does not read, in bytes; then it has to come again. */
const backlog = 4 * 1024 * 1024;
/** How often a line is sent so that nothing in between closes the connection, in milliseconds. */
const beat = 15_000;

/** What happens in the world, as server-sent events for the phone of one person. */
export function eventStream(world: World, person: Person): PassThrough {
  const stream = new PassThrough();
  const write = (text: string) => {
    if (stream.destroyed) return;
    if (stream.writableLength > backlog) stream.destroy();
    else stream.write(text);
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
  stream.once("close", () => {
    clearInterval(timer);
    world.off("chat", listeners.chat);
    world.off("person", listeners.person);
    world.off("record", listeners.record);
    world.off("settings", listeners.settings);
  });
  // The first line tells the page that nothing is missed from now on.
  write("retry: 1000\nevent: ready\ndata: {}\n\n");
  return stream;
}
