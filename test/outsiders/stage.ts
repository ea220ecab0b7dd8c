import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { type Phone, simulate, type User } from "koa-wx/testing";
import { pixel } from "../../src/testing/pixel.js";
import type { Outsider } from "./outsider.js";

/** The account that all the software is given. */
export const account = {
  token: "tokenOfTheOutsiders",
  appId: "wx0123456789abcdef",
  appSecret: "0123456789abcdef0123456789abcdef",
  encodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
};

/** Where a client is asked for something: a simulated WeChat with a follower who has just written. */
export interface Stage {
  readonly client: Outsider;
  readonly phone: Phone;
  readonly alice: User;
  /** A picture, as a file. */
  readonly file: string;
}

/** Starts a client, which finds the simulated WeChat at `url`, and asks it for things. */
export async function withStage<Result>(
  start: (url: string) => Promise<Outsider>,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-outsiders-"));
  const file = join(folder, "picture.png");
  writeFileSync(file, pixel);
  const wx = new Wechat({ token: account.token });
  wx.onScan((ctx) => `${ctx.message.EventKey} ${ctx.message.Ticket}`);
  const app = new Koa();
  app.use(async (ctx, next) => {
    if (ctx.path === "/callback") ctx.body = "Welcome";
    else await next();
  });
  app.use(wx.middleware());
  const phone = await simulate(app, { ...account, mode: "plain" });
  let client: Outsider | undefined;
  try {
    client = await start(phone.url);
    const alice = phone.user("alice", { nickname: "爱丽丝" });
    await alice.follows();
    await alice.sends("hi");
    return await use({ client, phone, alice, file });
  } finally {
    await client?.close();
    await phone.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
