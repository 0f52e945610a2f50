import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compact, expireLog, type LakeTable, type TableSchema, vacuum } from "../src/index.ts";
import { checkpointInterval } from "../src/lake-table.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings } from "./readings.ts";

const tooNew = { code: "LAKE_TOO_NEW", retriable: false };
const wider: TableSchema = {
  ...readings,
  columns: [...readings.columns, { name: "added", type: "double", description: "Of a newer release." }],
};

const logFolder = (table: LakeTable) => join(table.folder, "_delta_log");
const entryPath = (table: LakeTable, version: number) =>
  join(logFolder(table), `${String(version).padStart(20, "0")}.json`);

interface RawMetadata {
  configuration: Record<string, string>;
  schemaString: string;
}

/** Commits the actions, as another program would. */
async function commitRaw(table: LakeTable, ...actions: object[]): Promise<void> {
  const { version } = await table.snapshot();
  await writeFile(entryPath(table, version + 1), `${actions.map((action) => JSON.stringify(action)).join("\n")}\n`);
}

async function metadataOf(table: LakeTable): Promise<RawMetadata> {
  const lines = (await readFile(entryPath(table, 0), "utf8")).split("\n");
  const line = lines.find((text) => text.startsWith('{"metaData"'))!;
  return (JSON.parse(line) as { metaData: RawMetadata }).metaData;
}

const protocol = (minReaderVersion: number, minWriterVersion: number, features: object = {}) => ({
  protocol: { minReaderVersion, minWriterVersion, ...features },
});

/** The table's metadata with properties, and with something in its first column. */
async function withProperties(table: LakeTable, configuration: object, field: object = {}): Promise<object> {
  const metaData = await metadataOf(table);
  const schema = JSON.parse(metaData.schemaString) as { fields: object[] };
  schema.fields[0] = { ...schema.fields[0], ...field };
  return { metaData: { ...metaData, configuration, schemaString: JSON.stringify(schema) } };
}

