import type { ClickEvent } from "@footfall/events";
import { limits } from "@footfall/events";
import { expect, test } from "vitest";
import { createEventQueue, eventBytesMax, queueBytesMax } from "../src/event-queue.ts";
import { memoryStore } from "../src/key-value-store.ts";
import { leaveEventsMax } from "../src/sender.ts";
import type { TabLocks } from "../src/tab-locks.ts";

const noneAlive: TabLocks = { hold: () => () => {}, ifDead: (_tabId, takeOver) => takeOver() };
const allAlive: TabLocks = { hold: () => () => {}, ifDead: () => {} };

const event = (eventId: string, page_title = ""): ClickEvent => ({
  eventId,
  name: "page_view",
  visitorId: "v",
  sessionId: "s",
  seq: 1,
  occurredAtMs: 1,
  page_title,
});
const ids = (batch: readonly { id: string }[]) => batch.map(({ id }) => id);

test("bounds are the collector's own", () => {
  expect(eventBytesMax).toBe(limits.eventBytesMax);
  expect(leaveEventsMax).toBe(limits.batchEventsMax);
});

test("events are taken oldest first within count and bytes, and only once until settled", () => {
  const queue = createEventQueue({ store: memoryStore(), locks: noneAlive, tabId: "t", key: "k" });
  for (const id of ["a", "b", "c"]) queue.push(event(id));
  queue.push(event("d", "x".repeat(1_000)));
  const first = queue.take(2, 10_000);
  expect(ids(first)).toEqual(["a", "b"]);
  expect(ids(queue.take(9, 1_000))).toEqual(["c"]);
  queue.settle(first, "again");
  expect(ids(queue.take(9, 10_000))).toEqual(["a", "b", "d"]);
});

test("what is put last is taken after all others, also by the next page", () => {
  const store = memoryStore();
  const queue = createEventQueue({ store, locks: noneAlive, tabId: "t", key: "k" });
  for (const id of ["a", "b", "c"]) queue.push(event(id));
  queue.settle(queue.take(1, 10_000), "last");
  queue.reload();
  expect(ids(queue.take(9, 10_000))).toEqual(["b", "c", "a"]);
});

test("an event larger than the batch goes alone; one larger than any collector takes is refused", () => {
  const queue = createEventQueue({ store: memoryStore(), locks: noneAlive, tabId: "t", key: "k" });
  expect(queue.push(event("huge", "x".repeat(eventBytesMax)))).toBe(false);
  queue.push(event("large", "x".repeat(2_000)));
  queue.push(event("small"));
  expect(ids(queue.take(20, 1_000))).toEqual(["large"]);
});

test("what was not settled survives the tab, is taken over once, and stays stored until settled", () => {
  const store = memoryStore();
  const dead = createEventQueue({ store, locks: noneAlive, tabId: "dead", key: "k" });
  dead.push(event("a", "größer ☂"));
  dead.push(event("b"));
  dead.settle(dead.take(1, 10_000), "done");
  const heir = createEventQueue({ store, locks: noneAlive, tabId: "heir", key: "k" });
  heir.push(event("c"));
  let adoptions = 0;
  heir.adopt(() => (adoptions += 1));
  heir.adopt(() => (adoptions += 1));
  expect(adoptions).toBe(1);
  expect(store.keys()).toEqual(["footfall.q.k.heir"]);
  const batch = heir.take(9, 10_000);
  expect(ids(batch)).toEqual(["b", "c"]);
  heir.settle(batch, "done");
  expect(store.keys()).toEqual([]);
});

test("queues of living tabs and of other write keys are left alone", () => {
  const store = memoryStore();
  createEventQueue({ store, locks: allAlive, tabId: "other", key: "k" }).push(event("a"));
  createEventQueue({ store, locks: noneAlive, tabId: "other", key: "k2" }).push(event("b"));
  const queue = createEventQueue({ store, locks: allAlive, tabId: "t", key: "k" });
  queue.adopt(() => expect.unreachable());
  const lonely = createEventQueue({ store, locks: noneAlive, tabId: "t", key: "k3" });
  lonely.adopt(() => expect.unreachable());
  expect(store.keys()).toHaveLength(2);
});

test("foreign text under a queue's key is no queue", () => {
  for (const text of ["", "nonsense", "7", '{"a":1}', '[null,3,{"x":1}]']) {
    const store = memoryStore();
    store.set("footfall.q.k.dead", text);
    const queue = createEventQueue({ store, locks: noneAlive, tabId: "t", key: "k" });
    queue.adopt(() => expect.unreachable());
    expect([queue.length, store.keys()]).toEqual([0, []]);
  }
});

test("all queues together never store more than the bound, and the oldest event gives way", () => {
  const store = memoryStore();
  const queues = ["t1", "t2", "t3"].map((tabId) => createEventQueue({ store, locks: allAlive, tabId, key: "k" }));
  for (let round = 0; round < 40; round += 1) {
    queues.forEach((queue, tab) => queue.push(event(`${tab}-${round}`, "é".repeat(4_000))));
    const stored = store.keys().reduce((sum, key) => sum + Buffer.byteLength(store.get(key) ?? ""), 0);
    expect(stored).toBeLessThanOrEqual(queueBytesMax);
  }
  const [first] = queues;
  const kept = ids(first!.take(1_000, Infinity));
  expect(kept.length).toBeLessThan(40);
  expect(kept.at(-1)).toBe("0-39");
});

test("reload keeps only what no other tab took over meanwhile", () => {
  const store = memoryStore();
  const asleep = createEventQueue({ store, locks: noneAlive, tabId: "asleep", key: "k" });
  asleep.push(event("a"));
  const heir = createEventQueue({ store, locks: noneAlive, tabId: "heir", key: "k" });
  heir.adopt(() => {});
  asleep.reload();
  expect([asleep.length, heir.length]).toEqual([0, 1]);
});
