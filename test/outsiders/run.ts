// `npm run foreign`: other people's libraries as clients of the simulated WeChat, and as bots under its phone.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { acts, modes, withPhone } from "./acts.js";
import { accountDeeds } from "./deeds/account.js";
import { fileDeeds } from "./deeds/files.js";
import { messageDeeds } from "./deeds/messages.js";
import { peopleDeeds } from "./deeds/people.js";
import { examined } from "./doctor.js";
import { Outsider } from "./outsider.js";
import { prepareNode, preparePython, python } from "./prepare.js";
import { type BotSoftware, bots, clients, mistakes, type Software } from "./software.js";
import { account, withStage } from "./stage.js";
import { attempt, type Trial } from "./trial.js";
import { startWeixin } from "./weixin.js";

const help = `Has other people's libraries call the simulated WeChat, and answer its phone and its doctor.

  npm run foreign -- [options]

  --only <names>      Only these libraries, with commas between.
  --sources <folder>  A folder with clones of wechatpy, WeRoBot and optionaldict, where GitHub is out of reach.
  --help              Prints this text.`;

const { values: options } = parseArgs({
  options: { only: { type: "string" }, sources: { type: "string" }, help: { type: "boolean" } },
});
if (options.help) {
  console.log(help);
  process.exit(0);
}
const only = options.only?.split(",");
const isWanted = ({ name }: Software) => only === undefined || only.includes(name);

prepareNode();
const weixin = await startWeixin();
const env = {
  ...weixin.env,
  PYTHONPATH: preparePython(options.sources),
  PYTHONDONTWRITEBYTECODE: "1",
  WECHAT_TOKEN: account.token,
  WECHAT_APP_ID: account.appId,
  WECHAT_APP_SECRET: account.appSecret,
};
const deeds = [...accountDeeds, ...messageDeeds, ...fileDeeds, ...peopleDeeds];
const key = { WECHAT_AES_KEY: account.encodingAESKey };
let failed = 0;
const notes = new Set<string>();

console.log("| software | version | as | what was done | held |\n|---|---|---|---|---|");
for (const software of clients.filter(isWanted)) await tell(software, "client", tryClient);
if (process.env.NOBOTS === undefined)
  for (const software of bots.filter(isWanted)) {
    await tell(software, `bot: ${modes.join(", ")}`, tryBot);
  }
await weixin.close();
console.log(`\n${[...notes].join("\n")}`);
process.exitCode = failed === 0 ? 0 : 1;

/** What a program has done. */
interface Account {
  readonly version: string;
  readonly trials: readonly Trial[];
}

async function tell<S extends Software>(
  software: S,
  as: string,
  run: (software: S) => Promise<Account>,
): Promise<void> {
  const { version, trials } = await run(software).catch((error: unknown): Account => {
    const trial: Trial = { name: "starting", outcome: "failed", note: String(error) };
    return { version: "?", trials: [trial] };
  });
  const count = (outcome: Trial["outcome"]) =>
    trials.filter((trial) => trial.outcome === outcome).length;
  failed += count("failed");
  const known = count("known") === 0 ? "" : `; ${count("known")} as known`;
  const done = [...new Set(trials.map(({ name }) => name))].join("; ");
  const held = `${count("held")} of ${trials.length}${known}`;
  console.log(`| ${software.name} | ${version} | ${as} | ${done} | ${held} |`);
  for (const { name, outcome, note } of trials) {
    if (outcome !== "held") notes.add(`${outcome}: ${software.name}, ${name}: ${note}`);
  }
}

function start({ name, language }: Software, role: string, more = {}): Promise<Outsider> {
  const program = language === "py" ? python : process.execPath;
  const file = resolve("test/outsiders/software", `${name}.${role}.${language}`);
  return Outsider.start([program, file], { ...env, ...more });
}

function tryClient(software: Software): Promise<Account> {
  return withStage(
    (url) => {
      weixin.url = url;
      return start(software, "client");
    },
    async (stage) => {
      const { version, deeds: has = [] } = stage.client.hello;
      const trials: Trial[] = [];
      for (const { name, asks, run } of deeds) {
        if (!asks.every((deed) => has.includes(deed))) continue;
        const known = software.known.find(({ at }) => at.includes(name));
        trials.push(await attempt(name, known, () => run(stage)));
      }
      return { version, trials };
    },
  );
}

async function tryBot(software: BotSoftware): Promise<Account> {
  const trials: Trial[] = [];
  let version = "";
  const use = async (more: object, run: (address: string) => Promise<void>) => {
    const bot = await start(software, "bot", more);
    version = bot.hello.version;
    await run(`http://127.0.0.1:${bot.hello.port}/wechat`).finally(() => bot.close());
  };
  for (const mode of modes) {
    await use(mode === "plain" ? {} : key, async (address) => {
      await withPhone(address, mode, async (alice) => {
        for (const { name, run } of acts) {
          const known = software.known.find(
            ({ at, modes = [mode] }) => at.includes(name) && modes.includes(mode),
          );
          trials.push(await attempt(name, known, () => run(alice)));
        }
      });
      const doctor = () => examined(address, mode, software.findings[mode]);
      trials.push(await attempt("the doctor", undefined, doctor));
    });
  }
  for (const [mistake, more] of Object.entries(mistakes)) {
    await use({ ...key, ...more }, async (address) => {
      const expected = software.mistakes[mistake as keyof typeof mistakes];
      const doctor = () => examined(address, "safe", expected);
      trials.push(await attempt(`the doctor: ${mistake}`, undefined, doctor));
    });
  }
  return { version, trials };
}
