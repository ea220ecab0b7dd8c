import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { type Answer, type Phone, simulate, type User } from "koa-wx/testing";
import { account } from "./stage.js";

/** The ways in which WeChat pushes. */
export const modes = ["plain", "compat", "safe"] as const;
export type Mode = (typeof modes)[number];

/** What a user does under the phone; the bots in `software/` all answer alike, each in its library's way. */
export interface Act {
  readonly name: string;
  run(alice: User): Promise<void>;
}

const page = "http://a.example/?a=1&b=2";
const song = "http://a.example/1.mp3";
const words = "你好 <b>&amp;</b> 😀";

export const acts: readonly Act[] = [
  { name: "text", run: async (alice) => replied(await alice.sends(words), words) },
  {
    name: "text with ]]>",
    run: async (alice) => replied(await alice.sends("a]]>b"), "a]]>b"),
  },
  {
    name: "image",
    async run(alice) {
      const answer = await alice.sendsImage();
      replied(answer, { type: "image", mediaId: sent(alice) });
    },
  },
  {
    name: "voice",
    async run(alice) {
      const answer = await alice.sendsVoice("你好");
      replied(answer, { type: "voice", mediaId: sent(alice) });
    },
  },
  {
    name: "video",
    async run(alice) {
      const answer = await alice.sendsVideo();
      const said = { title: "again", description: "your video" };
      replied(answer, { type: "video", mediaId: sent(alice), ...said });
    },
  },
  {
    name: "location",
    async run(alice) {
      const answer = await alice.sendsLocation(23.134521, 113.358803, "广州");
      replied(answer, "23.134521 113.358803 广州");
    },
  },
  {
    name: "link, answered with news",
    async run(alice) {
      const answer = await alice.sendsLink(page, "公众平台", "官网");
      replied(answer, { type: "news", articles: [{ title: "公众平台", url: page }] });
    },
  },
  {
    name: "music as an answer",
    async run(alice) {
      const said = { title: "song", description: "of a bird", url: song, hqUrl: song };
      replied(await alice.sends("music"), { type: "music", thumbMediaId: "THUMB", ...said });
    },
  },
  {
    name: "handed to people",
    run: async (alice) =>
      replied(await alice.sends("human"), { type: "transfer_customer_service" }),
  },
  { name: "click", run: async (alice) => replied(await alice.clicks("V1001"), "V1001") },
  { name: "scan", run: async (alice) => replied(await alice.scans("table 7"), "table 7") },
  {
    name: "unfollow, answered with nothing",
    async run(alice) {
      const { push, reason } = await alice.unfollows();
      if (reason !== undefined) throw new Error(reason);
      expect(push?.outcome).to.equal("acknowledged");
    },
  },
  {
    name: "follow by a QR code",
    async run(alice) {
      replied(await alice.follows({ scene: "table 8" }), "welcome qrscene_table 8");
    },
  },
];

function replied({ reply, reason, attempts }: Answer, expected: string | object): void {
  if (reason !== undefined) throw new Error(reason);
  const content = typeof expected === "string" ? { type: "text", content: expected } : expected;
  if (!isDeepStrictEqual(reply, content)) throw new Error(`She sees ${JSON.stringify(reply)}`);
  expect(attempts).to.equal(1);
}

/** The media id of what she sent last. */
function sent({ chat }: User): unknown {
  const last = chat.findLast(({ from }) => from === "user")?.content;
  return last !== undefined && "mediaId" in last ? last.mediaId : undefined;
}

/** Puts a bot under the phone of a follower. */
export async function withPhone<Result>(
  address: string,
  mode: Mode,
  use: (alice: User, phone: Phone) => Promise<Result>,
): Promise<Result> {
  const phone = await simulate(address, { ...account, mode });
  try {
    phone.api.addMedia({ mediaId: "THUMB", type: "thumb" });
    const alice = phone.user("alice");
    await alice.follows();
    return await use(alice, phone);
  } finally {
    await phone.close();
  }
}
