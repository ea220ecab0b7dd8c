import { createServer } from "node:http";
import Koa from "koa";
import { simulatedApi } from "./api/api.js";
import { Cloud, type CloudOptions } from "./cloud.js";
import { guard } from "./guard.js";
import { listen, shut } from "./listen.js";
import { phonePage } from "./phone/phone.js";
import { WebViews } from "./web-view/views.js";

export interface SimulatorOptions extends CloudOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default: 127.0.0.1, so that nobody else reaches it. */
  readonly host?: string;
  /** Names by which it may be reached besides localhost and IP addresses. */
  readonly allowHosts?: readonly string[];
}

/** Somebody who follows already, so that the first thing to do with a phone is to chat. */
export function addFollower({ cloud: { world } }: Simulator, name: string): void {
  const person = world.people.named(name.toLowerCase(), { nickname: name });
  person.following = true;
  person.subscribeTime = world.clock.now();
  person.subscribeScene = "ADD_SCENE_SEARCH";
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
  const { host, allowHosts = [] } = options;
  const app = new Koa();
  app.use(guard({ hosts: host === undefined ? allowHosts : [host, ...allowHosts] }));
  app.use(phonePage(cloud));
  app.use(simulatedApi(world, (person, fields) => cloud.push(person, fields)));
  const server = createServer(app.callback());
  world.url = await listen(server, options.port, host);
  const views = new WebViews({
    target: () => cloud.target,
    allowHosts,
    ...(host === undefined ? {} : { host }),
  });
  world.views = views;
  return {
    cloud,
    url: world.url,
    async close() {
      await Promise.all([cloud.close(), shut(server), views.close()]);
    },
  };
}
