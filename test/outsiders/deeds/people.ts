import { expect } from "chai";
import type { Phone, User } from "koa-wx/testing";
import { account, type Deed } from "../stage.js";

/** Who the users are. */
export const peopleDeeds: readonly Deed[] = [
  {
    name: "a follower's profile, with a remark",
    asks: ["profile", "followers", "remark"],
    async run({ client, alice }) {
      await client.ask("remark", alice.openid, "爱丽丝");
      expect(await client.ask("profile", alice.openid)).to.include({
        subscribe: 1,
        openid: alice.openid,
        remark: "爱丽丝",
      });
      expect(await client.ask("followers")).to.include(alice.openid);
    },
  },
  {
    name: "profiles of several",
    asks: ["profiles"],
    async run({ client, phone, alice }) {
      const carol = phone.user("carol");
      await carol.follows();
      const openids = [alice.openid, carol.openid];
      expect(await client.ask("profiles", openids)).to.deep.equal(openids);
    },
  },
  {
    name: "a tag",
    asks: ["createTag", "tag", "tagsOf"],
    async run({ client, phone, alice }) {
      const id = await client.ask<number>("createTag", "广东");
      await client.ask("tag", alice.openid, id);
      expect(phone.export().tags).to.deep.include({ id, name: "广东" });
      expect(await client.ask("tagsOf", alice.openid)).to.deep.equal([id]);
    },
  },
  {
    name: "the black list",
    asks: ["block", "blocked", "unblock"],
    async run({ client, alice }) {
      await client.ask("block", alice.openid);
      expect(await client.ask("blocked")).to.deep.equal([alice.openid]);
      await client.ask("unblock", alice.openid);
      expect((await alice.sends("hi")).banner).to.equal(undefined);
    },
  },
  {
    name: "web login: its address opens",
    asks: ["authorize"],
    async run({ client, phone, alice }) {
      const { state } = await login(
        alice,
        await client.ask<string>("authorize", callbackOf(phone), "state1"),
      );
      expect(state).to.equal("state1");
    },
  },
  {
    name: "web login: a code, a profile",
    asks: ["login"],
    async run({ client, phone, alice }) {
      const query = `appid=${account.appId}&redirect_uri=${encodeURIComponent(callbackOf(phone))}`;
      const { code } = await login(
        alice,
        `${authorizePage}?${query}&response_type=code&scope=snsapi_userinfo&state=1#wechat_redirect`,
      );
      const profile = { openid: alice.openid, nickname: "爱丽丝" };
      expect(await client.ask("login", code)).to.include(profile);
    },
  },
  {
    name: "web login: its token refreshed",
    asks: ["loginAgain"],
    async run({ client, alice }) {
      expect(await client.ask("loginAgain", alice.openid)).to.include({ nickname: "爱丽丝" });
    },
  },
];

const authorizePage = "https://open.weixin.qq.com/connect/oauth2/authorize";
const callbackOf = ({ botUrl }: Phone) => new URL("/callback?from=menu", botUrl).href;

/** What the bot's page is called with after she has agreed. */
async function login(alice: User, address: string): Promise<Record<string, string>> {
  expect(address.startsWith(`${authorizePage}?`)).to.equal(true);
  const { url, body } = await alice.opens(address);
  if (new URL(url).pathname !== "/callback") {
    throw new Error(`WeChat shows: ${/<h1>(.*?)<\/h1>/.exec(body)?.[1] ?? body}`);
  }
  return Object.fromEntries(new URL(url).searchParams);
}
