import { once } from "node:events";
import type { AccountKind } from "../kinds.js";
import { follow } from "../light.js";
import { addFollower, startSimulator } from "../server.js";
import { type AccountFlags, accountOf } from "./options.js";
import { type ExitCode, inLine, type Terminal, UsageError } from "./terminal.js";

/** The options of `koa-wx simulate`. */
export interface SimulateFlags extends AccountFlags {
  readonly appSecret?: string;
  readonly name?: string;
  readonly kind?: AccountKind;
  readonly port: number;
  readonly host: string;
  readonly allowHost: readonly string[];
}

/** `koa-wx simulate <url>`: plays WeChat for a bot until it is interrupted. */
export async function simulate(
  url: string,
  { appSecret, name, kind, port, host, allowHost, ...flags }: SimulateFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const account = {
    ...accountOf(flags),
    ...(appSecret === undefined ? {} : { appSecret }),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
  };
  const simulator = await start({ target: url, account, port, host, allowHosts: allowHost });
  addFollower(simulator, "Alice");
  try {
    terminal.print(`The phone: ${simulator.url}`);
    const { world } = simulator.cloud;
    const settings = [
      `api: { baseUrl: "${simulator.url}" }`,
      ...(flags.appId === undefined ? [`appId: "${world.account.appId}"`] : []),
      ...(world.account.cloudHosting === undefined ? [] : ["cloudHosting: true"]),
      // What was made up here is no secret.
      ...(appSecret === undefined && world.account.cloudHosting === undefined
        ? [`appSecret: "${world.account.appSecret}"`]
        : []),
    ];
    terminal.print(`The API, as options of the bot: ${settings.join(", ")}`);
    terminal.remark(
      isLoopback(host)
        ? "Only this machine reaches it. Ctrl+C ends it."
        : `It listens on ${host}: everybody in this network can use it, and read what is written there. Ctrl+C ends it.`,
    );
    const asked = world.account.cloudHosting === undefined ? "verification" : "probe";
    let isAdvised = false;
    void follow(simulator.cloud, ({ trouble }) => {
      if (trouble === undefined) return terminal.remark(`✓ The bot answers the ${asked}.`);
      terminal.remark(`✗ The bot does not answer the ${asked}: ${inLine(trouble)}.`);
      if (!isAdvised && asked === "verification")
        terminal.remark(`    Find out why: koa-wx doctor ${url}`);
      isAdvised = true;
    });
    if (!terminal.signal.aborted) await once(terminal.signal, "abort");
  } finally {
    await simulator.close();
  }
  return 0;
}

async function start(options: Parameters<typeof startSimulator>[0]) {
  try {
    return await startSimulator(options);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new UsageError(`Port ${options.port} is in use. Choose another one with --port.`);
    }
    if (syscall === "getaddrinfo") {
      throw new UsageError(
        `"${options.host}" is no address of this machine: no such name is known (${code}). Give --host an IP address such as 127.0.0.1 or 0.0.0.0.`,
      );
    }
    if (syscall === "listen") {
      throw new UsageError(
        `${options.host}:${options.port} cannot be listened on (${code}). Choose others with --host and --port.`,
      );
    }
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
