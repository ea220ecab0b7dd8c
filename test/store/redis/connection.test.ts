import { expect } from "chai";
import { Redis } from "ioredis";
import { StoreError } from "../../../src/errors.js";
import { RedisConnection, Script } from "../../../src/store/redis/connection.js";
import { errorOf } from "../../support/error-of.js";
import { type RedisServer, startRedis } from "../../support/redis.js";
import { everyClient, kindOf, type OpenClient } from "../../support/redis-clients.js";
import { EveryRedis } from "../../support/redis-fleet.js";
import { until } from "../../support/until.js";

const redis = new EveryRedis();
const clients = everyClient(redis);
let unique = 0;

/** The servers behind a client. */
async function serversOf(name: string): Promise<readonly RedisServer[]> {
  const kind = kindOf(name);
  if (kind === "sentinel") return [await redis.sentinel.primary()];
  return kind === "cluster" ? redis.cluster.nodes : [redis.single];
}

const everything = new Script(
  'return {1, "text", false, redis.status_reply("OK"), {redis.call("set", KEYS[1], ARGV[1]), {}}, "\\228\\189\\160", ARGV[2]}',
);
const publish = new Script('return redis.call("publish", ARGV[1], ARGV[2])');

describe("RedisConnection", function () {
  this.timeout(20_000);
  before(() => redis.start());
  after(() => redis.stop());

  for (const [name, open] of Object.entries(clients)) {
    describe(`through ${name}`, () => {
      let opened: OpenClient;
      let connection: RedisConnection;
      before(async () => {
        opened = await open();
        connection = new RedisConnection(opened.client, 2_000);
      });
      after(async () => {
        connection.close();
        await opened.close();
      });

      it("answers alike, to commands and scripts", async () => {
        const key = `alike-${unique++}`;
        expect(await connection.run(key, "SET", "", "PX", "60000", "NX")).to.equal("OK");
        expect(await connection.run(key, "SET", "你好", "NX")).to.equal(null);
        expect(await connection.run(key, "GET")).to.equal("");
        expect(
          await connection.script(everything, [key], "你好", "9007199254740993"),
        ).to.deep.equal(["1", "text", null, "OK", ["OK", []], "你", "9007199254740993"]);
        expect(await connection.run(key, "GET")).to.equal("你好");
        expect(await connection.run(key, "DEL")).to.equal("1");
        expect(await connection.run(key, "GET")).to.equal(null);
      });

      it("gives a script to every server that does not know it, or forgot it", async () => {
        for (let round = 0; round < 2; round++) {
          for (const server of await serversOf(name)) await server.command("SCRIPT", "FLUSH");
          const keys = Array.from({ length: 9 }, (_, index) => `script-${unique++}-${index}`);
          const replies = await Promise.all(
            keys.map((key) => connection.script(everything, [key], "a", "b")),
          );
          for (const reply of replies) expect(reply).to.have.length(7);
        }
      });

      it("fails one key's call alone", async () => {
        const key = `type-${unique++}`;
        await connection.run(key, "LPUSH", "an element");
        const get = await errorOf(connection.run(key, "GET"), StoreError);
        expect([get.code, get.scope]).to.deep.equal(["WX_STORE", "key"]);
        expect(get.message).to.match(/WRONGTYPE.*another prefix/);
        const inside = new Script('return redis.call("get", KEYS[1])');
        expect((await errorOf(connection.script(inside, [key]), StoreError)).scope).to.equal("key");
        const own = new Script('return redis.error_reply("ERR no such thing")');
        expect((await errorOf(connection.script(own, [key]), StoreError)).scope).to.equal("key");
        expect(await connection.run(`${key}-other`, "GET")).to.equal(null);
      });

      it("hears what is published, also after its connection was cut", async () => {
        const heard: string[] = [];
        let gaps = 0;
        const channel = connection.channel(`news-${unique++}`);
        const gap = () => {
          gaps += 1;
        };
        const stop = await connection.subscribe(channel, (message) => heard.push(message), gap);
        const again = await connection.subscribe(channel, (message) => heard.push(message), gap);
        await connection.script(publish, [`some-key-${unique++}`], channel, "你好");
        await until(() => heard.length === 2);
        again();
        for (const server of await serversOf(name)) {
          await server.command("CLIENT", "KILL", "TYPE", "pubsub");
        }
        // The line may have come back on a node where the next cut took it, and a command be lost meanwhile.
        await until(async () => {
          const key = `some-key-${unique++}`;
          await connection.script(publish, [key], channel, "back").catch(() => {});
          return heard.includes("back");
        });
        expect(gaps).to.be.greaterThan(0);
        stop();
        // Who leaves and comes back at once is heard, and who has left is not.
        const later: string[] = [];
        await connection.subscribe(channel, (message) => later.push(message), gap);
        await connection.script(publish, [`some-key-${unique++}`], channel, "last");
        await until(() => later.includes("last"));
        expect(heard.slice(0, 2)).to.deep.equal(["你好", "你好"]);
        expect(heard).not.to.include("last");
      });

      it("listens over one connection for all channels, which close() ends", async () => {
        const listeners = async () => {
          const servers = await serversOf(name);
          const lists = await Promise.all(
            servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "pubsub")),
          );
          // Sentinels listen too, each when it has found the server.
          const others = lists
            .join("")
            .split("\n")
            .filter((line) => !line.includes("name=sentinel-"));
          return others.filter(Boolean).length;
        };
        const before = await listeners();
        const other = new RedisConnection(opened.client, 2_000);
        const channels = Array.from({ length: 20 }, (_, index) => `many-${index}`);
        await Promise.all(
          channels.map((channel) =>
            other.subscribe(
              channel,
              () => {},
              () => {},
            ),
          ),
        );
        // Another one of this client may be on its way back, having been cut above.
        await until(async () => (await listeners()) === before + 1);
        other.close();
        other.close();
        await until(async () => (await listeners()) === before);
        expect(
          (
            await errorOf(
              other.subscribe(
                "a",
                () => {},
                () => {},
              ),
              StoreError,
            )
          ).message,
        ).to.match(/closed/);
      });
    });
  }
});

describe("RedisConnection through ioredis", () => {
  it("sends what belongs to one turn of the event loop in one write, which the user's own commands join", async () => {
    await using server = await startRedis();
    const client = new Redis(server.url);
    using _ = { [Symbol.dispose]: () => client.disconnect() };
    const connection = new RedisConnection(client, 2_000);
    await connection.run("a", "GET");
    const { stream } = client;
    let writes = 0;
    for (const way of ["_write", "_writev"] as const) {
      const write = stream[way]?.bind(stream) as (...args: unknown[]) => void;
      stream[way] = (...args: unknown[]) => {
        writes += 1;
        write(...args);
      };
    }
    const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
    const set = await Promise.all([
      ...keys.map((key) => connection.run(key, "SET", key)),
      client.set("own", "own"),
    ]);
    expect(set).to.deep.equal(Array.from({ length: 11 }, () => "OK"));
    expect(writes).to.equal(1);
    const got = await Promise.all(keys.map((key) => connection.run(key, "GET")));
    expect(got).to.deep.equal(keys);
    expect(writes).to.equal(2);
  });
});
