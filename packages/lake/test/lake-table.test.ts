import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LakeTable, LakeVersion } from "../src/index.ts";
import type { DeltaTable } from "../src/lake-table.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings } from "./readings.ts";

const nothing = { add: [], operation: "test" } as const;
const entriesRead = (table: LakeTable) => (table as DeltaTable).log.entriesRead;
const entryPath = (table: LakeTable, version: number) =>
  join(table.folder, "_delta_log", `${String(version).padStart(20, "0")}.json`);

describe("commit", () => {
  it("stores files and progress in one version", async () => {
    const { lake, clock } = await testLake();
    const table = await lake.table(readings);
    clock.advance(1000);
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    const progress = new Map([["clicks-0", 3n]]);
    const version = await table.commit({ add, progress, operation: "append" });
    const snapshot = await table.snapshot();
    expect(version).toBe(1);
    expect(snapshot).toMatchObject({ table: "readings", version: 1, committedAtMs: clock.now() });
    expect(snapshot.files.map((file) => file.path)).toEqual(add.map((file) => file.path));
    expect(snapshot.progress).toEqual(progress);
    expect(await table.snapshot(0 as LakeVersion)).toMatchObject({ version: 0, files: [] });
  });

  it("keeps 64 bit progress exactly, through entries and checkpoints", async () => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    const progress = new Map([
      ["clicks-0", 2n ** 63n - 1n],
      ['odd "version":1 \\ key', 9_007_199_254_740_993n],
    ]);
    await table.commit({ ...nothing, progress });
    const reopened = await (await open()).existingTable("readings");
    expect((await reopened.snapshot()).progress).toEqual(progress);
    for (let version = 2; version <= 50; version += 1) await table.commit(nothing);
    const afterCheckpoint = await (await open()).existingTable("readings");
    expect((await afterCheckpoint.snapshot()).progress).toEqual(progress);
    expect(entriesRead(afterCheckpoint)).toBeLessThan(5);
  });

  it("refuses a writer whose progress another has moved on", async () => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    const zombie = await (await open()).table(readings);
    const step = (from: bigint | undefined, to: bigint) => ({
      ...nothing,
      progress: new Map([["clicks-0", to]]),
      expectedProgress: new Map([["clicks-0", from]]),
    });
    await table.commit(step(undefined, 10n));
    await zombie.commit(step(10n, 20n));
    await expect(table.commit(step(10n, 15n))).rejects.toMatchObject({ code: "LAKE_WRITER_FENCED", retriable: false });
    await expect(table.commit(step(undefined, 15n))).rejects.toMatchObject({ code: "LAKE_WRITER_FENCED" });
    expect((await table.snapshot()).progress.get("clicks-0")).toBe(20n);
  });

  it("refuses to remove a file that is gone", async () => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    const other = await (await open()).table(readings);
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    await table.commit({ add, operation: "append" });
    await other.commit({ add: [], remove: add, operation: "erase" });
    const again = await lake.writeBulk(table, { sql: numberedRows(2) });
    await expect(table.commit({ add: again, remove: add, operation: "upsert" })).rejects.toMatchObject({
      code: "LAKE_COMMIT_CONFLICT",
      retriable: true,
    });
  });

  it("does not commit twice when the answer was lost", async () => {
    let isBroken = false;
    const { lake } = await testLake({
      beforeStep: (step, path) => {
        if (isBroken && step === "syncFolder" && path.endsWith("_delta_log")) {
          throw Object.assign(new Error("input/output error"), { code: "EIO" });
        }
      },
    });
    const table = await lake.table(readings);
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    const commit = {
      add,
      progress: new Map([["clicks-0", 3n]]),
      expectedProgress: new Map([["clicks-0", undefined]]),
      operation: "append",
    };
    isBroken = true;
    await expect(table.commit(commit)).rejects.toMatchObject({ code: "LAKE_UNAVAILABLE", retriable: true });
    isBroken = false;
    expect(await table.commit(commit)).toBe(1);
    expect((await table.snapshot()).files).toHaveLength(1);
  });

  it("answers a full disk with a retriable error and leaves the table as it was", async () => {
    let isFull = false;
    const { lake } = await testLake({
      beforeStep: () => {
        if (isFull) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      },
    });
    const table = await lake.table(readings);
    isFull = true;
    await expect(table.commit(nothing)).rejects.toMatchObject({ code: "LAKE_UNAVAILABLE", retriable: true });
    isFull = false;
    expect(await table.commit(nothing)).toBe(1);
    expect((await readdir(join(table.folder, "_delta_log"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("numbers the commits of many callers without a gap", async () => {
    const { lake, open } = await testLake();
    const tables = [await lake.table(readings), await (await open()).table(readings)];
    const versions = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (tables[i % 2] as LakeTable).commit(nothing)),
    );
    expect([...versions].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });
});

describe("snapshot", () => {
  it("reads only the entries that it does not know", async () => {
    const { lake, open } = await testLake();
    const writer = await lake.table(readings);
    for (let version = 1; version <= 120; version += 1) await writer.commit(nothing);
    const reader = await (await open()).existingTable("readings");
    await reader.snapshot();
    // The checkpoint of version 100, its entry for the time of commit, and 101 to 120.
    expect(entriesRead(reader)).toBe(21);
    await reader.snapshot();
    expect(entriesRead(reader)).toBe(21);
    await writer.commit(nothing);
    await reader.snapshot();
    expect(entriesRead(reader)).toBe(22);
    await reader.snapshot(60 as LakeVersion);
    expect(entriesRead(reader)).toBe(22 + 11);
  });

  it("does without a checkpoint that is damaged", async () => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    await table.commit({ add, operation: "append" });
    for (let version = 2; version <= 50; version += 1) await table.commit(nothing);
    await truncate(join(table.folder, "_delta_log", "00000000000000000050.checkpoint.parquet"), 100);
    const reader = await (await open()).existingTable("readings");
    expect(await reader.snapshot()).toEqual(await table.snapshot());
  });

  it("refuses versions that do not exist", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    for (const version of [-1, 1, 0.5]) {
      await expect(table.snapshot(version as LakeVersion)).rejects.toMatchObject({ code: "LAKE_VERSION_UNKNOWN" });
    }
  });

  it.each([
    ["half a line", (text: string) => text.slice(0, text.length / 2)],
    ["nothing", () => ""],
    ["no JSON", () => "PAR1\0\0\n"],
    ["a null", () => "null\n"],
    ["an add without statistics that parse", () => '{"add":{"path":"x","size":1,"dataChange":true,"stats":"{"}}\n'],
  ])("names an entry that holds %s", async (_, damage) => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    await table.commit(nothing);
    const path = entryPath(table, 1);
    await writeFile(path, damage(await readFile(path, "utf8")));
    const reopened = await open();
    await expect(reopened.existingTable("readings")).rejects.toMatchObject({
      code: "LAKE_COMMIT_CORRUPT",
      message: expect.stringContaining(path),
    });
  });
});

