import { createServer } from "node:http";
import { type Phone, type SimulateOptions, type Surroundings, simulate } from "koa-wx/testing";
import { listen, shut } from "../../src/simulator/listen.js";
import { type Example, startExample } from "./example.js";
import { account } from "./push.js";

/** An example in a simulated WeChat. */
export interface Stage {
  readonly phone: Phone;
  readonly bot: Example;
  close(): Promise<void>;
}

export interface StageOptions extends Partial<SimulateOptions> {
  /** The environment of the example, or how it is made from what surrounds it. */
  readonly env?: Record<string, string> | ((given: Surroundings) => Record<string, string>);
}

const { token, appId } = account;
/** 开发者密钥(AppSecret) of every example on a stage. */
export const appSecret = "app-secret-of-the-test";

/** Starts an example as its reader would, with the simulated WeChat beside it. */
export async function stage(name: string, options: StageOptions = {}): Promise<Stage> {
  const { env = {}, path = "/wechat", encodingAESKey, ...more } = options;
  const key = encodingAESKey === undefined ? {} : { encodingAESKey };
  let started: Example | undefined;
  const start = async (given: Surroundings) => {
    started = await startExample(name, {
      WECHAT_TOKEN: token,
      WECHAT_APP_ID: appId,
      WECHAT_APP_SECRET: appSecret,
      WECHAT_AES_KEY: encodingAESKey ?? "",
      WECHAT_API_BASE_URL: given.url,
      ...(typeof env === "function" ? env(given) : env),
    });
    return `http://127.0.0.1:${started.address.port}${path}`;
  };
  try {
    const phone = await simulate(start, {
      token,
      appId,
      appSecret,
      ...key,
      ...more,
    });
    const running = started as Example | undefined;
    if (running === undefined) throw new Error(`${name} was not started.`);
    return {
      phone,
      bot: running,
      async close() {
        await phone.close();
        await running.stop();
      },
    };
  } catch (error) {
    await started?.stop();
    throw error;
  }
}

/** A port that nothing listens on, for examples that have to know their address beforehand. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server);
  await shut(server);
  return Number(new URL(url).port);
}