describe("a table that another program has changed", () => {
  it.each<[string, (table: LakeTable) => object | Promise<object>, string]>([
    ["reader version 4", () => protocol(4, 8), "Delta reader version 4"],
    ["unlisted features", () => protocol(3, 7), "Delta reader version 3"],
    [
      "a reader feature",
      () => protocol(3, 7, { readerFeatures: ["deletionVectors"], writerFeatures: ["deletionVectors"] }),
      "Delta feature deletionVectors",
    ],
    [
      "column mapping",
      (table) => withProperties(table, { "delta.columnMapping.mode": "name" }),
      "Delta feature columnMapping",
    ],
    [
      "a deletion vector",
      () => ({
        add: { path: "x", size: 1, partitionValues: {}, dataChange: true, deletionVector: { cardinality: 1 } },
      }),
      "Delta feature deletionVectors",
    ],
    ["a type", (table) => withProperties(table, {}, { type: "decimal(10,2)" }), 'of type "decimal(10,2)"'],
  ])("is not read with %s", async (_, change, what) => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    await table.commit({ add: await lake.writeBulk(table, { sql: numberedRows(3) }), operation: "append" });
    await commitRaw(table, await change(table));
    const names = await readdir(logFolder(table));
    const refused = expect.objectContaining({ ...tooNew, message: expect.stringContaining(what) }) as Error;
    await expect(table.snapshot()).rejects.toEqual(refused);
    await expect(table.commit({ add: [], operation: "append" })).rejects.toEqual(refused);
    await expect(lake.query("SELECT * FROM readings")).rejects.toEqual(refused);
    await expect((await open()).table(readings)).rejects.toEqual(refused);
    expect(await readdir(logFolder(table))).toEqual(names);
  });

  it.each<[string, (table: LakeTable) => object | Promise<object>, string]>([
    ["writer version 8", () => protocol(1, 8), "Delta writer version 8"],
    ["a writer feature", () => protocol(1, 7, { writerFeatures: ["rowTracking"] }), "Delta feature rowTracking"],
    [
      "a CHECK constraint",
      (table) => withProperties(table, { "delta.constraints.some": "big > 0" }),
      "Delta feature checkConstraints",
    ],
    ["an invariant", (table) => withProperties(table, {}, { metadata: { "delta.invariants": "{}" } }), "invariants"],
    ["a column that is never null", (table) => withProperties(table, {}, { nullable: false }), "invariants"],
    ["a change feed", (table) => withProperties(table, { "delta.enableChangeDataFeed": "true" }), "changeDataFeed"],
    [
      "a generated column",
      (table) => withProperties(table, {}, { metadata: { "delta.generationExpression": "1" } }),
      "generatedColumns",
    ],
    [
      "an identity column",
      (table) => withProperties(table, {}, { metadata: { "delta.identity.start": 1 } }),
      "identityColumns",
    ],
  ])("is read, but not written, with %s", async (_, change, what) => {
    const { lake, clock, open } = await testLake();
    const table = await lake.table(readings);
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    await table.commit({ add, operation: "append" });
    await commitRaw(table, await change(table));
    const names = await readdir(logFolder(table));
    const refused = expect.objectContaining({ ...tooNew, message: expect.stringContaining(what) }) as Error;
    expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 3 }]);
    await expect(table.commit({ add: [], operation: "append" })).rejects.toEqual(refused);
    await expect((await open()).table(wider)).rejects.toEqual(refused);
    await expect(vacuum(table, { graceMs: 0, clock: clock.now })).rejects.toEqual(refused);
    await expect(expireLog(lake, table, { retentionMs: 0, clock: clock.now })).rejects.toEqual(refused);
    expect(await readdir(logFolder(table))).toEqual(names);
  });

  it("takes appends, but no replaced rows, where it is append-only", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    await commitRaw(table, await withProperties(table, { "delta.appendOnly": "true" }));
    const add = await lake.writeBulk(table, { sql: numberedRows(3) });
    await table.commit({ add, operation: "append" });
    await table.commit({ add: await lake.writeBulk(table, { sql: numberedRows(3) }), operation: "append" });
    expect(await compact(lake, table, { targetBytes: 1_048_576 })).toMatchObject({ filesAfter: 1 });
    const { files } = await table.snapshot();
    await expect(table.commit({ add: [], remove: files, operation: "delete" })).rejects.toMatchObject(tooNew);
  });

  it("keeps what it says of itself, through an added column and a checkpoint", async () => {
    const { lake, open } = await testLake();
    const table = await lake.table(readings);
    const features = { writerFeatures: ["appendOnly", "invariants"] };
    const properties = { "delta.appendOnly": "true", "their.own": "1" };
    const field = { metadata: { comment: "Ours.", their: { own: 1 } } };
    await commitRaw(table, protocol(1, 7, features), await withProperties(table, properties, field));
    await (await open()).table(wider);
    for (let version = 3; version <= checkpointInterval; version += 1) {
      await table.commit({ add: [], operation: "nothing" });
    }
    for (let version = 0; version < checkpointInterval; version += 1) await rm(entryPath(table, version));
    const reopened = await open();
    await reopened.table({
      ...wider,
      columns: [...wider.columns, { name: "later", type: "string", description: "" }],
    });
    const entry = await readFile(entryPath(table, checkpointInterval + 1), "utf8");
    const metaData = entry.split("\n").find((line) => line.startsWith('{"metaData"'))!;
    const { configuration, schemaString } = (JSON.parse(metaData) as { metaData: RawMetadata }).metaData;
    expect(configuration).toEqual(properties);
    const { fields } = JSON.parse(schemaString) as { fields: { name: string; metadata: object }[] };
    expect(fields[0]).toMatchObject(field);
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(["added", "later"]));
    const [stored] = await reopened.query("SELECT protocol FROM read_parquet($path) WHERE protocol IS NOT NULL", {
      parameters: {
        path: join(logFolder(table), `${String(checkpointInterval).padStart(20, "0")}.checkpoint.parquet`),
      },
    });
    expect(stored).toEqual({
      protocol: { minReaderVersion: 1, minWriterVersion: 7, readerFeatures: null, ...features },
    });
  });
});

describe("a table of a newer release of this program", () => {
  it("is read and written, and columns that are not known stay null", async () => {
    const { lake, open } = await testLake();
    const newer = await lake.table(wider);
    const row = { big: 1, tenant: "demo", date: "2026-11-23", hour: 7 };
    await newer.commit({ add: await lake.writeSmall(newer, [{ ...row, added: 0.5 }]), operation: "append" });
    const older = await open();
    const table = await older.table(readings);
    expect(table.schema.columns.at(-1)?.name).toBe("added");
    await table.commit({ add: await older.writeSmall(table, [{ ...row, big: 2 }]), operation: "append" });
    await table.commit({ add: await older.writeBulk(table, { sql: numberedRows(1, 3) }), operation: "append" });
    await compact(older, table, { targetBytes: 1_048_576 });
    const seen = await lake.query("SELECT added, big < 3 AS was FROM readings ORDER BY big");
    expect(seen).toEqual([
      { added: 0.5, was: true },
      { added: null, was: true },
      { added: null, was: false },
    ]);
  });
});
