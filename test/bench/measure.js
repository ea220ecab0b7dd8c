// One measurement: a server of its own, a warm-up, then the load.
import { start } from "./processes.js";

const connections = 32;
/** Seconds: on a slow machine V8 goes on compiling what runs often for 50,000 pushes. */
const warmUp = 4;

const echoes = { plain: "echo", safe: "sealed" };
const constants = { plain: "constant", safe: "constant" };
const koaWx = (name, more) => ({ name, file: "koa-wx", more, ...echoes });

/** What is measured: a file in servers/, and what it answers in the modes that it has. */
export const servers = [
  { name: "bare-koa", ...constants },
  { name: "koa-wx", ...echoes },
  koaWx("koa-wx behind koa-router", "router"),
  koaWx("koa-wx with session()", "session"),
  koaWx("koa-wx with session() and two async middlewares", "async"),
  // Redis has the load generator's core: that waits by sleeping, so that both get their turn.
  { ...koaWx("koa-wx with Redis", "redis"), sleeps: true },
  { name: "co-wechat", ...echoes },
  { name: "wechat on connect", file: "wechat", ...echoes },
  { name: "node:http", file: "node-http", ...constants },
  { name: "limit of safe mode", file: "safe-limit", safe: "sealedConstant" },
];

let generator;

/** The one load generator: once it is warm, it is equally fast for every server. */
function generate(message) {
  generator ??= start(1, "load.js");
  return generator.ask(message);
}

/** Ends the load generator. */
export async function finish() {
  await generator?.stop();
}

/** Starts a server, and hands it over with a function that sends load to it. */
export async function withServer(tested, mode, flags, use) {
  const { name, file = name, dist = "", more = "", sleeps = false, ...answers } = tested;
  const args = [mode, dist, more];
  const server = start(0, `servers/${file}.js`, args, flags);
  try {
    const { port } = await server.answer();
    const target = { port, mode, answers: answers[mode], connections, sleeps };
    return await use((task) => generate({ task: "load", ...target, ...task }), server);
  } catch (error) {
    throw new Error(`${name}, ${mode}: ${error.message}`);
  } finally {
    await server.stop();
  }
}

/** Loads a server for some seconds, at `rate` pushes a second or as fast as it answers. */
export function measure(server, mode, { seconds, rate }, flags = []) {
  return withServer(server, mode, flags, async (load, process) => {
    const { answered } = await load({ seconds: warmUp });
    // What the server could answer at the rate of the warm-up, and a half more.
    const count = Math.ceil(seconds * (rate ?? (answered / warmUp) * 1.5));
    await generate({ task: "prepare", mode, count });
    const before = await process.ask("usage");
    const result = await load({ seconds, rate });
    const after = await process.ask("usage");
    return {
      ...result,
      rate: result.answered / result.seconds,
      // Processor time is not disturbed by what else runs on the core, so it tells more on a shared machine.
      cpu: (after.cpu - before.cpu) / result.answered,
    };
  });
}

/** The middle one. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A table in Markdown. Numbers stand on the right. */
export function table(head, rows) {
  const isNumber = (column) => rows.every((row) => /^[\d.,–]+$/.test(row[column]));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (isNumber(column) ? "--:" : "---"));
  return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}

/** A whole number with separators. */
export const whole = (number) => Math.round(number).toLocaleString("en");
