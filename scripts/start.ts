// `npm start [example]` runs an example, by default the echo bot, and the simulated phone beside it.
// PORT and PHONE_PORT choose the ports, by default 3000 and 8600; HOST is where the example listens, by
// default this machine alone. The WECHAT_ variables of examples/local.ts say what the account is like.
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { follow } from "../src/simulator/light.js";
import { addFollower, startSimulator } from "../src/simulator/server.js";

/** Where an example answers on the phone, if that is not /wechat. */
const paths: Readonly<Record<string, string>> = {
  accounts: "/wechat/tea",
  "cloud-hosting": "/message/post",
};
/** What an example is, if it is no bot. */
const others: Readonly<Record<string, string>> = {
  gateway: "examples/gateway.ts is no bot: it answers services that call WeChat through it",
};

const [example = "echo"] = process.argv.slice(2);
const examples = readdirSync(new URL("../examples", import.meta.url))
  .filter((file) => file.endsWith(".ts") && file !== "local.ts")
  .map((file) => file.slice(0, -3));
if (!examples.includes(example)) {
  console.error(`There is no example "${example}". There are: ${examples.join(", ")}.`);
  process.exit(2);
}

// Each example says what became of what it was sent.
process.env.NODE_ENV ??= "development";
const port = await portFor(Number(process.env.PORT ?? 3000));
const phonePort = await portFor(Number(process.env.PHONE_PORT ?? 8600));
const phoneUrl = `http://127.0.0.1:${phonePort}`;
process.env.PORT = String(port);
process.env.WECHAT_PHONE_URL = phoneUrl;
process.env.WECHAT_API_BASE_URL ??= phoneUrl;

// Imported after the environment is complete, which they read.
const { account } = await import("../examples/local.js");
const target = `http://localhost:${port}${paths[example] ?? "/wechat"}`;
const played = example === "cloud-hosting" ? { ...account, cloudHosting: true } : account;
const phone = await startSimulator({ target, account: played, port: phonePort });
addFollower(phone, "Alice");
const other = others[example];
if (other === undefined) void follow(phone.cloud, () => undefined);
else {
  phone.cloud.world.light = { trouble: other };
  console.log(`${other}.`);
  console.log(`Nobody answers on the phone; what is called stands beside it: ${phoneUrl}\n`);
}
process.once("SIGTERM", () => phone.close());
process.once("SIGINT", () => phone.close());
await import(`../examples/${example}.js`);

/** The port itself, or a free one if something else has taken it. */
async function portFor(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, process.env.HOST || "127.0.0.1");
  const [result] = await Promise.race([
    once(server, "listening"),
    once(server, "error").then(() => ["taken"]),
  ]);
  if (result === "taken") return portFor(0);
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
