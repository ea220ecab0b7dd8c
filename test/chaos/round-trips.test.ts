import { expect } from "chai";
import { RespReader } from "./resp.js";
import { CommandLog, sequentialTrips } from "./round-trips.js";

const command = (...words: readonly string[]) =>
  Buffer.from(
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`,
  );

describe("RespReader: the reader of Redis' protocol", () => {
  const everything = Buffer.from(
    "+OK\r\n-ERR no\r\n:7\r\n$4\r\n你a\r\n$-1\r\n*-1\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n_\r\n#t\r\n,1.5\r\n(123\r\n" +
      "!3\r\nERR\r\n=7\r\ntxt:abc\r\n%1\r\n+k\r\n+v\r\n~1\r\n+x\r\n>2\r\n+message\r\n+y\r\n|1\r\n+ttl\r\n:9\r\n:8\r\n",
  );
  const types = "+ - : $ $ * * _ # , ( ! = % ~ > :".split(" ");

  it("reads every type of RESP 2 and 3", () => {
    const values = new RespReader().read(everything);
    expect(values.map(({ type }) => type)).to.deep.equal(types);
    expect(values[3]).to.deep.equal({ type: "$", text: "你a" });
    expect(values[4]).to.deep.equal({ type: "$" });
    expect(values[6]?.items?.[1]).to.deep.equal({ type: "*", items: [{ type: ":", text: "1" }] });
    expect(values.at(-1)).to.deep.equal({ type: ":", text: "8" });
  });

  it("reads it in pieces of any size", () => {
    for (const size of [1, 2, 3, 7, 50]) {
      const reader = new RespReader();
      const values = [];
      for (let at = 0; at < everything.length; at += size) {
        values.push(...reader.read(everything.subarray(at, at + size)));
      }
      expect(values.map(({ type }) => type)).to.deep.equal(types);
    }
  });

  it("refuses what is none", () => {
    expect(() => new RespReader().read(Buffer.from("HTTP/1.1 200 OK\r\n"))).to.throw("not RESP");
  });
});

describe("sequentialTrips(): the count of round trips", () => {
  const ok = Buffer.from("+OK\r\n");

  it("is one for commands that leave together, and grows with each that waits for an answer", () => {
    const log = new CommandLog();
    const [one, other] = [log.tap(), log.tap()];
    const mark = log.mark();
    one.asked(Buffer.concat([command("GET", "a"), command("GET", "b")]));
    other.asked(command("GET", "c"));
    one.answered(Buffer.from("$-1\r\n$-1\r\n"));
    other.answered(ok);
    expect(sequentialTrips(log.since(mark), log.mark())).to.equal(1);
    other.asked(command("SET", "c", "1"));
    expect(sequentialTrips(log.since(mark), log.mark()), "not waited for").to.equal(1);
    other.answered(ok);
    expect(sequentialTrips(log.since(mark), log.mark())).to.equal(2);
    expect(log.since(mark)).to.have.length(4);
    log.clear();
    expect(log.since(mark)).to.have.length(0);
  });

  it("leaves out what a client says of itself, and messages to subscribers", () => {
    const log = new CommandLog();
    const tap = log.tap();
    const mark = log.mark();
    tap.asked(Buffer.concat([command("INFO"), command("SUBSCRIBE", "a", "b")]));
    tap.answered(Buffer.from("$0\r\n\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"));
    tap.answered(Buffer.from("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"));
    tap.answered(Buffer.from("*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"));
    tap.asked(command("UNSUBSCRIBE", "a"));
    expect(log.since(mark).map(({ name }) => name)).to.deep.equal(["SUBSCRIBE", "UNSUBSCRIBE"]);
    expect(sequentialTrips(log.since(mark), log.mark())).to.equal(1);
  });
});
