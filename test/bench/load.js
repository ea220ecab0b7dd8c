// The load generator: sends freshly signed pushes, each with a MsgId of its own, over keep-alive
// sockets, and checks every answer. Runs in a process of its own, so that it can be pinned to a core.
import { connect } from "node:net";
import { checks, push } from "./pushes.js";

/** How many answers of each load are checked thoroughly. */
const thorough = 64;
/** Milliseconds after which prepared pushes are thrown away: WeChat's signatures grow stale. */
const fresh = 120_000;

/** Pushes made beforehand, so that their making is not measured. */
let pool = { mode: "", made: 0, pushes: [] };

function prepare({ mode, count }) {
  if (pool.mode !== mode || Date.now() - pool.made > fresh) {
    pool = { mode, made: Date.now(), pushes: [] };
  }
  while (pool.pushes.length < count) pool.pushes.push(push(mode));
}

/**
 * Keeps `connections` busy for `seconds`, or until `total` pushes are sent. With a `rate` it sends
 * so many a second and measures how late each answer is, in milliseconds from the moment at which
 * its push was due, so that a server that stalls is charged for all that had to wait.
 */
function load({ port, mode, answers, seconds, connections, rate, total = Infinity, sleeps }) {
  return new Promise((resolve, reject) => {
    const correct = checks[answers];
    const idle = [];
    const latencies = [];
    const begun = performance.now();
    const end = begun + seconds * 1000;
    let [sent, answered, open] = [0, 0, 0];
    let [unused, lastTurn, lastAnswered] = [0, begun, 0];

    const due = (now) => (rate === undefined ? total : ((now - begun) / 1000) * rate);
    const finish = (socket) => {
      socket.end();
      open -= 1;
      if (open > 0) return;
      const elapsed = (performance.now() - begun) / 1000;
      const busy = 1 - unused / 1000 / elapsed;
      resolve({ answered, seconds: elapsed, busy, ...quantiles(latencies) });
    };
    const next = (socket) => {
      const now = performance.now();
      if (now > end || sent >= total) return finish(socket);
      if (sent >= due(now)) return idle.push(socket);
      socket.dueAt = begun + (sent / rate) * 1000;
      sent += 1;
      socket.message = pool.pushes.pop() ?? push(mode);
      socket.write(socket.message.bytes);
    };
    // Turns without a pause, for two reasons. No timer is fine enough to send evenly. And if this
    // process slept, each answer would have to wake it, at the cost of the server that writes it:
    // slow servers would pay for that, and those that keep this process awake would not. It `sleeps`
    // where the server asks another one on this very core.
    const turn = () => {
      const now = performance.now();
      if (answered === lastAnswered) unused += now - lastTurn;
      [lastTurn, lastAnswered] = [now, answered];
      while (idle.length > 0 && (now > end || sent < due(now))) next(idle.pop());
      if (open > 0) (sleeps ? setTimeout : setImmediate)(turn, 1);
    };

    for (let index = 0; index < connections; index++) {
      const socket = connect(port, "127.0.0.1");
      let received = "";
      open += 1;
      socket.setNoDelay(true);
      socket.setEncoding("latin1");
      socket.on("connect", () => next(socket));
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        received += chunk;
        const split = received.indexOf("\r\n\r\n");
        if (split < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
        if (received.length < split + 4 + length) return;
        if (
          !received.startsWith("HTTP/1.1 200") ||
          !correct(received, socket.message, answered < thorough)
        ) {
          reject(new Error(`unexpected answer: ${received.slice(0, 1000)}`));
          return;
        }
        received = "";
        answered += 1;
        if (rate !== undefined) latencies.push(performance.now() - socket.dueAt);
        next(socket);
      });
    }
    turn();
  });
}

function quantiles(latencies) {
  if (latencies.length === 0) return {};
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return { p50: at(0.5), p99: at(0.99) };
}

process.on("message", async ({ task, ...options }) => {
  try {
    process.send(task === "prepare" ? (prepare(options) ?? {}) : await load(options));
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on("disconnect", () => process.exit(0));
