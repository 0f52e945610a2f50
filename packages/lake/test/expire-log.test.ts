import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { expireLog, type Lake, type LakeTable, type LakeVersion, type TableSchema } from "../src/index.ts";
import { checkpointInterval } from "../src/lake-table.ts";
import { testLake } from "./lake-fixture.ts";

const dayMs = 86_400_000;
const retentionMs = 30 * dayMs;
const numbers: TableSchema = {
  name: "numbers",
  columns: [{ name: "id", type: "long", description: "Unique." }],
  partitionColumns: [],
};

async function commitMany(table: LakeTable, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const from = (await table.snapshot()).version;
    const add = [{ path: `${from}.parquet`, partition: {}, rows: 1, bytes: 1 }];
    await table.commit({ add, progress: new Map([["clicks-0", BigInt(from)]]), operation: "append" });
  }
}

async function reopened(open: () => Promise<Lake>): Promise<LakeTable> {
  return (await open()).table(numbers);
}

it("any interleaving of commits, passing days and expiry leaves the same snapshots, also after a crash in it", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("commit" as const), count: fc.integer({ min: 1, max: 70 }) }),
    fc.record({ kind: fc.constant("days" as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("expire" as const), count: fc.constant(0) }),
    fc.record({ kind: fc.constant("crash" as const), count: fc.integer({ min: 0, max: 60 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const { lake, clock, open } = await testLake();
      const table = await lake.table(numbers);
      const sleeper = await reopened(open);
      const committedMs = [clock.now()];
      for (const { kind, count } of steps) {
        if (kind === "commit") {
          await commitMany(table, count);
          for (let i = 0; i < count; i += 1) committedMs.push(clock.now());
        } else if (kind === "days") clock.advance(count * dayMs);
        else if (kind === "expire") await expireLog(lake, table, { retentionMs, clock: clock.now });
        else {
          const beforeDelete = dyingAfter(count);
          await expireLog(lake, table, { retentionMs, clock: clock.now, beforeDelete }).catch(() => {});
        }
      }
      const newest = await table.snapshot();
      expect(newest.version).toBe(committedMs.length - 1);
      const again = await reopened(open);
      for (const other of [again, sleeper]) expect(await other.snapshot()).toEqual(newest);
      const keptMs = clock.now() - retentionMs;
      for (const version of committedMs.keys()) {
        const isKept = (committedMs[version + 1] ?? Infinity) >= keptMs;
        if (!isKept || version % 7 !== 0) continue;
        expect((await again.snapshot(version as LakeVersion)).files).toHaveLength(version);
      }
      await commitMany(sleeper, 1);
      expect((await table.snapshot()).version).toBe(committedMs.length);
    }),
    { numRuns: 8 },
  );
}, 240_000);

/** Throws at its call of this number. */
function dyingAfter(calls: number): () => void {
  let left = calls;
  return () => {
    left -= 1;
    if (left < 0) throw new Error("the process dies here");
  };
}

async function expiredTable() {
  const test = await testLake();
  const table = await test.lake.table(numbers);
  await commitMany(table, checkpointInterval + 5);
  test.clock.advance(retentionMs + 1);
  return { ...test, table };
}

it("keeps what a checkpoint does not make dispensable, and says what a reader asks in vain for", async () => {
  const { lake, table, clock } = await expiredTable();
  expect(await expireLog(lake, table, { retentionMs: 2 * retentionMs, clock: clock.now })).toEqual({
    entriesRemoved: 0,
  });
  expect(await expireLog(lake, table, { retentionMs, clock: clock.now })).toEqual({ entriesRemoved: 50 });
  expect(await expireLog(lake, table, { retentionMs, clock: clock.now })).toEqual({ entriesRemoved: 0 });
  await expect(table.snapshot(49 as LakeVersion)).rejects.toMatchObject({ code: "LAKE_VERSION_UNKNOWN" });
  expect((await table.snapshot(50 as LakeVersion)).files).toHaveLength(50);
  expect((await table.addedSince(52 as LakeVersion)).files).toHaveLength(3);
  expect((await table.addedSince(10 as LakeVersion)).files).toHaveLength(55);
});

it("finds the table without the hint, and takes it for damaged, not for empty, without the checkpoint", async () => {
  const { lake, open, table, clock } = await expiredTable();
  await expireLog(lake, table, { retentionMs, clock: clock.now });
  await rm(join(table.folder, "_delta_log", "_last_checkpoint"));
  expect(await (await reopened(open)).snapshot()).toEqual(await table.snapshot());
  await rm(join(table.folder, "_delta_log", `${"50".padStart(20, "0")}.checkpoint.parquet`));
  await expect(reopened(open)).rejects.toMatchObject({ code: "LAKE_COMMIT_CORRUPT" });
});

it("deletes nothing for a checkpoint that cannot be read", async () => {
  const { lake, open, table, clock } = await expiredTable();
  await truncate(join(table.folder, "_delta_log", `${"50".padStart(20, "0")}.checkpoint.parquet`), 100);
  const expiring = expireLog(lake, table, { retentionMs, clock: clock.now });
  await expect(expiring).rejects.toMatchObject({ code: "LAKE_FILE_CORRUPT" });
  expect((await (await reopened(open)).snapshot()).files).toHaveLength(55);
});
