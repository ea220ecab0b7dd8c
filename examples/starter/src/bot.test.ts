import { equal, match } from "node:assert/strict";
import { after, test } from "node:test";
import { simulate } from "koa-wx/testing";
import { createBot } from "./bot.js";

const account = {
  token: "onlyForTheseTests",
  appId: "wx0000000000000000",
  appSecret: "local-secret",
};

// A simulated WeChat: it signs what users send, and judges the answers as strictly as the real one.
const phone = await simulate(
  ({ url }) => createBot({ ...account, api: { baseUrl: url } }),
  account,
);
after(() => phone.close());
const alice = phone.user("alice");

test("greets whoever follows", async () => {
  match((await alice.follows()).text ?? "", /^感谢您的关注/);
});

test("says what it can do", async () => {
  match((await alice.sends("帮助")).text ?? "", /我来算/);
});

test("adds, repeats, and sends pictures back", async () => {
  equal((await alice.sends("20 + 22")).text, "= 42");
  equal((await alice.sends("你好")).text, "您说：你好");
  equal((await alice.sendsImage()).reply?.type, "image");
});

test("says so when it does not understand", async () => {
  equal((await alice.sendsLocation(23.13, 113.36)).text, "我只看得懂文字和图片。");
});