describe("addedSince", () => {
  it("gives the files with data changes, not those of a rewrite", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const [first] = await lake.writeBulk(table, { sql: numberedRows(3) });
    const [second] = await lake.writeBulk(table, { sql: numberedRows(3, 3) });
    const [merged] = await lake.writeBulk(table, { sql: numberedRows(6) });
    if (!first || !second || !merged) throw new Error("files expected");
    const since = await table.commit({ add: [first], operation: "append" });
    await table.commit({ add: [second], operation: "append" });
    await table.commit({ add: [merged], remove: [first, second], operation: "compact", changesData: false });
    const after = await table.addedSince(since);
    expect([after.version, after.files.map((file) => file.path)]).toEqual([3, [second.path]]);
    expect((await table.addedSince(undefined)).files.map((file) => file.path)).toEqual([first.path, second.path]);
    expect((await table.addedSince(undefined, since)).files.map((file) => file.path)).toEqual([first.path]);
    expect((await table.addedSince(after.version)).files).toEqual([]);
    await expect(table.addedSince(since, 9 as LakeVersion)).rejects.toMatchObject({ code: "LAKE_VERSION_UNKNOWN" });
  });
});

describe("schema", () => {
  const wider = {
    ...readings,
    columns: [...readings.columns, { name: "added", type: "string", description: "New." } as const],
  };

  it("gains columns, and old files read as null, the older file first", async () => {
    const { lake } = await testLake();
    const old = await lake.table(readings);
    await old.commit({ add: await lake.writeBulk(old, { sql: numberedRows(1) }), operation: "append" });
    const table = await lake.table(wider);
    expect(await lake.query("SELECT big, added FROM readings")).toEqual([{ big: 0, added: null }]);
    const row = { big: 1, added: "here", tenant: "demo", date: "2026-11-23", hour: 7 };
    await table.commit({ add: await lake.writeSmall(table, [row]), operation: "append" });
    expect((await table.snapshot()).files.map((file) => file.columns)).toEqual([7, 8]);
    expect(await lake.query("SELECT big, added, hour FROM readings ORDER BY big")).toEqual([
      { big: 0, added: null, hour: 7 },
      { big: 1, added: "here", hour: 7 },
    ]);
    const versions = { readings: 1 as LakeVersion };
    await expect(lake.query("SELECT added FROM readings", { versions })).rejects.toMatchObject({
      code: "LAKE_QUERY_FAILED",
    });
  });

  it("stays as it is for a writer that knows fewer columns", async () => {
    const { lake } = await testLake();
    await lake.table(wider);
    const table = await lake.table(readings);
    expect(table.schema.columns).toEqual(wider.columns);
    expect((await table.snapshot()).version).toBe(0);
  });

  it("refuses another type and another partitioning", async () => {
    const { lake } = await testLake();
    await lake.table(readings);
    const retyped = { ...readings, columns: [{ name: "text", type: "long", description: "" } as const] };
    const repartitioned = { ...readings, partitionColumns: readings.partitionColumns.slice(0, 2) };
    await expect(lake.table(retyped)).rejects.toMatchObject({ code: "LAKE_SCHEMA_CONFLICT" });
    await expect(lake.table(repartitioned)).rejects.toMatchObject({ code: "LAKE_SCHEMA_CONFLICT" });
  });

  it("is created once by two that open the table at the same time", async () => {
    const { lake, open } = await testLake();
    const other = await open();
    const [a, b] = await Promise.all([lake.table(readings), other.table(wider)]);
    expect((await a.snapshot()).schema.columns).toEqual(wider.columns);
    expect((await b.snapshot()).version).toBe((await a.snapshot()).version);
  });
});
