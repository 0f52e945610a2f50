import { type Random, uuidv7 } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";
import { type Shelves, type Shopper, visit } from "./visit.ts";

export interface HistoryOptions {
  readonly shoppers: readonly Shopper[];
  readonly shelves: Shelves;
  readonly random: Random;
  readonly visits: number;
  /** Visits begin in [startMs, endMs); their last steps may lie after it. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Makes shoppers with tastes. Ids depend on `random` alone. */
export function createShoppers(count: number, shelves: Shelves, random: Random): readonly Shopper[] {
  return Array.from({ length: count }, () => ({
    visitorId: `v-${uuidv7(0, random).slice(19)}`,
    favourite: shelves.categories[Math.floor(random() * shelves.categories.length)] ?? "",
  }));
}

/** Past visits as events in order of time: what the shop would have seen with the tracker in its pages. */
export function simulateHistory(options: HistoryOptions): readonly ClickEvent[] {
  const { shoppers, shelves, random, visits, startMs, endMs } = options;
  const events: ClickEvent[] = [];
  for (let i = 0; i < visits; i++) {
    const shopper = shoppers[Math.floor(random() * shoppers.length)];
    if (!shopper) break;
    let timeMs = startMs + Math.floor(random() * (endMs - startMs));
    const sessionId = uuidv7(timeMs, random);
    let seq = 0;
    for (const step of visit(shopper, shelves, random)) {
      timeMs += step.thinkMs;
      if (step.kind === "ask") continue;
      seq += 1;
      events.push({
        eventId: uuidv7(timeMs, random),
        visitorId: shopper.visitorId,
        sessionId,
        seq,
        occurredAtMs: timeMs,
        ...step.event,
      });
    }
  }
  return events.sort((a, b) => a.occurredAtMs - b.occurredAtMs);
}
