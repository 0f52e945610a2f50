import { seededRandom } from "@footfall/base";
import { parseEvent } from "@footfall/events";
import { describe, expect, it } from "vitest";
import { startCrowd } from "../src/shoppers/crowd.ts";
import { createShoppers, simulateHistory } from "../src/shoppers/history.ts";
import { arrangeShelves, type ShopItem, visit } from "../src/shoppers/visit.ts";

const items: readonly ShopItem[] = Array.from({ length: 24 }, (_, index) => ({
  itemId: `item-${index}`,
  name: `Item ${index}`,
  category: `category-${index % 4}`,
  price: 10 + index,
  related: [`item-${(index + 1) % 24}`, `item-${(index + 5) % 24}`],
}));
const shelves = arrangeShelves(items);
const startMs = Date.UTC(2026, 10, 1);
const endMs = startMs + 3 * 86_400_000;

function history(seed: number, visits = 200): ReturnType<typeof simulateHistory> {
  const random = seededRandom(seed);
  const shoppers = createShoppers(20, shelves, random);
  return simulateHistory({ shoppers, shelves, random, visits, startMs, endMs });
}

describe("simulated shoppers", () => {
  it("write the same history for the same seed, and another for another", () => {
    expect(history(1)).toEqual(history(1));
    expect(history(1)).not.toEqual(history(2));
  });

  it("send only events that the collector accepts, in order of time, with seq without gaps", () => {
    const events = history(3);
    const context = { historic: true, receivedAtMs: endMs + 3_600_000, sentAtMs: endMs, tenant: "demo" };
    expect(events.filter((event) => !parseEvent(event, context).ok)).toEqual([]);
    expect(events.map((event) => event.occurredAtMs)).toEqual(
      events.map((event) => event.occurredAtMs).sort((a, b) => a - b),
    );
    const bySession = groupBy(events, (event) => event.sessionId);
    for (const session of bySession.values()) {
      expect(session.map((event) => event.seq)).toEqual(session.map((_, index) => index + 1));
    }
    expect(new Set(events.map((event) => event.eventId)).size).toBe(events.length);
  });

  it("do everything that shoppers do", () => {
    const names = new Set(history(4, 400).map((event) => event.name));
    expect([...names].sort()).toEqual([
      "add_to_cart",
      "begin_checkout",
      "page_view",
      "purchase",
      "remove_from_cart",
      "search",
      "view_item",
      "view_item_list",
    ]);
  });

  it("follow what a shelf shows and say so", () => {
    const random = seededRandom(5);
    const shopper = { visitorId: "v", favourite: "category-1" };
    const clicks = [];
    for (let i = 0; i < 50; i++) {
      const steps = visit(shopper, shelves, random);
      let next = steps.next();
      while (!next.done) {
        const step = next.value;
        if (step.kind === "send" && step.event.name === "select_item") clicks.push(step.event);
        next = steps.next(step.kind === "ask" ? { requestId: "r-1", itemIds: ["item-7", "item-8"] } : undefined);
      }
    }
    expect(clicks.length).toBeGreaterThan(20);
    for (const { items: clicked, recommendation } of clicks) {
      expect(recommendation?.requestId).toBe("r-1");
      expect(clicked?.[0]?.item_id).toBe(["item-7", "item-8"][recommendation?.position ?? 9]);
    }
  });

  it("go home when told to, however long they think", async () => {
    const random = seededRandom(6);
    const sent: unknown[] = [];
    let firstSent: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => (firstSent = resolve));
    const crowd = startCrowd({
      shoppers: createShoppers(5, shelves, random),
      shelves,
      size: 5,
      thinkScale: 0.001,
      clock: Date.now,
      random,
      send: async (event) => {
        sent.push(event);
        firstSent();
      },
      recommend: async () => {
        throw new Error("no answer");
      },
      onError: () => {},
      pauseMaxMs: 1,
    });
    await hasBegun;
    await crowd.stop();
    const count = sent.length;
    expect(count).toBeGreaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.length).toBe(count);
  });
});

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
