import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importClickLog } from "@footfall/aggregator/import";
import { type Lake, openLake } from "@footfall/lake";
import { train } from "@footfall/trainer";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nowMs, type RunningRecommender, startRecommender } from "../../apps/recommender/test/running-recommender.ts";
import { showCase } from "./cases-report.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let recommender: RunningRecommender;
let lake: Lake;
beforeEach(async () => {
  recommender = await startRecommender();
  lake = await openLake({ root: join(recommender.storageDir, "tables"), clock: recommender.clock.now, threads: 1 });
});
afterEach(async () => {
  await lake.close();
  await recommender.close();
});

/** Visits that begin at full seconds, which is what GA4 takes for their ids: two visitors each, of one item each. */
function visitsOfSeconds(seconds: number): object[] {
  const startMs = nowMs - 40 * 86_400_000;
  return Array.from({ length: seconds }, (_, second) => {
    const beganMs = startMs + second * 60_000;
    return ["P", "Q"].map((item_id, visitor) => ({
      eventId: `00000000-0000-4000-8001-${String(2 * second + visitor).padStart(12, "0")}`,
      name: "view_item",
      visitorId: `${item_id} ${second}`,
      sessionId: String(beganMs / 1000),
      occurredAtMs: beganMs + 300 * visitor,
      items: [{ item_id }],
    }));
  }).flat();
}

async function importLines(events: readonly object[], tenant: string) {
  const file = join(recommender.storageDir, "clicks.jsonl");
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const { now: clock } = recommender.clock;
  return importClickLog({ lake, clock, format: "jsonl", file, tenant, reject: async () => {} });
}

describe("what identifies a session", () => {
  it("is the visitor too: items of two visitors with one session id are not similar", async () => {
    const visits = visitsOfSeconds(60);
    // Both items of some visits: that is what makes neighbours.
    const together = ["R", "S"].map((item_id) => ({ items: [{ item_id }] }));
    const pairs = visits.slice(0, 40).flatMap((visit, at) =>
      together.map((items, place) => ({
        ...visit,
        ...items,
        visitorId: `pair ${at}`,
        eventId: `00000000-0000-4000-8002-${String(2 * at + place).padStart(12, "0")}`,
      })),
    );
    expect(await importLines([...visits, ...pairs], "demo")).toMatchObject({ accepted: 200, rejected: 0 });
    const [mixed] = await lake.query("SELECT 1 FROM sessions WHERE position > 1 AND item_id IN ('P', 'Q') LIMIT 1");
    expect(mixed).toBeUndefined();
    const models = join(recommender.storageDir, "models");
    const trained = await train({ lake, models, tenant: "demo", clock: recommender.clock.now });
    expect(trained).toMatchObject({ outcome: "published", sizes: { sessions: 160 } });
    const neighborsOf = async (itemId: string): Promise<string[]> => {
      const { body } = await recommender.ask(`?itemId=${itemId}&key=page`);
      return body.items.filter(({ source }) => source === "item").map(({ itemId: id }) => id);
    };
    await waitFor(async () => (await neighborsOf("R")).includes("S"), { what: "the model to be served" });
    expect(await neighborsOf("P")).toEqual([]);
    await showCase(
      "one session id (a second, as GA4 has it) of two visitors",
      "two sessions, no neighbours of each other",
    );
  });
});

describe("what identifies a duplicate", () => {
  it("is the tenant too: one file imported to two shops is whole in both, and a repeat within each", async () => {
    const visits = visitsOfSeconds(10);
    for (const tenant of ["a", "b"]) {
      expect(await importLines(visits, tenant)).toMatchObject({ accepted: 20, duplicate: 0 });
      expect(await importLines(visits, tenant)).toMatchObject({ accepted: 0, duplicate: 20 });
    }
    for (const table of ["events", "sessions"]) {
      const rows = await lake.query(
        `SELECT tenant, count(*)::INTEGER AS n FROM ${table} GROUP BY tenant ORDER BY tenant`,
      );
      expect(rows).toEqual(["a", "b"].map((tenant) => ({ tenant, n: 20 })));
    }
    await showCase("one file imported to two shops, twice each", "whole in both; the second time only duplicates");
  });
});
