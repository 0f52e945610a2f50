import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { stringifyExactJson, unavailableValue } from "@footfall/changes";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { LakeReplica, type LakeReplicaOptions } from "../../src/lake/lake-replica.ts";
import { RefusedChangeError, type PlacedChange } from "../../src/replica.ts";
import { placedChange, testLake, type TestLake, topic } from "./lake-fixture.ts";
import { readTable } from "./read-tables.ts";

vi.setConfig({ testTimeout: 240_000 });

const none = new Map<string, bigint>();

async function openReplica(bench: TestLake, options: Partial<LakeReplicaOptions> = {}): Promise<LakeReplica> {
  const lake = options.lake ?? (await bench.open());
  return LakeReplica.open({ clock: bench.clock.now, materializeIntervalMs: 0, ...options, lake });
}

function sortedRows(rows: Iterable<string | null>): string[] {
  return [...rows].map(String).sort();
}

/** Batches of changes in two partitions as a source tells them, and what is then there, by a Map. */
const turn = fc.record({
  operation: fc.constantFrom("put", "put", "put", "delete", "truncate", "commit", "materialize"),
  id: fc.integer({ min: 0, max: 8 }),
  note: fc.string({ unit: "binary", maxLength: 4 }),
  isLacking: fc.boolean(),
});

