import type { TenantId } from "@footfall/base";
import { limits, parseEvent } from "@footfall/events";
import { expect, test } from "vitest";
import { batchBytesMax, batchEventsMax } from "../src/sender.ts";
import { sessionIdleMaxMs } from "../src/session.ts";
import { pendingCallsMax } from "../src/tracker.ts";
import { fakeWorld, startMs } from "./fake-world.ts";

test("one second's events go as one batch in the agreed envelope", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  tracker.track("page_view", { page_location: "https://shop.example/" });
  tracker.identify("customer-1");
  tracker.track("view_item", { items: [{ item_id: "p1", price: 2.5 }] });
  await world.pass(999);
  expect(world.requests).toHaveLength(0);
  await world.pass(2);
  expect(world.requests).toHaveLength(1);
  const [{ key, sentAtMs, events }] = world.requests as [(typeof world.requests)[0]];
  expect([key, sentAtMs]).toEqual(["k", startMs + 1_000]);
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(events).toEqual([
    {
      eventId: expect.stringMatching(uuid),
      name: "page_view",
      visitorId: tracker.visitorId(),
      sessionId: tracker.sessionId(),
      seq: 1,
      occurredAtMs: startMs,
      page_location: "https://shop.example/",
    },
    expect.objectContaining({
      name: "view_item",
      seq: 2,
      userId: "customer-1",
      items: [{ item_id: "p1", price: 2.5 }],
    }),
  ]);
  expect(tracker.visitorId()).toMatch(uuid);
  const context = { tenant: "t" as TenantId, historic: false, sentAtMs, receivedAtMs: sentAtMs };
  for (const event of events) expect(parseEvent(event, context)).toMatchObject({ ok: true });
  await world.pass(60_000);
  expect(world.requests).toHaveLength(1);
});

test("a click that leads away does not wait", async () => {
  const world = fakeWorld();
  world.openTab().tracker.track("select_item", { items: [{ item_id: "p1" }] });
  await world.pass(0);
  expect(world.requests).toHaveLength(1);
});

test("batches keep to the count and to the bytes", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  for (let count = 0; count < 50; count += 1) tracker.track("search", { search_term: "tea" });
  for (let count = 0; count < 8; count += 1) tracker.track("search", { search_term: "x".repeat(20_000) });
  await world.pass(5_000);
  expect(world.requests.map(({ events }) => events.length)).toEqual([20, 20, 12, 2, 2, 2]);
  for (const { events } of world.requests) {
    expect(events.length).toBeLessThanOrEqual(batchEventsMax);
    expect(JSON.stringify(events).length).toBeLessThanOrEqual(batchBytesMax + 2);
  }
});

test("after a 503 the same events go again, not before Retry-After, in this tab and in new ones", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  let attempts = 0;
  world.fate = () => ((attempts += 1) === 1 ? { answer: { status: 503, retryAfter: "30" } } : {});
  tracker.track("page_view");
  await world.pass(2_000);
  const other = world.openTab();
  other.tracker.track("select_item");
  await tracker.flush();
  tracker.leave();
  await world.pass(28_000);
  expect([attempts, world.stored.size]).toEqual([1, 0]);
  await world.pass(5_000);
  expect(world.stored.size).toBe(2);
});

test("a tab closed right after a click loses nothing: the next page sends what has no receipt", async () => {
  const world = fakeWorld();
  const tab = world.openTab();
  tab.tracker.track("page_view");
  tab.kill();
  await world.pass(60_000);
  expect(world.stored.size).toBe(0);
  world.openTab();
  await world.pass(2_000);
  expect(world.stored.size).toBe(1);
  expect(world.store.keys().filter((key) => key.startsWith("footfall.q."))).toEqual([]);
});

