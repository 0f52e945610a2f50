import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ItemSessionsBuilder, sliceSessions } from "../src/item-sessions.ts";
import { orderByTime } from "../src/time-order.ts";
import { buildFromRows, buildSessions, itemCountOfTests, plainSessions, rowsOf } from "./random-sessions.ts";

describe("ItemSessionsBuilder", () => {
  it("orders sessions by end and clicks by position, whatever the order of the rows", () => {
    const shuffled = plainSessions.chain((sessions) => {
      const rows = rowsOf(sessions);
      return fc.tuple(fc.constant(sessions), fc.shuffledSubarray(rows, { minLength: rows.length }));
    });
    fc.assert(
      fc.property(shuffled, ([plain, rows]) => {
        const built = buildFromRows(rows);
        expect(built).toEqual(buildSessions(plain));
        const expected = plain
          .map(({ items, endMs, visitor }, key) => ({ items, endMs, key, visitor: visitor! }))
          .sort((a, b) => a.endMs - b.endMs || b.key - a.key);
        expect([...built.endTimesMs]).toEqual(expected.map(({ endMs }) => endMs));
        const visitors = [...new Set(expected.map(({ visitor }) => visitor))];
        expect([...built.visitors!]).toEqual(expected.map(({ visitor }) => visitors.indexOf(visitor)));
        expected.forEach(({ items }, session) => {
          expect([...built.items.subarray(built.offsets[session], built.offsets[session + 1])]).toEqual(items);
        });
      }),
    );
  });

  it("keeps long sessions and many sessions apart and in order", () => {
    const long = { items: Array.from({ length: 500 }, (_, at) => at % itemCountOfTests), endMs: 5 };
    const many = Array.from({ length: 5000 }, (_, at) => ({ items: [at % itemCountOfTests], endMs: 10 + at }));
    const rows = rowsOf([long, ...many]).reverse();
    expect(buildFromRows(rows)).toEqual(buildSessions([long, ...many]));
    expect(buildFromRows(rows).sessionCount).toBe(5001);
  });

  it("refuses an empty set", () => {
    expect(() => new ItemSessionsBuilder(3, 0).finish()).toThrow(expect.objectContaining({ code: "MODEL_NO_DATA" }));
  });

  it("slices without copying", () => {
    const whole = buildSessions([
      { items: [0, 1], endMs: 1 },
      { items: [2], endMs: 2 },
      { items: [3, 4], endMs: 3 },
    ]);
    const slice = sliceSessions(whole, 1, 3);
    expect(slice.items).toBe(whole.items);
    expect([...slice.offsets]).toEqual([2, 3, 5]);
  });
});

describe("orderByTime", () => {
  it("sorts like a comparator", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(5), fc.maxSafeNat()), { maxLength: 50 }), (times) => {
        const expected = times.map((_, index) => index).sort((a, b) => times[a]! - times[b]! || b - a);
        expect([...orderByTime(Float64Array.from(times), (a, b) => b - a)]).toEqual(expected);
      }),
    );
  });
});
