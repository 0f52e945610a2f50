import type { Lake, LakeTable, TableSchema } from "@footfall/lake";

export type LakeStep = "write" | "commit" | "committed";

/** A lake that asks before each step on a table; what `onStep` throws, the step throws. */
export function faultLake(lake: Lake, onStep: (table: string, step: LakeStep, sql?: string) => void): Lake {
  const wrapTable = (table: LakeTable): LakeTable => ({
    get name() {
      return table.name;
    },
    get schema() {
      return table.schema;
    },
    get newerColumns() {
      return table.newerColumns;
    },
    get folder() {
      return table.folder;
    },
    snapshot: (version) => table.snapshot(version),
    addedSince: (since, until) => table.addedSince(since, until),
    assertWritable: () => table.assertWritable(),
    writeCheckpoint: (version, tableFolder) => table.writeCheckpoint(version, tableFolder),
    async commit(commit) {
      onStep(table.name, "commit");
      const version = await table.commit(commit);
      onStep(table.name, "committed");
      return version;
    },
  });
  return {
    ...lake,
    table: async (schema: TableSchema) => wrapTable(await lake.table(schema)),
    writeBulk(table, rows) {
      onStep(table.name, "write", rows.sql);
      return lake.writeBulk(table, rows);
    },
    writeSmall(table, rows) {
      onStep(table.name, "write");
      return lake.writeSmall(table, rows);
    },
  };
}
