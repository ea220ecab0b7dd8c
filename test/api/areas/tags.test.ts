import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { ConfigError } from "../../../src/errors.js";
import { errorOf } from "../../support/error-of.js";

describe("api.tags: who has a tag", () => {
  const sent: unknown[] = [];
  const api = createClient({
    appId: "wx1",
    appSecret: "s",
    fetch: async (url) => {
      sent.push(url);
      throw new Error();
    },
  });
  const wrong: readonly [what: string, call: () => Promise<unknown>, says: string][] = [
    [
      "the order of co-wechat-api",
      () => api.tags.tag(["o1"] as never, 5 as never),
      "tags.tag(tagid, openids): the openids are an array, got a number. The two are swapped.",
    ],
    [
      "the same when it is taken away",
      () => api.tags.untag(["o1"] as never, 5 as never),
      "tags.untag(tagid, openids): the openids are an array, got a number. The two are swapped.",
    ],
    [
      "one openid",
      () => api.tags.tag(5, "o1" as never),
      "tags.tag(tagid, openids): the openids are an array, got a string.",
    ],
  ];
  for (const [what, call, says] of wrong) {
    it(`asks WeChat nothing of ${what}`, async () => {
      const error = await errorOf(call(), ConfigError);
      expect(error.message).to.equal(says);
      expect(sent).to.deep.equal([]);
    });
  }
});
