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
});
