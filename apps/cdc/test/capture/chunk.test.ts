import { type Row, unavailableValue } from "@footfall/changes";
import { expect, it } from "vitest";
import type { BoundRelation } from "../../src/capture/bound-relation.ts";
import { Chunk } from "../../src/capture/chunk.ts";
import type { ChunkRows } from "../../src/capture/read-chunk.ts";
import type { CapturedTable } from "../../src/postgres/captured-table.ts";

const table = { name: "public.products" } as CapturedTable;
const relation = { primaryKey: ["id"] } as unknown as BoundRelation;

function opened(rows: readonly Row[], options: { inProgress?: number[]; streamed?: number[] } = {}): Chunk {
  const read: ChunkRows = { relation, rows, lastKey: undefined, unseen: new Set(options.inProgress) };
  const chunk = new Chunk("1", table, Promise.resolve(read));
  chunk.open(read, new Set(options.streamed));
  return chunk;
}

it("gives what the stream did not touch", () => {
  const chunk = opened([{ id: 1 }, { id: 2 }, { id: 3 }]);
  chunk.change({ id: 2 }, { id: 2, name: "newer" });
  chunk.change({ id: 3 }, undefined);
  chunk.change({ id: 4 }, { id: 4 });
  expect(chunk.close()).toEqual([{ id: 1 }]);
});

it("keeps a row whose change lacks its large value, and fills it (redpanda-data/connect PR 4811)", () => {
  const chunk = opened([{ id: 1, name: "old", body: "long" }]);
  chunk.change({ id: 1 }, { id: 1, name: "new", body: unavailableValue });
  chunk.change({ id: 1 }, { id: 1, name: "newest", body: unavailableValue });
  expect(chunk.close()).toEqual([{ id: 1, name: "newest", body: "long" }]);
});

it("drops such a row when the stream says all of it later", () => {
  const chunk = opened([{ id: 1, name: "old", body: "long" }]);
  chunk.change({ id: 1 }, { id: 1, name: "new", body: unavailableValue });
  chunk.change({ id: 1 }, { id: 1, name: "new", body: "longer" });
  expect(chunk.close()).toEqual([]);
});

it("is empty after a truncation", () => {
  const chunk = opened([{ id: 1 }]);
  chunk.truncate();
  expect(chunk.close()).toEqual([]);
});

it("is read again if it did not see a transaction that the stream had before", () => {
  expect(opened([{ id: 1 }], { inProgress: [7, 8], streamed: [5, 8] }).isStale).toBe(true);
  expect(opened([{ id: 1 }], { inProgress: [7], streamed: [5, 8] }).isStale).toBe(false);
});

it("is read again if columns changed in between", () => {
  const chunk = opened([{ id: 1 }]);
  chunk.changeSchema();
  expect(chunk.isStale).toBe(true);
});
