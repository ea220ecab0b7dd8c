import { expect } from "chai";
import { Redis } from "ioredis";
import { createClient, createSentinel } from "redis";
import { StoreError } from "../../../src/errors.js";
import { driverOf } from "../../../src/store/redis/client.js";
import { RedisConnection, Script } from "../../../src/store/redis/connection.js";
import { Subscriber } from "../../../src/store/redis/subscriber.js";
import { startWay } from "../../faults/way.js";
import { type RedisServer, startRedis } from "../../support/redis.js";
import { everyClient, kindOf, type OpenClient } from "../../support/redis-clients.js";
import { EveryRedis } from "../../support/redis-fleet.js";
import { pause, until } from "../../support/until.js";

const redis = new EveryRedis();
const clients = everyClient(redis);
const names = Object.keys(clients);
const byCluster = names.filter((name) => kindOf(name) === "cluster");
const bySentinel = names.filter((name) => kindOf(name) === "sentinel");
const bySingle = names.filter((name) => kindOf(name) === "single");

/** Counts, and says so. */
const counting = new Script(
  'local n = redis.call("incr", KEYS[1]) redis.call("publish", ARGV[1], n) return n',
);
let unique = 0;

interface Work {
  readonly name: string;
  readonly connection: RedisConnection;
  readonly errors: StoreError[];
  /** What is nobody's fault but ours. */
  readonly wrong: unknown[];
  readonly key: string;
  done: number;
  heard: number;
  gaps: number;
  longest: number;
  /** Stops, waits for what is under way, and says whether everything is well again. */
  finish(): Promise<void>;
}

/** Works without a pause through a client, whatever happens to the servers. */
async function workThrough(name: string, timeout: number): Promise<Work> {
  const { client, close } = await (clients[name] as () => Promise<OpenClient>)();
  const connection = new RedisConnection(client, timeout);
  const underWay = new Set<Promise<void>>();
  const channel = connection.channel(`faults-${unique++}`);
  let isOver = false;
  const work: Work = {
    name,
    connection,
    errors: [],
    wrong: [],
    key: `faults-${unique++}`,
    done: 0,
    heard: 0,
    gaps: 0,
    longest: 0,
    async finish() {
      isOver = true;
      await loop;
      // Everything is answered again, and heard.
      await until(async () => {
        const { heard } = work;
        const count = await connection
          .script(counting, [`${work.key}-0`], channel)
          .catch(() => null);
        await pause(100);
        return count !== null && work.heard > heard;
      });
      connection.close();
      await close();
    },
  };
  const hear = () => {
    work.heard += 1;
  };
  const gap = () => {
    work.gaps += 1;
  };
  await connection.subscribe(channel, hear, gap);
  const loop = (async () => {
    for (let round = 0; !isOver; round++) {
      const begun = performance.now();
      const call = connection
        .script(counting, [`${work.key}-${round % 30}`], channel)
        .then(
          (count) => {
            if (Number(count) > 0) work.done += 1;
            else work.wrong.push(count);
          },
          (error: unknown) => {
            if (error instanceof StoreError && error.scope === "store") work.errors.push(error);
            else work.wrong.push(error);
          },
        )
        .finally(() => {
          work.longest = Math.max(work.longest, performance.now() - begun);
          underWay.delete(call);
        });
      underWay.add(call);
      await pause(15);
    }
    await Promise.all(underWay);
  })();
  return work;
}

/** Works through many clients while something goes wrong. */
async function during(
  names: readonly string[],
  timeout: number,
  fault: (works: readonly Work[]) => Promise<void>,
): Promise<readonly Work[]> {
  const works = await Promise.all(names.map((name) => workThrough(name, timeout)));
  await pause(100);
  try {
    await fault(works);
  } finally {
    await Promise.all(works.map((work) => work.finish()));
  }
  for (const { name, wrong, longest } of works) {
    expect(wrong, name).to.deep.equal([]);
    // A machine that is busy with other tests takes its time.
    expect(longest, name).to.be.lessThan(timeout + 3_000);
  }
  return works;
}

