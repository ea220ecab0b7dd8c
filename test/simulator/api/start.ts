import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import Koa from "koa";
import { simulatedApi } from "../../../src/simulator/api/api.js";
import type { PushFields } from "../../../src/simulator/pushes/push.js";
import { simulatedAccount } from "../../../src/simulator/world/account.js";
import { FakeClock } from "../../../src/simulator/world/clock.js";
import type { Person } from "../../../src/simulator/world/people.js";
import { World } from "../../../src/simulator/world/world.js";

export const account = simulatedAccount({
  token: "token",
  appId: "wx1234567890abcdef",
  appSecret: "0123456789abcdef0123456789abcdef",
});

/** What a program needs to call the API in the account's name. */
export const developer = { appId: account.appId, appSecret: account.appSecret };

export const day = 86_400_000;

type Json = Readonly<Record<string, unknown>>;

/** A simulated api.weixin.qq.com that listens, with a clock that stands still. */
export interface Api {
  readonly url: string;
  readonly world: World;
  readonly clock: FakeClock;
  readonly pushes: { readonly person: Person; readonly fields: PushFields }[];
  readonly errors: unknown[];
  /** A token for what is called next. */
  token(): string;
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Json>;
  post(path: string, body: unknown, query?: Readonly<Record<string, string>>): Promise<Json>;
  /** Posts a file as the part `media`. */
  upload(
    path: string,
    file: { readonly name: string; readonly data: Uint8Array<ArrayBuffer> | string },
    query?: Readonly<Record<string, string>>,
    fields?: Readonly<Record<string, string>>,
  ): Promise<Json>;
  /** Somebody who follows and has just written. */
  follower(name: string): Person;
  close(): Promise<void>;
}

export async function startApi(): Promise<Api> {
  const clock = new FakeClock(1_700_000_000_000);
  const world = new World(account, clock);
  const pushes: Api["pushes"] = [];
  const errors: unknown[] = [];
  const app = new Koa();
  app.on("error", (error) => errors.push(error));
  app.use(simulatedApi(world, (person, fields) => pushes.push({ person, fields })));
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const withToken = (path: string, query: Readonly<Record<string, string>> = {}) => {
    const access_token = world.tokens.stable().value;
    return `${url}${path}?${new URLSearchParams({ access_token, ...query })}`;
  };
  return {
    url,
    world,
    clock,
    pushes,
    errors,
    token: () => world.tokens.stable().value,
    async get(path, query) {
      return (await fetch(withToken(path, query))).json() as Promise<Json>;
    },
    async post(path, body, query) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await fetch(withToken(path, query), { method: "POST", body: text });
      return response.json() as Promise<Json>;
    },
    async upload(path, { name, data }, query, fields = {}) {
      const form = new FormData();
      for (const [field, value] of Object.entries(fields)) form.set(field, value);
      form.set("media", new Blob([data]), name);
      const response = await fetch(withToken(path, query), { method: "POST", body: form });
      return response.json() as Promise<Json>;
    },
    follower(name) {
      const person = world.people.named(name);
      person.following = true;
      person.subscribeTime = clock.now();
      person.lastSeen = clock.now();
      person.windows = [{ left: 5, until: clock.now() + 2 * day }];
      return person;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      expect(errors).to.deep.equal([]);
    },
  };
}
