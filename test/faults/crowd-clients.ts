// The clients behind crowd.test.ts: many connections to a bot that say nothing, or begin to.
import { connect, type Socket } from "node:net";

const [port, count, words = ""] = process.argv.slice(2);
const sockets: Socket[] = [];
/** So many at a time, so that none is turned away for want of room in the queue. */
const batch = 250;

const open = () =>
  new Promise<void>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => {
      sockets.push(socket);
      if (words !== "") socket.write(words);
      resolve();
    });
    // A connection that the bot has closed is none of the crowd any more.
    socket.on("error", () => resolve());
  });

for (let left = Number(count); left > 0; left -= batch) {
  await Promise.all(Array.from({ length: Math.min(left, batch) }, open));
}
process.send?.({ open: sockets.length });
process.on("message", () => {
  // Resets leave no port behind in TIME_WAIT.
  for (const socket of sockets) socket.resetAndDestroy();
  process.disconnect?.();
});
