import { expect, it } from "vitest";
import { LatestPositions } from "../src/latest-positions.ts";

const first = { topic: "cdc.public.products", partition: 0 };
const second = { topic: "cdc.public.products", partition: 1 };

it("takes a change once, by partition, also after a restart among changes of one lsn (debezium/dbz#1554)", () => {
  const positions = new LatestPositions([first, second], new Map());
  expect(positions.isNew(first, { lsn: 5n, index: 0 })).toBe(true);
  expect(positions.isNew(first, { lsn: 5n, index: 1 })).toBe(true);
  expect(positions.isNew(second, { lsn: 4n, index: 7 })).toBe(true);
  expect(positions.isNew(first, { lsn: 5n, index: 0 })).toBe(false);
  const stored = new Map(positions.change());
  expect(positions.change().size).toBe(0);
  const again = new LatestPositions([first, second], stored);
  expect(again.isNew(first, { lsn: 5n, index: 1 })).toBe(false);
  expect(again.isNew(second, { lsn: 4n, index: 7 })).toBe(false);
  expect(again.isNew(second, { lsn: 4n, index: 8 })).toBe(true);
  expect(again.isNew(first, { lsn: 6n, index: 0 })).toBe(true);
});
