import { once } from "node:events";
import { Option } from "commander";
import { WechatError } from "../../errors.js";
import { both } from "../../language.js";
import type { Cloud } from "../cloud.js";
import { follow } from "../light.js";
import { addFollower, type Simulator, startSimulator } from "../server.js";
import { type AccountKind, kinds } from "../world/kinds.js";
import { keepState } from "../world/state.js";
import { type AccountFlags, accountOf, given } from "./account-flags.js";
import { environmentFor, startBeside } from "./beside.js";
import type { CommandLine } from "./command-line.js";
import {
  addAccountOptions,
  addCloudHosting,
  addressArgument,
  asCount,
  asText,
  secretOption,
} from "./options.js";
import {
  type ExitCode,
  inLine,
  type Tell,
  type Terminal,
  tellerOf,
  UsageError,
} from "./terminal.js";

/** The options of `koa-wx simulate`. */
interface SimulateFlags extends AccountFlags {
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
const pause = 10_000;

/** Declares `koa-wx simulate`. */
export function declareSimulate({ t, command, end, terminal }: CommandLine): void {
  const declared = command("simulate", {
    summary: t(
      "Opens a phone in the browser on which you chat with the bot.",
      "在浏览器里打开一部手机，和机器人聊天。",
    ),
    description: t(
      "Plays WeChat: opens a phone in the browser on which you chat with the bot, and serves the API that the bot calls.",
      "扮演微信：在浏览器里打开一部手机，和机器人聊天，并提供机器人要调用的接口。",
    ),
    examples:
      "  koa-wx simulate http://localhost:3000/wechat --token mytoken\n  koa-wx simulate http://localhost:3000/wechat --token mytoken -- node --watch bot.js",
  })
    .addArgument(addressArgument(t))
    .argument(
      "[command...]",
      t(
        "After --: the bot, started beside the phone, with the account in its environment.",
        "-- 之后：机器人的启动命令，与手机一起启动，账号信息放在它的环境变量里。",
      ),
    );
  addAccountOptions(declared, t);
  addCloudHosting(declared, t);
  declared
    .addOption(
      secretOption(
        t(
          "The bot's AppSecret, which the API asks for when the bot wants a token.",
          "机器人的 AppSecret；机器人获取 access_token 时接口要核对它。",
        ),
      ),
    )
    .option("--name <name>", t("The name above the chat.", "聊天上方的名称。"))
    .addOption(
      new Option(
        "--kind <kind>",
        t(
          `What kind of account it is, which decides what the API lets it do: ${kindNames(t)}. Without, service.`,
          `账号类型，决定接口允许做什么：${kindNames(t)}。默认 service。`,
        ),
      ).choices(Object.keys(kinds)),
    )
    .option(
      "--state <file>",
      t(
        "A file in which people, chats, menu, files and records outlive the phone. It is made if it is not there.",
        "保存用户、聊天、菜单、文件和记录的文件，重启后接着用；没有就新建。",
      ),
      asText,
    )
    .option(
      "--port <port>",
      t("The port of the phone's page.", "手机页面的端口。"),
      asCount(0, 65_535),
      8600,
    )
    .option(
      "--host <host>",
      t(
        "The address to listen on. Others than this machine reach it only if you say so here.",
        "监听的地址。只有在这里指定，其他机器才能访问。",
      ),
      asText,
      "127.0.0.1",
    )
    .addOption(
      new Option(
        "--allow-host <name>",
        t(
          "A name besides localhost and IP addresses by which it may be reached, such as host.docker.internal. Can be given several times.",
          "除 localhost 和 IP 地址以外允许的访问域名，例如 host.docker.internal。可以多次指定。",
        ),
      )
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], t("none", "无")),
    )
    .action((url: string, words: string[], flags: SimulateFlags) =>
      end(simulate(url, words, given(flags), terminal)),
    );
}

