import type { ClickEvent } from "@footfall/events";
import { expect, test } from "vitest";
import { retryAfterMaxMs } from "../src/retry-rule.ts";
import { type FakeWorld, fakeWorld, type Fate } from "./fake-world.ts";

const hourMs = 3_600_000;
const terms = (world: FakeWorld) => [...world.stored.values()].map(({ search_term }) => search_term);
const tooLarge: Fate = { answer: { status: 413, code: "EVENT_BODY_TOO_LARGE" } };

function search(world: FakeWorld, ...words: string[]) {
  const tab = world.openTab();
  for (const search_term of words) tab.tracker.track("search", { search_term });
  return tab;
}
const has = (events: readonly ClickEvent[], word: string) => events.some(({ search_term }) => search_term === word);

test.each([301, 400, 401, 403, 404, 405, 410, 413, 422])(
  "a %i of a shop that is not set up keeps the queue, asks seldom and says so once",
  async (status) => {
    const world = fakeWorld();
    let requests = 0;
    world.fate = () => {
      requests += 1;
      return { answer: { status, detail: "what to do" } };
    };
    const tab = search(world, "tea", "mug");
    await world.pass(hourMs);
    const inFirstHour = requests;
    expect(inFirstHour).toBeLessThan(60);
    await world.pass(hourMs);
    expect(requests - inFirstHour).toBeGreaterThanOrEqual(hourMs / retryAfterMaxMs);
    expect(requests - inFirstHour).toBeLessThan(40);
    expect(world.refusals).toEqual([{ status, detail: "what to do" }]);
    world.fate = () => ({});
    await world.pass(retryAfterMaxMs);
    expect(terms(world).sort()).toEqual(["mug", "tea"]);
    tab.tracker.track("search", { search_term: "pot" });
    await world.pass(2_000);
    expect(terms(world)).toContain("pot");
  },
);

test("a page opened after the shop was mended sends at once what the pages before could not", async () => {
  const world = fakeWorld();
  world.fate = () => ({ answer: { status: 401, code: "EVENT_KEY_INVALID" } });
  const tab = search(world, "tea");
  await world.pass(hourMs);
  tab.kill();
  world.fate = () => ({});
  world.openTab();
  await world.pass(100);
  expect(terms(world)).toEqual(["tea"]);
});

test("a success that is no collector's keeps the queue and is told", async () => {
  const world = fakeWorld();
  world.fate = () => ({ answer: { status: 200 } });
  search(world, "tea");
  await world.pass(10_000);
  expect(world.refusals).toHaveLength(1);
  world.fate = () => ({});
  await world.pass(retryAfterMaxMs);
  expect(terms(world)).toEqual(["tea"]);
});

test("of a batch that the collector calls too large only the event at fault is dropped, without waiting", async () => {
  const world = fakeWorld();
  world.fate = (events) => (has(events, "huge") ? tooLarge : {});
  search(world, "a", "b", "c", "huge", "d", "e");
  await world.pass(2_000);
  expect(terms(world).sort()).toEqual(["a", "b", "c", "d", "e"]);
  expect(world.store.keys().filter((key) => key.startsWith("footfall.q."))).toEqual([]);
});

test("a collector that takes fewer events at once than a leaving page sends gets them in smaller batches", async () => {
  const world = fakeWorld();
  const words = Array.from({ length: 100 }, (_, index) => String(index));
  world.fate = (events) => (events.length > 6 ? { answer: { status: 413, code: "EVENT_BATCH_TOO_LONG" } } : {});
  search(world, ...words).tracker.leave();
  await world.pass(5_000);
  expect(terms(world)).toHaveLength(100);
});

test("one event that a firewall refuses holds nobody up and is kept", async () => {
  const world = fakeWorld();
  world.fate = (events) => (has(events, "' OR 1=1") ? { answer: { status: 403 } } : {});
  const { tracker } = search(world, "a", "b", "' OR 1=1", "c", "d");
  await world.pass(60_000);
  expect(terms(world).sort()).toEqual(["a", "b", "c", "d"]);
  tracker.track("search", { search_term: "e" });
  await world.pass(retryAfterMaxMs + 60_000);
  expect(terms(world)).toContain("e");
  world.fate = () => ({});
  await world.pass(retryAfterMaxMs);
  expect(terms(world)).toContain("' OR 1=1");
});
