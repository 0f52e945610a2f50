import { seededRandom, uuidv7 } from "@footfall/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DedupIndex } from "../../src/events/dedup-index.ts";

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 23, 9);
const random = seededRandom(7);
/** Few ids and few tenants, so that most ids are in several. */
const ids = Array.from({ length: 40 }, () => uuidv7(nowMs, random));
const tenants = ["", "demo", "other", "shop-3"];

const anAddition = fc.record({
  tenant: fc.constantFrom(...tenants),
  id: fc.constantFrom(...ids),
  hour: fc.nat(30),
  trims: fc.boolean(),
});

test("knows exactly the events by tenant and id, but those of hours that it has dropped", () => {
  fc.assert(
    fc.property(fc.array(anAddition, { maxLength: 300 }), fc.integer({ min: 1, max: 60 }), (additions, idsMax) => {
      const index = new DedupIndex(idsMax);
      const hourOf = new Map<string, number>();
      for (const { tenant, id, hour, trims } of additions) {
        const key = `${tenant} ${id}`;
        const atMs = nowMs + hour * hourMs;
        expect(index.has(tenant, id)).toBe(hourOf.has(key));
        expect(index.add(tenant, id, atMs)).toBe(!hourOf.has(key));
        if (!hourOf.has(key)) hourOf.set(key, atMs);
        if (!trims) continue;
        index.trim();
        expect(index.size).toBeLessThanOrEqual(idsMax);
        for (const [known, ms] of hourOf) {
          const [ofTenant, knownId] = known.split(" ") as [string, string];
          if (index.has(ofTenant, knownId)) continue;
          expect(ms).toBeLessThan(index.horizonMs);
          hourOf.delete(known);
        }
      }
      expect(index.size).toBe(hourOf.size);
    }),
    { numRuns: Number(process.env["FC_RUNS"] ?? 100) },
  );
});