/**
 * `koa-wx simulate <url>`: plays WeChat for a bot until it is interrupted. A command that is given is the bot, and runs
 * beside the phone.
 */
async function simulate(
  url: string,
  command: readonly string[],
  { appSecret, name, kind, port, host, allowHost, state, ...flags }: SimulateFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const t = tellerOf(terminal);
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
    terminal.print(`${t("The phone:", "手机：")} ${simulator.url}`);
    const { world } = simulator.cloud;
    const reached = isLoopback(host)
      ? t("Only this machine reaches it. Ctrl+C ends it.", "只有本机能访问。按 Ctrl+C 结束。")
      : t(
          `It listens on ${host}: everybody in this network can use it, and read what is written there. Ctrl+C ends it.`,
          `监听 ${host}：这个网络里的任何人都能使用它，也能看到里面的内容。按 Ctrl+C 结束。`,
        );
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
    terminal.print(
      `${t("The API, as options of the bot:", "接口，写进机器人的选项：")} ${settings.join(", ")}`,
    );
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
    throw new UsageError(
      both(
        `${file} cannot be read (${code}). Give --state another file.`,
        `无法读取 ${file}（${code}）。请给 --state 换一个文件。`,
      ),
    );
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
  const isWell = await bot.ended;
  // How a bot ends that is told to is its own affair.
  return isWell || terminal.signal.aborted ? 0 : 1;
}

/** Tells whether the bot answers; that it does not, once it has not for `patience` milliseconds. */
function tellLight(cloud: Cloud, terminal: Terminal, patience: number): void {
  const t = tellerOf(terminal);
  const isVerified = cloud.world.account.cloudHosting === undefined;
  const asked = isVerified ? both("verification", "验证") : both("probe", "探测");
  let told: string | undefined | null = null;
  let isAdvised = false;
  let timer: NodeJS.Timeout | undefined;
  const tell = (trouble: string | undefined) => {
    if (trouble === told) return;
    told = trouble;
    if (trouble === undefined) {
      return terminal.remark(
        t(`✓ The bot answers the ${asked.en}.`, `✓ 机器人通过了${asked.zh}。`),
      );
    }
    const why = inLine(trouble);
    terminal.remark(
      t(
        `✗ The bot does not answer the ${asked.en}: ${why}.`,
        `✗ 机器人没有通过${asked.zh}：${why}。`,
      ),
    );
    if (!isAdvised && isVerified) {
      terminal.remark(`    ${t("Find out why:", "查明原因：")} koa-wx doctor ${cloud.target}`);
    }
    isAdvised = true;
  };
  void follow(cloud, ({ trouble: en, troubleZh: zh = en }) => {
    clearTimeout(timer);
    const trouble = en === undefined || zh === undefined ? undefined : t(en, zh);
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
      throw new UsageError(
        both(
          `Port ${options.port} is in use. Choose another one with --port.`,
          `端口 ${options.port} 已被占用。请用 --port 换一个。`,
        ),
      );
    }
    if (syscall === "getaddrinfo") {
      throw new UsageError(
        both(
          `"${options.host}" is no address of this machine: no such name is known (${code}). Give --host an IP address such as 127.0.0.1 or 0.0.0.0.`,
          `“${options.host}”不是本机的地址：找不到这个名字（${code}）。请给 --host 一个 IP 地址，例如 127.0.0.1 或 0.0.0.0。`,
        ),
      );
    }
    if (syscall === "listen") {
      throw new UsageError(
        both(
          `${options.host}:${options.port} cannot be listened on (${code}). Choose others with --host and --port.`,
          `无法监听 ${options.host}:${options.port}（${code}）。请用 --host 和 --port 换一个地址。`,
        ),
      );
    }
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** The kinds of accounts, for the help. */
function kindNames(t: Tell): string {
  return Object.entries(kinds)
    .map(([kind, name]) => t(`${kind} is ${name}`, `${kind} ${name}`))
    .join(t(", ", "，"));
}
