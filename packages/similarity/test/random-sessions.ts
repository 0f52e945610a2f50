import fc from "fast-check";
import { type ItemSessions, ItemSessionsBuilder } from "../src/item-sessions.ts";

/** A session as a test writes it: item indices in order, and its end. */
export interface PlainSession {
  readonly items: readonly number[];
  readonly endMs: number;
  /** Default: one of its own. */
  readonly visitor?: number;
}

export const itemCountOfTests = 12;

export const plainSessions: fc.Arbitrary<PlainSession[]> = fc.array(
  fc.record({
    items: fc.array(fc.nat(itemCountOfTests - 1), { minLength: 1, maxLength: 8 }),
    endMs: fc
      .integer({ min: 1_700_000_000_000, max: 1_700_000_000_000 + 9_000_000_000 })
      .map((ms) => ms - (ms % 3 && ms % 1e8)),
    visitor: fc.nat(5),
  }),
  { minLength: 1, maxLength: 40 },
);

interface Row {
  readonly key: number;
  readonly visitor: number;
  readonly endMs: number;
  readonly position: number;
  readonly item: number;
}

export function rowsOf(sessions: readonly PlainSession[]): Row[] {
  return sessions.flatMap(({ items, endMs, visitor }, key) =>
    items.map((item, position) => ({ key, visitor: visitor ?? key, endMs, position, item })),
  );
}

export function buildFromRows(rows: readonly Row[], itemCount = itemCountOfTests): ItemSessions {
  const builder = new ItemSessionsBuilder(itemCount, rows.length);
  builder.add(
    {
      sessionKeys: Int32Array.from(rows.flatMap(({ key }) => [key, -key])),
      visitorKeys: Int32Array.from(rows.flatMap(({ visitor }) => [visitor, 7])),
      sessionEndsMs: Float64Array.from(rows, ({ endMs }) => endMs),
      positions: Int32Array.from(rows, ({ position }) => position),
      items: Int32Array.from(rows, ({ item }) => item),
      weights: new Int32Array(rows.length).fill(1),
    },
    rows.length,
  );
  return builder.finish();
}

export function buildSessions(sessions: readonly PlainSession[], itemCount = itemCountOfTests): ItemSessions {
  return buildFromRows(rowsOf(sessions), itemCount);
}
