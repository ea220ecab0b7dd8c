import { once } from "node:events";
import { WechatError } from "../../errors.js";
import type { Cloud } from "../cloud.js";
import type { AccountKind } from "../kinds.js";
import { follow } from "../light.js";
import { addFollower, type Simulator, startSimulator } from "../server.js";
import { keepState } from "../state.js";
import { environmentFor, startBeside } from "./beside.js";
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
  /** The file in which people, chats, menu and the rest outlive it. */
  readonly state?: string;
}

/** How long a bot that runs beside the phone may be away, when it starts or starts anew, in milliseconds. */
const pause = 5_000;

/**
 * `koa-wx simulate <url>`: plays WeChat for a bot until it is interrupted. A command that is given is the bot, and runs
 * beside the phone.
 */
export async function simulate(
  url: string,
  command: readonly string[],
  { appSecret, name, kind, port, host, allowHost, state, ...flags }: SimulateFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const account = {
    ...accountOf(flags),
    ...(appSecret === undefined ? {} : { appSecret }),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
  };
  const simulator = await start({ target: url, account, port, host, allowHosts: allowHost });
  let save: (() => Promise<void>) | undefined;
  try {
    if (state !== undefined) save = await kept(simulator, state);
    // What is said now counts more than what was.
    if (flags.mode !== undefined) simulator.cloud.mode = flags.mode;
    if (kind !== undefined) simulator.cloud.kind = kind;
    const { people } = simulator.cloud.world;
    if (people.called("alice") === undefined) addFollower(simulator, "Alice");
    terminal.print(`The phone: ${simulator.url}`);
    const { world } = simulator.cloud;
    const reached = isLoopback(host)
      ? "Only this machine reaches it. Ctrl+C ends it."
      : `It listens on ${host}: everybody in this network can use it, and read what is written there. Ctrl+C ends it.`;
    if (command.length > 0) {
      terminal.remark(reached);
      return await runBeside(command, simulator, terminal);
    }
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
    terminal.remark(reached);
    tellLight(simulator.cloud, terminal, 0);
    if (!terminal.signal.aborted) await once(terminal.signal, "abort");
  } finally {
    await simulator.close();
    await save?.();
  }
  return 0;
}

/** Goes on where the file says it stood. */
async function kept({ cloud }: Simulator, file: string): Promise<() => Promise<void>> {
  try {
    return await keepState(cloud.world, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof WechatError) throw error;
    throw new UsageError(`${file} cannot be read (${code}). Give --state another file.`);
  }
}

/** Runs the bot itself, until it ends or the user has had enough. */
async function runBeside(
  command: readonly string[],
  { cloud, url }: Simulator,
  terminal: Terminal,
): Promise<ExitCode> {
  const bot = startBeside(command, environmentFor(cloud.target, cloud.world.account, url));
  terminal.signal.addEventListener("abort", bot.stop);
  if (terminal.signal.aborted) bot.stop();
  tellLight(cloud, terminal, pause);
  return (await bot.ended) ? 0 : 1;
}

/** Tells whether the bot answers; that it does not, once it has not for `patience` milliseconds. */
function tellLight(cloud: Cloud, terminal: Terminal, patience: number): void {
  const asked = cloud.world.account.cloudHosting === undefined ? "verification" : "probe";
  let told: string | undefined | null = null;
  let isAdvised = false;
  let timer: NodeJS.Timeout | undefined;
  const tell = (trouble: string | undefined) => {
    if (trouble === told) return;
    told = trouble;
    if (trouble === undefined) return terminal.remark(`✓ The bot answers the ${asked}.`);
    terminal.remark(`✗ The bot does not answer the ${asked}: ${inLine(trouble)}.`);
    if (!isAdvised && asked === "verification")
      terminal.remark(`    Find out why: koa-wx doctor ${cloud.target}`);
    isAdvised = true;
  };
  void follow(cloud, ({ trouble }) => {
    clearTimeout(timer);
    if (trouble === undefined || patience === 0) tell(trouble);
    else timer = setTimeout(tell, patience, trouble).unref();
  });
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