test("leaving sends at once what is not on its way, and only that", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  world.fate = () => ({ takesMs: 100 });
  tracker.track("select_item");
  await world.pass(0);
  tracker.track("page_view");
  tracker.leave();
  tracker.suspend();
  expect(world.requests.map(({ events }) => events.map(({ name }) => name))).toEqual([["select_item"], ["page_view"]]);
  await world.pass(60_000);
  expect(world.requests).toHaveLength(2);
});

test("a page back from the back/forward cache goes on with the same session and sends nothing twice", async () => {
  const world = fakeWorld();
  const asleep = world.openTab();
  world.fate = () => ({ answer: { status: 0 } });
  asleep.tracker.track("page_view");
  asleep.tracker.suspend();
  await world.pass(10);
  world.fate = () => ({});
  world.openTab();
  await world.pass(5_000);
  asleep.tracker.resume();
  asleep.tracker.track("page_view");
  await world.pass(90_000);
  expect(world.requests.map(({ events }) => events.map(({ seq }) => seq))).toEqual([[1], [2]]);
});

test("two tabs share visitor and session, and number their events together", async () => {
  const world = fakeWorld();
  const tabs = [world.openTab(), world.openTab()];
  for (let count = 0; count < 6; count += 1) tabs[count % 2]!.tracker.track("page_view");
  await world.pass(2_000);
  const events = [...world.stored.values()];
  expect(new Set(events.map(({ visitorId }) => visitorId)).size).toBe(1);
  expect(new Set(events.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(events.map(({ seq }) => seq as number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("after 30 idle minutes the visitor stays, the session is new and counts from 1", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  tracker.track("page_view");
  const before = [tracker.visitorId(), tracker.sessionId()];
  await world.pass(sessionIdleMaxMs);
  tracker.track("page_view");
  await world.pass(2_000);
  expect(tracker.visitorId()).toBe(before[0]);
  expect(tracker.sessionId()).not.toBe(before[1]);
  expect([...world.stored.values()].map(({ seq }) => seq)).toEqual([1, 1]);
});

test("an event too large for any collector takes no number", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab();
  tracker.track("page_view");
  tracker.track("search", { search_term: "x".repeat(limits.eventBytesMax) });
  tracker.track("page_view");
  await world.pass(2_000);
  expect([...world.stored.values()].map(({ seq }) => seq)).toEqual([1, 2]);
});

test("while consent is required nothing is stored or sent; granted, the waiting calls go with their own times", async () => {
  const world = fakeWorld();
  const { tracker } = world.openTab({ consent: "required" });
  for (let count = 0; count < pendingCallsMax + 10; count += 1) tracker.track("page_view");
  await world.pass(5_000);
  expect([world.store.keys(), world.requests.length, tracker.visitorId(), tracker.sessionId()]).toEqual([
    [],
    0,
    undefined,
    undefined,
  ]);
  tracker.setConsent("granted");
  await world.pass(5_000);
  const events = [...world.stored.values()];
  expect(events).toHaveLength(pendingCallsMax);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.every(({ occurredAtMs }) => occurredAtMs === startMs)).toBe(true);
});

test("denied, nothing is sent any more and everything stored is removed", async () => {
  const world = fakeWorld();
  world.store.set("cart", "the shop's own");
  const { tracker } = world.openTab();
  tracker.track("page_view");
  expect(world.store.keys().length).toBeGreaterThan(2);
  tracker.setConsent("denied");
  tracker.track("page_view");
  tracker.leave();
  await world.pass(60_000);
  expect([world.store.keys(), world.requests.length, tracker.visitorId()]).toEqual([["cart"], 0, undefined]);
});

test("a browser that forbids tracking wins over the shop's consent", async () => {
  const world = fakeWorld();
  world.store.set("footfall.visitor", "from before");
  const { tracker } = world.openTab({ consent: "forbidden" });
  tracker.setConsent("granted");
  tracker.track("page_view");
  tracker.resume();
  await world.pass(5_000);
  expect([world.store.keys(), world.requests.length, tracker.visitorId()]).toEqual([[], 0, undefined]);
});
