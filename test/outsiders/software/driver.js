// What every program in this folder does: says what it is, and takes orders, one in a line.
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/** The account, as its owner has put it into the environment. */
export const account = {
  token: process.env.WECHAT_TOKEN,
  appId: process.env.WECHAT_APP_ID,
  appSecret: process.env.WECHAT_APP_SECRET,
  encodingAESKey: process.env.WECHAT_AES_KEY,
};

// Whoever calls WeChat by its name reaches the simulated one; nothing else is reached.
for (const { prototype } of [Agent, SecureAgent]) {
  const { createConnection } = prototype;
  prototype.createConnection = function (options, done) {
    if (options.port !== 443 || !options.host.endsWith(".weixin.qq.com")) {
      throw new Error(`${options.host}:${options.port} is none of WeChat's.`);
    }
    const here = { host: "127.0.0.1", port: process.env.WEIXIN_PORT };
    return createConnection.call(this, { ...options, ...here }, done);
  };
}

const require = createRequire(import.meta.url);
const print = (value) => console.log(JSON.stringify(value));

/** A client of the API: does what it is told, `{ "deed": "text", "given": ["o…", "hi"] }`. */
export async function client(name, deeds) {
  print({ version: require(`${name}/package.json`).version, deeds: Object.keys(deeds) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { deed, given } = JSON.parse(line);
    try {
      print({ value: await deeds[deed](...given) });
    } catch (error) {
      print({ error: `${error.code ?? error.name}: ${error.message}` });
    }
  }
}

/** A bot: listens, until it is ended. */
export function bot(name, server) {
  server.listen(0, "127.0.0.1", () =>
    print({ version: require(`${name}/package.json`).version, port: server.address().port }),
  );
}
