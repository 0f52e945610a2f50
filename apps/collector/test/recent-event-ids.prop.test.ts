import { seededRandom, uuidv7 } from "@footfall/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentEventIds } from "../src/recent-event-ids.ts";

const random = seededRandom(1);
const someIds = Array.from({ length: 60 }, () => uuidv7(1_700_000_000_000, random));

describe("RecentEventIds", () => {
  it("knows the last half of its bound, at most its bound, and never an id that was not added", () => {
    const steps = fc.array(fc.nat(someIds.length - 1), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (idsMax, indices) => {
        const recent = new RecentEventIds(idsMax);
        const added: string[] = [];
        for (const index of indices) {
          const id = someIds[index]!;
          if (!added.includes(id)) expect(recent.has(id)).toBe(false);
          if (recent.has(id)) continue;
          recent.add(id);
          added.push(id);
          const half = Math.max(1, Math.floor(idsMax / 2));
          for (const last of added.slice(-half)) expect(recent.has(last)).toBe(true);
          expect(recent.size).toBeLessThanOrEqual(Math.max(2, idsMax));
        }
      }),
    );
  });

  it("tells ids apart that differ in one digit, wherever it is", () => {
    const recent = new RecentEventIds(100);
    const id = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
    recent.add(id);
    for (let place = 0; place < id.length; place += 1) {
      if (id[place] === "-") continue;
      const other = `${id.slice(0, place)}${id[place] === "0" ? "1" : "0"}${id.slice(place + 1)}`;
      expect(recent.has(other)).toBe(false);
    }
    expect(recent.has(id)).toBe(true);
  });
});
