import { expect } from "chai";
import { Areas } from "../../../src/api/areas.js";
import type { Http } from "../../../src/api/transport/http.js";

type Body = Readonly<Record<string, unknown>>;

/** An account whose answers depend on the path and on the body or query of each call. */
function accountWith(answer: (path: string, body: Body) => unknown) {
  const asked: Body[] = [];
  const call = async (path: string, body: Body): Promise<never> => {
    asked.push(body);
    return answer(path, body) as never;
  };
  const http: Http = {
    get: (path, options) => call(path, options?.query ?? {}),
    post: (path, body) => call(path, body as Body),
    upload: () => Promise.reject(new Error("not expected")),
    download: () => Promise.reject(new Error("not expected")),
  };
  return { api: new Areas(http, { appId: "wx1", appSecret: "s" }), asked };
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

describe("ctx.api: long lists", () => {
  const twoPages = (field: string) => (_path: string, body: Body) =>
    body[field] === ""
      ? {
          total: 10_001,
          count: 10_000,
          data: { openid: Array(10_000).fill("A") },
          next_openid: "B",
        }
      : { total: 10_001, count: 1, data: { openid: ["C"] }, next_openid: "C" };

  it("of followers are read to the end", async () => {
    const { api, asked } = accountWith(twoPages("next_openid"));
    expect(await collect(api.users.all())).to.have.length(10_001);
    expect(asked).to.deep.equal([{ next_openid: "" }, { next_openid: "B" }]);
  });

  it("of a tag's followers are read to the end", async () => {
    const { api, asked } = accountWith(twoPages("next_openid"));
    expect(await collect(api.tags.allMembers(134))).to.have.length(10_001);
    expect(asked).to.deep.equal([
      { tagid: 134, next_openid: "" },
      { tagid: 134, next_openid: "B" },
    ]);
  });

  it("of blocked users are read to the end", async () => {
    const { api, asked } = accountWith(twoPages("begin_openid"));
    expect(await collect(api.blacklist.all())).to.have.length(10_001);
    expect(asked).to.deep.equal([{ begin_openid: "" }, { begin_openid: "B" }]);
  });

  const byOffset = (_path: string, { offset, count }: Body) => {
    const item = ["a", "b", "c"]
      .flatMap((each) => Array<string>(10).fill(each))
      .slice(Number(offset), Number(offset) + Number(count));
    return { total_count: 30, item_count: item.length, item };
  };

  it("of material are read to the end", async () => {
    const { api, asked } = accountWith(byOffset);
    expect(await collect(api.material.all("image"))).to.have.length(30);
    expect(asked).to.deep.equal([
      { type: "image", offset: 0, count: 20 },
      { type: "image", offset: 20, count: 20 },
    ]);
  });

  it("of drafts are read to the end, without their text if so wished", async () => {
    const { api, asked } = accountWith(byOffset);
    expect(await collect(api.drafts.all({ no_content: 1 }))).to.have.length(30);
    expect(asked.map(({ no_content }) => no_content)).to.deep.equal([1, 1]);
  });

  it("of publications are read to the end", async () => {
    const { api } = accountWith(byOffset);
    expect(await collect(api.publishing.all())).to.have.length(30);
  });

  it("of comments are read to the end", async () => {
    const { api, asked } = accountWith((_path, { begin, count }) => ({
      total: 60,
      comment: Array(Math.min(Number(count), 60 - Number(begin))).fill({ content: "好" }),
    }));
    expect(await collect(api.comments.all({ msg_data_id: "1" }))).to.have.length(60);
    expect(asked.map(({ begin }) => begin)).to.deep.equal([0, 49]);
  });
});

describe("kfSessions.records(): the records of customer service", () => {
  const record = (time: number, text: string) => ({
    openid: "A",
    opercode: 2002,
    text,
    time,
    worker: "w",
  });

  it("go on from the returned msgid until a page is not full", async () => {
    const { api, asked } = accountWith((_path, { msgid }) =>
      String(msgid) === "1"
        ? { recordlist: Array(10_000).fill(record(5, "a")), number: 10_000, msgid: "20165267" }
        : { recordlist: [record(6, "b")], number: 1, msgid: "20165268" },
    );
    const records = await collect(api.kfSessions.records({ starttime: 1, endtime: 10 }));
    expect(records).to.have.length(10_001);
    expect(asked.map(({ msgid }) => String(msgid))).to.deep.equal(["1", "20165267"]);
  });

  it("are asked for day by day, and a record between two days is given once", async () => {
    const day = 86_400;
    const all = [record(10, "a"), record(day, "b"), record(day + 1, "c"), record(2 * day, "d")];
    const { api, asked } = accountWith((_path, { starttime, endtime }) => {
      const recordlist = all.filter(
        ({ time }) => time >= Number(starttime) && time <= Number(endtime),
      );
      return { recordlist, number: recordlist.length, msgid: "1" };
    });
    const records = await collect(api.kfSessions.records({ starttime: 0, endtime: 2 * day }));
    expect(records.map(({ text }) => text)).to.deep.equal(["a", "b", "c", "d"]);
    expect(asked.map(({ starttime, endtime }) => [starttime, endtime])).to.deep.equal([
      [0, day],
      [day, 2 * day],
    ]);
  });
});