describe("RedisConnection, when something goes wrong,", function () {
  this.timeout(40_000);
  before(() => redis.start());
  after(() => redis.stop());

  it("fails in time while the server is dead, and goes on when it is back", async () => {
    const works = await during(bySingle, 500, async () => {
      await redis.single.kill();
      await pause(1_000);
      await redis.single.restart();
    });
    for (const { name, errors, gaps } of works) {
      expect(errors.length, name).to.be.greaterThan(0);
      expect(gaps, name).to.be.greaterThan(0);
    }
  });

  it("waits for a server that stands still, and loses and doubles nothing", async () => {
    const works = await during(bySingle, 10_000, async () => {
      redis.single.pause();
      await pause(1_500);
      redis.single.resume();
    });
    for (const { name, errors, done, key } of works) {
      expect(errors, name).to.deep.equal([]);
      let counted = 0;
      for (let index = 0; index < 30; index++) {
        counted += Number(await redis.single.command("GET", `${key}-${index}`));
      }
      // Besides what was done, finish() has looked at least once.
      expect(counted, name).to.be.within(done + 1, done + 100);
    }
  });

  it("outlives the connections that the server ends", async () => {
    const works = await during(bySingle, 5_000, async () => {
      await redis.single.command("SCRIPT", "FLUSH");
      await redis.single.command("CLIENT", "KILL", "TYPE", "normal");
      await redis.single.command("CLIENT", "KILL", "TYPE", "pubsub");
    });
    for (const { name, gaps } of works) expect(gaps, name).to.be.greaterThan(0);
  });

  it("follows a Sentinel to the next primary, with scripts and channels", async () => {
    const old = await redis.sentinel.primary();
    const works = await during(bySentinel, 1_000, async () => {
      await old.kill();
      await until(async () => (await redis.sentinel.primary()).port !== old.port);
    });
    for (const { name, gaps } of works) expect(gaps, name).to.be.greaterThan(0);
    await old.restart();
  });

  it("follows the slots of a cluster, also while they move", async () => {
    const [first, second] = redis.cluster.nodes as [RedisServer, RedisServer];
    const works = await during(byCluster, 5_000, async (works) => {
      for (const { key } of works) {
        const slotOf = async (name: string) =>
          Number(await first.command("CLUSTER", "KEYSLOT", name));
        const moved = await slotOf(`${key}-0`);
        await redis.cluster.move(
          moved,
          (await redis.cluster.ownerOf(moved)) === first ? second : first,
        );
        // In the middle of a move, the old node sends on whoever asks for what it has no more.
        const moving = await slotOf(`${key}-1`);
        await redis.cluster.move(
          moving,
          (await redis.cluster.ownerOf(moving)) === first ? second : first,
          "ask",
        );
      }
      await pause(500);
    });
    for (const { name, errors } of works) expect(errors, name).to.deep.equal([]);
  });

  it("answers what the server refuses for lack of memory, with the remedy", async () => {
    await using full = await startRedis("maxmemory 4mb");
    const client = new Redis(full.port, "127.0.0.1");
    const connection = new RedisConnection(client, 1_000);
    const fill = async (): Promise<StoreError> => {
      for (let index = 0; ; index++) {
        try {
          await connection.run(`full-${index}`, "SET", "x".repeat(100_000));
        } catch (error) {
          return error as StoreError;
        }
      }
    };
    const error = await fill();
    expect(error.scope).to.equal("store");
    expect(error.message).to.match(/OOM.*maxmemory.*noeviction/);
    expect(await connection.run("full-0", "GET")).to.have.length(100_000);
    client.disconnect();
  });

  it("tells what a user of Redis may not do, and whom it concerns", async () => {
    const users: Record<string, readonly string[]> = {
      bounded: ["~ours:*", "+@all"],
      mute: ["~ours:*", "&*", "+@all", "-evalsha", "-eval"],
    };
    for (const [name, rules] of Object.entries(users)) {
      await redis.single.command("ACL", "SETUSER", name, "on", ">pw", ...rules);
    }
    const as = (username: string, password = "pw") => {
      const client = new Redis(redis.single.port, "127.0.0.1", {
        username,
        password,
        enableReadyCheck: false,
      });
      client.on("error", () => {});
      return { client, connection: new RedisConnection(client, 1_000) };
    };
    const told = async (work: Promise<unknown>) => {
      const error: unknown = await work.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(StoreError);
      const { scope, message } = error as StoreError;
      return `${scope}: ${message}`;
    };
    const publish = new Script('return redis.call("publish", ARGV[1], "m")');
    const nothing = () => {};
    const { client, connection } = as("bounded");
    expect(await connection.run("ours:1", "GET")).to.equal(null);
    expect(await told(connection.run("theirs:1", "GET"))).to.match(/^key:.*NOPERM.*~koa-wx/);
    expect(await told(connection.script(counting, ["theirs:1"], "c"))).to.match(/^key:.*NOPERM/);
    const peek = new Script('return redis.call("get", "theirs:1")');
    expect(await told(connection.script(peek, ["ours:1"]))).to.match(/^key:.*~koa-wx/);
    expect(await told(connection.script(publish, ["ours:1"], "c"))).to.match(/^store:.*&koa-wx/);
    expect(await told(connection.subscribe("c", nothing, nothing))).to.match(/^store:.*&koa-wx/);
    expect(await connection.run("ours:1", "GET")).to.equal(null);
    connection.close();
    client.disconnect();
    const mute = as("mute");
    expect(await told(mute.connection.run("ours:1", "GET"))).to.match(/^store:.*NOPERM.*\+@all/);
    mute.client.disconnect();
    const stranger = as("bounded", "wrong");
    expect(await told(stranger.connection.run("ours:1", "GET"))).to.match(
      /^store:.*WRONGPASS.*password/,
    );
    stranger.client.disconnect();
  });

  it("says once and for all that a single client is not enough for a cluster", async () => {
    const [node] = redis.cluster.nodes as [RedisServer];
    for (const client of [
      new Redis(node.port, "127.0.0.1"),
      await createClient({ url: node.url }).connect(),
    ]) {
      const connection = new RedisConnection(client, 1_000);
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const ask = () => Promise.allSettled(keys.map((key) => connection.run(key, "GET")));
      await ask();
      for (const result of await ask()) {
        expect(result.status).to.equal("rejected");
        const { reason } = result as PromiseRejectedResult;
        expect(reason.scope).to.equal("store");
        expect(reason.message).to.match(/MOVED.*Cluster of ioredis.*createCluster/);
      }
      if (client instanceof Redis) client.disconnect();
      else client.destroy();
    }
  });

  it("opens a new line when a heartbeat is not answered", async () => {
    await using way = await startWay(redis.single.port);
    const client = new Redis(way.address.port, "127.0.0.1");
    client.on("error", () => {});
    const driver = driverOf(client, 1_000);
    const subscriber = new Subscriber(driver, { lookEvery: 50, silence: 100, patience: 300 });
    const heard: string[] = [];
    let gaps = 0;
    const stop = await subscriber.subscribe(
      "beat",
      (message) => heard.push(message),
      () => {
        gaps += 1;
      },
    );
    await pause(500);
    expect(gaps).to.equal(0);
    // Nothing comes through any more, and nobody hangs up.
    way.lose();
    await until(() => gaps === 1);
    await redis.single.command("PUBLISH", "beat", "still there");
    await until(() => heard.length === 1);
    stop();
    subscriber.close();
    client.disconnect();
  });

  it("sends at once what begins at once, also by a Sentinel that lends one connection", async () => {
    const { port } = await redis.sentinel.primary();
    await using way = await startWay(port);
    const client = createSentinel({
      name: redis.sentinel.name,
      sentinelRootNodes: [{ host: "127.0.0.1", port: redis.sentinel.port }],
      nodeAddressMap: (address) =>
        address === `127.0.0.1:${port}` ? { host: "127.0.0.1", port: way.address.port } : undefined,
    });
    client.on("error", () => {});
    await client.connect();
    const connection = new RedisConnection(client, 20_000);
    await connection.run("a", "GET");
    way.delay = 200;
    const begun = performance.now();
    await Promise.all(Array.from({ length: 20 }, (_, index) => connection.run(`${index}`, "GET")));
    expect(performance.now() - begun).to.be.lessThan(2_000);
    client.destroy();
  });
});