describe("lake replica", () => {
  it("has after every rewrite the rows of a Map, and in the history every change once", async () => {
    const bench = await testLake();
    const lake = await bench.open();
    const replica = await openReplica(bench, { lake });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 60 }), async (steps) => {
        await replica.reset();
        const rows = new Map<number, string>();
        const notes = new Map<number, string>();
        const told: string[] = [];
        let batch: PlacedChange[] = [];
        let stored = 0n;
        const flush = async (): Promise<void> => {
          await replica.store(
            batch,
            new Map([["n", stored + 1n]]),
            new Map([["n", stored === 0n ? undefined : stored]]),
          );
          stored += 1n;
          batch = [];
        };
        for (const [at, { operation, id, note, isLacking }] of steps.entries()) {
          const key = { id: 9007199254740993n + BigInt(id) };
          const partition = id % 2;
          const position = { lsn: 9007199254740993n + BigInt(at >> 1), index: at % 2 };
          if (operation === "put") {
            const isKept = isLacking && notes.has(id);
            if (!isKept) notes.set(id, note);
            const row = { ...key, at, note: notes.get(id)! };
            rows.set(id, stringifyExactJson(row));
            told.push(`${position.lsn}.${position.index} ${stringifyExactJson(row)}`);
            const after = isKept ? { ...row, note: unavailableValue } : row;
            batch.push(placedChange({ operation: isKept ? "update" : "create", key, after, position }, partition));
          } else if (operation === "delete") {
            rows.delete(id);
            notes.delete(id);
            told.push(`${position.lsn}.${position.index} null`);
            batch.push(placedChange({ operation, key, position }, partition));
          } else if (operation === "truncate") {
            for (const other of [...rows.keys()].filter((each) => each % 2 === partition)) {
              rows.delete(other);
              notes.delete(other);
            }
            told.push(`${position.lsn}.${position.index} null`);
            batch.push(placedChange({ operation, key: {}, position }, partition));
          } else {
            await flush();
            if (operation !== "materialize") continue;
            await replica.materialize();
            const present = await readTable(bench.root, "products");
            expect(sortedRows(present.map(({ row }) => row!))).toEqual(sortedRows(rows.values()));
          }
        }
        await flush();
        await replica.materialize();
        const present = await readTable(bench.root, "products");
        expect(sortedRows(present.map(({ row }) => row!))).toEqual(sortedRows(rows.values()));
        const history = await readTable(bench.root, "products_history");
        const found = history.map(({ lsn, change_index: index, row_after: row }) => `${lsn}.${index} ${row}`);
        expect(sortedRows(found)).toEqual(sortedRows(told));
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 15) },
    );
    await replica.close();
  });

  it("shows an ordinary reader both tables, row by row", async () => {
    const bench = await testLake();
    const lake = await bench.open();
    const replica = await openReplica(bench, { lake });
    const old = { id: 1, price: "19.90", tags: ["a", "b"] };
    const rows = { created: { ...old, note: 'say "é😀"' }, updated: { ...old, price: "9.90", note: null } };
    await replica.store(
      [
        placedChange({ after: rows.created, transaction: { id: "77", totalOrder: 1, tableOrder: 1 } }),
        placedChange({
          operation: "update",
          before: rows.created,
          after: rows.updated,
          position: { lsn: 2n, index: 3 },
        }),
        placedChange({ operation: "read", key: { id: 2 }, after: { id: 2 } }, 1),
        placedChange({ operation: "delete", key: { id: 2 }, position: { lsn: 3n, index: 0 } }, 1),
      ],
      none,
      none,
    );
    await replica.materialize();
    const times = { changed_at: "2023-11-14 22:13:20+00", captured_at: "2023-11-14 22:13:20.5+00" };
    const utc = (row: Readonly<Record<string, string | null>>) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          name.endsWith("_at") ? new Date(value!.replace(/\+00$/, "Z")).toISOString() : value,
        ]),
      );
    const change = (operation: string, id: number, place: object, row: object) => ({
      operation,
      row_key: `{"id":${id}}`,
      ...place,
      changed_at: new Date(times.changed_at).toISOString(),
      log_topic: topic,
      captured_at: new Date(times.captured_at).toISOString(),
      ...row,
    });
    const [first, second] = [JSON.stringify(rows.created), JSON.stringify(rows.updated)];
    const at = (lsn: string, index: string, partition: number) => ({
      lsn,
      change_index: index,
      log_partition: partition,
    });
    expect((await readTable(bench.root, "products_history")).map(utc)).toEqual([
      change("create", 1, at("1", "0", 0), { transaction_id: "77", row_before: null, row_after: first }),
      change("update", 1, at("2", "3", 0), { transaction_id: null, row_before: first, row_after: second }),
      change("read", 2, at("1", "0", 1), { transaction_id: null, row_before: null, row_after: '{"id":2}' }),
      change("delete", 2, at("3", "0", 1), { transaction_id: null, row_before: null, row_after: null }),
    ]);
    const { captured_at: _, ...present } = change("", 1, at("2", "3", 0), { row: second });
    expect((await readTable(bench.root, "products")).map(utc)).toEqual([
      Object.fromEntries(Object.entries(present).filter(([name]) => name !== "operation")),
    ]);
    const json = `SELECT ("row"->>'$.price')::DECIMAL(18, 2)::VARCHAR AS price FROM products`;
    expect(await lake.query(json)).toEqual([{ price: "9.90" }]);
    await replica.close();
  });

  it("neither loses nor doubles anything where it breaks off between the commits of two tables", async () => {
    const bench = await testLake();
    const changes = [1, 2, 3].flatMap((id) => [
      placedChange({ key: { id }, after: { id }, position: { lsn: BigInt(id), index: 0 } }),
      placedChange({ table: "orders", key: { id }, after: { id }, position: { lsn: BigInt(id), index: 1 } }),
    ]);
    const progress = new Map([["x", 6n]]);
    const expected = new Map([["x", undefined]]);
    // Each try publishes one entry of a table, and breaks off at the next.
    let tries = 0;
    for (;;) {
      let published = 0;
      const lake = await bench.open({
        beforeStep: (step) => {
          if (step === "publish" && (published += 1) > 1) throw new Error("broken off");
        },
      });
      const replica = await openReplica(bench, { lake });
      expect((tries += 1)).toBeLessThan(20);
      const error = await replica.store(changes, progress, expected).catch((thrown: unknown) => thrown);
      await replica.close();
      if (error === undefined) break;
      expect(String(error)).toContain("broken off");
    }
    // Table and first commit of the progress, of each table its registration, two creations and the changes.
    expect(tries).toBe(10);
    const replica = await openReplica(bench);
    expect(await replica.progress()).toEqual(progress);
    await replica.materialize();
    for (const table of ["products", "orders"]) {
      const history = await readTable(bench.root, `${table}_history`);
      expect(history.map(({ row_after: row }) => row)).toEqual(['{"id":1}', '{"id":2}', '{"id":3}']);
      expect(sortedRows((await readTable(bench.root, table)).map(({ row }) => row!))).toHaveLength(3);
    }
    await replica.close();
  });

  it("stores nothing of a batch with a change that it cannot hold, and says which and why", async () => {
    const bench = await testLake();
    const replica = await openReplica(bench);
    const bad = [
      [placedChange({ position: { lsn: 2n ** 63n, index: 0 } }, 1), /64 bits/],
      [placedChange({ changedAtMs: 1e15 }, 1), /outside the years/],
      [placedChange({ after: { id: 1, note: "x".repeat(15_000_000) } }, 1), /15000000 at most/],
    ] as const;
    for (const [change, why] of bad) {
      const refused = await replica
        .store([placedChange({ after: { id: 1 } }), change], new Map([["x", 1n]]), none)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(refused).toBeInstanceOf(RefusedChangeError);
      expect(refused).toMatchObject({ at: 1, message: expect.stringMatching(why) as string });
    }
    expect(await readTable(bench.root, "products_history")).toEqual([]);
    expect((await replica.progress()).size).toBe(0);
    await replica.close();
  });

  it("ends an emptying that a crash has broken off before anything else", async () => {
    const bench = await testLake();
    const lake = await bench.open();
    const replica = await openReplica(bench, { lake });
    await replica.store([placedChange({ after: { id: 1 } })], new Map([["x", 1n]]), none);
    const progress = await lake.existingTable("replica__progress");
    await progress.commit({ add: [], progress: new Map([["reset:begun", 1n]]), operation: "reset" });
    const again = await openReplica(bench);
    expect((await again.progress()).size).toBe(0);
    expect(await readTable(bench.root, "products_history")).toEqual([]);
    await again.store([placedChange({ after: { id: 2 } })], new Map([["x", 1n]]), new Map([["x", undefined]]));
    expect((await readTable(bench.root, "products_history")).map(({ row_after: row }) => row)).toEqual(['{"id":2}']);
    await replica.close();
    await again.close();
  });

  it("does not rewrite what is there at each commit, merges small files, and deletes what was replaced", async () => {
    const bench = await testLake();
    const lake = await bench.open();
    const replica = await openReplica(bench, { lake, graceMs: 60_000 });
    const many = Array.from({ length: 5_000 }, (_, id) =>
      placedChange({ key: { id }, after: { id, note: `note of ${id}` }, position: { lsn: 1n, index: id } }),
    );
    await replica.store(many, none, none);
    await replica.materialize();
    for (let commit = 0; commit < 80; commit += 1) {
      bench.clock.advance(1_000);
      const position = { lsn: BigInt(commit + 2), index: 0 };
      await replica.store([placedChange({ operation: "update", after: { id: 1, commit }, position })], none, none);
    }
    const products = await lake.existingTable("products");
    const history = await lake.existingTable("products_history");
    // One rewrite, whatever has been committed since; of the history only what is new.
    expect((await products.snapshot()).version).toBe(1);
    expect((await history.snapshot()).files.map(({ rows }) => rows)).toEqual([5_000, ...Array<number>(80).fill(1)]);
    bench.clock.advance(1_000);
    await replica.materialize();
    // The newest file was added at the time of the version that was read.
    expect((await history.snapshot()).files).toHaveLength(2);
    expect(await readTable(bench.root, "products")).toHaveLength(5_000);
    const row = await lake.query(`SELECT "row" FROM products WHERE row_key = '{"id":1}'`);
    expect(row).toEqual([{ row: '{"id":1,"commit":79}' }]);
    const parquetFiles = async () =>
      (await readdir(join(bench.root, "products_history"))).filter((name) => name.endsWith(".parquet")).length;
    expect(await parquetFiles()).toBe(82);
    bench.clock.advance(2 * 86_400_000);
    await replica.materialize();
    expect(await parquetFiles()).toBe(2);
    expect(await readTable(bench.root, "products")).toHaveLength(5_000);
    await replica.close();
  });

  it("is overtaken by another writer, whose changes stay", async () => {
    const bench = await testLake();
    const [one, other] = [await openReplica(bench), await openReplica(bench)];
    const change = placedChange({ after: { id: 1 } });
    const later = placedChange({ operation: "update", after: { id: 2 }, position: { lsn: 2n, index: 0 } });
    await one.store([change], new Map([["x", 1n]]), new Map([["x", undefined]]));
    await other.store([later], new Map([["x", 2n]]), new Map([["x", 1n]]));
    const stale = one.store([later], new Map([["x", 2n]]), new Map([["x", 1n]]));
    await expect(stale).rejects.toMatchObject({ code: "REPLICA_WRITER_FENCED" });
    expect(await readTable(bench.root, "products_history")).toHaveLength(2);
    await one.close();
    await other.close();
  });
});
