import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compact, type LakeTable, type LakeVersion, tableHistory, vacuum } from "../src/index.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings, startMs } from "./readings.ts";

const megabyte = 1_048_576;
const graceMs = 3_600_000;

async function lakeWithSmallFiles() {
  const test = await testLake();
  const table = await test.lake.table(readings);
  for (let index = 0; index < 6; index += 1) {
    const add = await test.lake.writeBulk(table, { sql: numberedRows(10, index * 10, 7 + (index % 2)) });
    await table.commit({ add, progress: new Map([["clicks-0", BigInt(index)]]), operation: "append" });
  }
  return { ...test, table };
}

async function dataFiles(table: LakeTable): Promise<readonly string[]> {
  return (await readdir(table.folder, { recursive: true })).filter((name) => /\.(parquet|tmp)$/.test(name)).sort();
}

/** Files take the clock of the file system; the test's clock stands elsewhere. */
async function dateFiles(table: LakeTable, timeMs: number): Promise<void> {
  for (const name of await dataFiles(table)) await utimes(join(table.folder, name), timeMs / 1000, timeMs / 1000);
}

describe("compact", () => {
  it("merges the small files of each partition without changing a row", async () => {
    const { lake, table } = await lakeWithSmallFiles();
    const before = await lake.query("SELECT * FROM readings ORDER BY big");
    expect(await compact(lake, table, { targetBytes: megabyte })).toEqual({ filesBefore: 6, filesAfter: 2 });
    const { files, progress, version } = await table.snapshot();
    expect(files.map((file) => [file.partition["hour"], file.rows])).toEqual([
      ["7", 30],
      ["8", 30],
    ]);
    expect(progress.get("clicks-0")).toBe(5n);
    expect(await lake.query("SELECT * FROM readings ORDER BY big")).toEqual(before);
    expect((await table.addedSince(6 as LakeVersion, version)).files).toEqual([]);
    expect((await tableHistory(table, 2)).map((entry) => entry.operation)).toEqual(["compact", "compact"]);
    expect(await compact(lake, table, { targetBytes: megabyte })).toEqual({ filesBefore: 0, filesAfter: 0 });
  });

  it("leaves the readers of older versions alone", async () => {
    const { lake, table } = await lakeWithSmallFiles();
    const { version } = await table.snapshot();
    await compact(lake, table, { targetBytes: megabyte });
    const rows = await lake.query("SELECT count(*) AS n FROM readings", { versions: { readings: version } });
    expect(rows).toEqual([{ n: 60 }]);
  });

  it("leaves large and new files alone", async () => {
    const { lake, table } = await lakeWithSmallFiles();
    expect(await compact(lake, table, { targetBytes: 10 })).toMatchObject({ filesAfter: 0 });
    const options = { targetBytes: megabyte, addedBeforeMs: startMs };
    expect(await compact(lake, table, options)).toMatchObject({ filesAfter: 0 });
  });

  it("gives way to a writer that replaces a file meanwhile", async () => {
    let onRename: (() => Promise<unknown>) | undefined;
    const { lake, open, table } = await lakeWithSmallFiles();
    const rival = await (await open()).existingTable("readings");
    const removed = (await table.snapshot()).files[0];
    if (removed === undefined) throw new Error("a file expected");
    let rivalCommit: Promise<unknown> = Promise.resolve();
    const slow = {
      ...lake,
      writeBulk: async (...args: Parameters<typeof lake.writeBulk>) => {
        const written = await lake.writeBulk(...args);
        rivalCommit = (onRename?.() ?? Promise.resolve()).then(() => (onRename = undefined));
        await rivalCommit;
        return written;
      },
    };
    onRename = () => rival.commit({ add: [], remove: [removed], operation: "erase" });
    expect(await compact(slow, table, { targetBytes: megabyte })).toMatchObject({ filesAfter: 2 });
    expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 50 }]);
    const onDisk = (await dataFiles(table)).filter((name) => !name.includes("_delta_log"));
    expect(onDisk).toHaveLength(6 + 2);
  });
});

describe("vacuum", () => {
  it("deletes replaced files only after the grace time", async () => {
    const { lake, table, clock } = await lakeWithSmallFiles();
    clock.advance(10 * graceMs);
    await dateFiles(table, startMs);
    await compact(lake, table, { targetBytes: megabyte });
    await dateFiles(table, startMs);
    expect(await vacuum(table, { graceMs, clock: clock.now })).toEqual({ filesRemoved: 0, bytesRemoved: 0 });
    clock.advance(graceMs + 1);
    expect(await vacuum(table, { graceMs, clock: clock.now })).toMatchObject({ filesRemoved: 6 });
    expect(await dataFiles(table)).toHaveLength(2);
    expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 60 }]);
    const older = lake.query("SELECT sum(big) FROM readings", { versions: { readings: 6 as LakeVersion } });
    await expect(older).rejects.toMatchObject({ code: "LAKE_FILE_MISSING" });
  });

  it("deletes what was never committed, but not while it may be", async () => {
    const { lake, table, clock } = await lakeWithSmallFiles();
    await lake.writeBulk(table, { sql: numberedRows(5) });
    await dateFiles(table, startMs);
    clock.advance(graceMs);
    expect(await vacuum(table, { graceMs, clock: clock.now })).toMatchObject({ filesRemoved: 0 });
    clock.advance(1);
    expect(await vacuum(table, { graceMs, clock: clock.now })).toMatchObject({ filesRemoved: 1 });
    expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 60 }]);
  });
});
