import { createServer } from "node:http";
import Koa from "koa";
import { Cloud, type CloudOptions } from "./cloud.js";
import { listen, shut } from "./listen.js";

export interface SimulatorOptions extends CloudOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default: 127.0.0.1, so that nobody else reaches it. */
  readonly host?: string;
}

/** A simulated WeChat that listens: the phone's page, and api.weixin.qq.com. */
export interface Simulator {
  readonly cloud: Cloud;
  /** Where it listens, without a slash at its end: the phone's page, and the `baseUrl` of the API. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a simulated WeChat for the bot at `target`. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const cloud = new Cloud(options);
  const { world } = cloud;
  const app = new Koa();
  app.silent = true;
  const server = createServer(app.callback());
  world.url = await listen(server, options.port, options.host);
  return {
    cloud,
    url: world.url,
    async close() {
      await shut(server);
      await cloud.settled();
    },
  };
}
