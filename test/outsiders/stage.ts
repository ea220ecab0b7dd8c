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

/** Names as users give them. */
const files = { image: "图片 1.png", voice: "voice.mp3", video: "视频.mp4", thumb: "thumb.jpg" };

/** Where a client is asked for something: a simulated WeChat with a follower who has just written. */
export interface Stage {
  readonly client: Outsider;
  readonly phone: Phone;
  readonly alice: User;
  /** Paths of a file of each kind. */
  readonly files: Readonly<Record<keyof typeof files, string>>;
}

/** What users of such libraries do, and what is true afterwards. */
export interface Deed {
  readonly name: string;
  /** What a program in `software/` must have for it. */
  readonly asks: readonly string[];
  run(stage: Stage): Promise<void>;
}

/** Starts a client, which finds the simulated WeChat at `url`, and asks it for things. */
export async function withStage<Result>(
  start: (url: string) => Promise<Outsider>,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-outsiders-"));
  const paths = { ...files };
  for (const kind of ["image", "voice", "video", "thumb"] as const) {
    paths[kind] = join(folder, files[kind]);
    writeFileSync(paths[kind], pixel);
  }
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
    return await use({ client, phone, alice, files: paths });
  } finally {
    await client?.close();
    await phone.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
