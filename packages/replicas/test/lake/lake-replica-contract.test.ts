import { manualClock } from "@footfall/base";
import { parseExactJson, type Row } from "@footfall/changes";
import { type Lake, openLake } from "@footfall/lake";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, vi } from "vitest";
import { LakeReplica } from "../../src/lake/lake-replica.ts";
import { replicaContract } from "../replica-contract.ts";
import { readTable } from "./read-tables.ts";

// Real files, real syncs: a busy disk takes its time.
vi.setConfig({ testTimeout: 240_000 });

const clock = manualClock(Date.UTC(2026, 10, 29)).now;

describe("lake", () => {
  let folder: TemporaryFolder;
  let lake: Lake;

  beforeAll(async () => {
    folder = await temporaryFolder();
    lake = await openLake({ root: folder.path, clock, threads: 1 });
  });
  afterAll(async () => {
    await lake?.close();
    await folder?.remove();
  });

  replicaContract("lake", () => ({
    open: () => LakeReplica.open({ lake, clock, materializeIntervalMs: 0 }),
    rows: async (_, table) => {
      const replica = LakeReplica.open({ lake, clock, materializeIntervalMs: 0 });
      await replica.materialize();
      await replica.close();
      return (await readTable(folder.path, table)).map(({ row }) => parseExactJson(row!) as Row);
    },
  }));
});
