import { expect } from "chai";
import { items, type OpenidPage, openids } from "../../../src/api/areas/paging.js";

const some = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `o${from + index}`);

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

/** Serves pages by their cursor and notes which were asked for. */
function serve(pages: Readonly<Record<string, OpenidPage>>) {
  const asked: string[] = [];
  const all = openids(async (cursor) => {
    asked.push(cursor);
    const page = pages[cursor];
    if (page === undefined) throw new Error(`No page starts at "${cursor}"`);
    return page;
  });
  return { all, asked };
}

describe("openids(): all of a list", () => {
  it("go on over a full page and end with an empty one that has no data", async () => {
    const { all, asked } = serve({
      "": { count: 10_000, data: { openid: some(0, 10_000) }, next_openid: "o9999" },
      o9999: { count: 0, next_openid: "" },
    });
    expect(await collect(all)).to.have.length(10_000);
    expect(asked).to.deep.equal(["", "o9999"]);
  });

  it("go on after a full page although the total is reached, for people leave meanwhile", async () => {
    const { all, asked } = serve({
      "": { total: 20_005, count: 10_000, data: { openid: some(0, 10_000) }, next_openid: "o9999" },
      o9999: {
        total: 19_995,
        count: 10_000,
        data: { openid: some(10_000, 10_000) },
        next_openid: "o19999",
      },
      o19999: {
        total: 19_995,
        count: 5,
        data: { openid: some(20_000, 5) },
        next_openid: "o20004",
      },
    });
    expect(await collect(all)).to.deep.equal(some(0, 20_005));
    expect(asked).to.deep.equal(["", "o9999", "o19999"]);
  });

  it("end with the total after a short page, although it has a next openid", async () => {
    const { all, asked } = serve({
      "": { total: 3, count: 3, data: { openid: some(0, 3) }, next_openid: "o2" },
    });
    expect(await collect(all)).to.deep.equal(some(0, 3));
    expect(asked).to.deep.equal([""]);
  });

  it("end with a short page where no total is given", async () => {
    const { all, asked } = serve({
      "": { count: 2, data: { openid: ["a", "b"] }, next_openid: "b" },
    });
    expect(await collect(all)).to.deep.equal(["a", "b"]);
    expect(asked).to.deep.equal([""]);
  });

  it("go on after a short page while the total is not reached", async () => {
    const { all } = serve({
      "": { total: 3, count: 2, data: { openid: ["a", "b"] }, next_openid: "b" },
      b: { total: 3, count: 1, data: { openid: ["c"] }, next_openid: "c" },
    });
    expect(await collect(all)).to.deep.equal(["a", "b", "c"]);
  });

  it("end when the next openid does not move", async () => {
    const { all, asked } = serve({
      "": { total: 9, count: 1, data: { openid: ["a"] }, next_openid: "a" },
      a: { total: 9, count: 1, data: { openid: ["b"] }, next_openid: "a" },
    });
    expect(await collect(all)).to.deep.equal(["a", "b"]);
    expect(asked).to.deep.equal(["", "a"]);
  });

  it("are none when there are none", async () => {
    const { all } = serve({ "": { total: 0, count: 0, next_openid: "" } });
    expect(await collect(all)).to.deep.equal([]);
  });

  it("ask for no page that nobody reads", async () => {
    const { all, asked } = serve({
      "": { total: 20_000, count: 10_000, data: { openid: some(0, 10_000) }, next_openid: "o9999" },
    });
    for await (const openid of all) if (openid === "o7") break;
    expect(asked).to.deep.equal([""]);
  });
});

describe("items(): all of a list", () => {
  it("are read twenty at a time until the total is reached", async () => {
    const asked: number[] = [];
    const all = items(async (offset, count) => {
      asked.push(offset);
      const item = some(offset, Math.min(count, 45 - offset));
      return { total_count: 45, item_count: item.length, item };
    });
    expect(await collect(all)).to.deep.equal(some(0, 45));
    expect(asked).to.deep.equal([0, 20, 40]);
  });

  it("end with an empty page although the total says more", async () => {
    const all = items(async (offset) => {
      const item = offset === 0 ? ["a"] : [];
      return { total_count: 9, item_count: item.length, item };
    });
    expect(await collect(all)).to.deep.equal(["a"]);
  });
});
