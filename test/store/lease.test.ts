import { expect } from "chai";
import { isLeaseRecord, Lease, type LeaseRecord } from "../../src/store/lease.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Peer } from "../../src/store/peer.js";
import type { Store } from "../../src/store/store.js";
import { FakeClock, settled } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";

interface Noted extends LeaseRecord {
  readonly note?: string;
}

describe("Lease", () => {
  it("puts back the newest that it knows where the store has lost it while a renewal was on its way", async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ now: clock.now });
    let arrive = () => {};
    const onItsWay = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const store: Store = Object.assign(new SharedMemory(clock, inner), {
      exchange: async (...given: Parameters<Store["exchange"]>) => {
        await onItsWay;
        return inner.exchange(...given);
      },
    });
    const leaseOn = (on: Store) =>
      new Lease<Noted>({
        ...{ store: on, key: "k", clock, peer: new Peer() },
        parse: (value) => (isLeaseRecord(value) ? value : undefined),
        interested: () => [lease.ticket, other.ticket],
        again: (record) => record,
        changed: () => {},
      });
    const lease: Lease<Noted> = leaseOn(store);
    const other: Lease<Noted> = leaseOn(new SharedMemory(clock, inner));
    const first = { holder: lease.ticket, ms: 6_000, ttl: 60_000, revision: 0 };
    lease.hear();
    await lease.enter(first);
    await other.enter(first);
    const renewed = lease.renew();
    await other.update((record) => ({ ...record, note: "promised" }));
    await settled();
    expect(lease.record?.note).to.equal("promised");
    await inner.delete("k");
    arrive();
    await renewed;
    expect((await inner.get("k")) ?? "").to.include("promised");
  });

  for (const ms of [1e-7, 0.3, 6]) {
    it(`is renewed no more often than the store can bear where somebody has made its time ${ms} ms`, async () => {
      const clock = new FakeClock();
      const inner = new MemoryStore({ now: clock.now });
      let renewals = 0;
      const store: Store = Object.assign(new SharedMemory(clock, inner), {
        exchange: (...given: Parameters<Store["exchange"]>) => {
          renewals += 1;
          return inner.exchange(...given);
        },
      });
      const lease = new Lease<Noted>({
        ...{ store, key: "k", clock, peer: new Peer(), interested: () => [], changed: () => {} },
        parse: (value) => (isLeaseRecord(value) ? value : undefined),
        again: (record) => record,
      });
      const first = { holder: lease.ticket, ms: 6_000, ttl: 60_000, revision: 0 };
      await inner.set("k", JSON.stringify({ ...first, ms }), 60_000);
      await lease.enter(first);
      lease.keep();
      await clock.pass(1_000);
      lease.rest();
      expect(renewals).to.be.within(50, 100);
    });
  }

  /** A holder who knows the fifth note, where the store has lost all of them and somebody has begun anew. */
  const overtaken = async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ now: clock.now });
    const store: Store = new SharedMemory(clock, inner);
    const lease = new Lease<Noted>({
      ...{ store, key: "k", clock, peer: new Peer(), interested: () => [], changed: () => {} },
      parse: (value) => (isLeaseRecord(value) ? value : undefined),
      again: (record) => record,
      correct: (there: Noted, known: Noted) =>
        (known.note ?? "") > (there.note ?? "") ? known : undefined,
    });
    await lease.enter({ holder: lease.ticket, ms: 6_000, ttl: 60_000, revision: 0 });
    lease.keep();
    for (const note of "12345") await lease.update((record) => ({ ...record, note }));
    const anew = { holder: "other", ms: 6_000, ttl: 60_000, revision: 0, note: "0" };
    await inner.set("k", JSON.stringify(anew), 60_000);
    return { clock, inner, store, lease };
  };

  it("knows what it knew when the store fails while it is corrected", async () => {
    const { inner, store, lease } = await overtaken();
    const { exchange } = store;
    store.exchange = async () => {
      throw new Error("lost");
    };
    const failed = await lease.putBack(lease.record as Noted).catch((error: Error) => error);
    expect(failed).to.have.property("message", "lost");
    expect(lease.record?.note).to.equal("5");
    store.exchange = exchange;
    await lease.putBack(lease.record as Noted);
    expect((await inner.get("k")) ?? "").to.include('"note":"5"');
  });

  it("is renewed when it was just being corrected", async () => {
    const { clock, inner, store, lease } = await overtaken();
    const { exchange } = store;
    store.exchange = async (...given) => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1_400));
      return exchange(...given);
    };
    await clock.pass(7_000);
    store.exchange = exchange;
    await clock.pass(20_000);
    const { held } = await inner.enter("k", "nothing", 60_000);
    expect(lease.isHeld).to.equal(true);
    expect(held?.left).to.be.greaterThan(57_000);
  });
});
