import { systemClock } from "@footfall/base";
import { itemWindowsTable, openLake } from "@footfall/lake";
import { createLogger, createMetricsRegistry } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, it, onTestFinished } from "vitest";
import { createLakeMaintenance } from "../src/lake-maintenance.ts";

it("merges small files and deletes what was replaced, without changing a row", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const lake = await openLake({ root: folder.path, clock: systemClock });
  onTestFinished(() => lake.close());
  const table = await lake.table(itemWindowsTable);
  for (let index = 0; index < 5; index += 1) {
    const row = { tenant: "demo", date: "2026-11-23", item_id: `item-${index}`, events: index };
    await table.commit({ add: await lake.writeSmall(table, [row]), operation: "append" });
  }
  const rows = () => lake.query("SELECT item_id, events FROM item_windows ORDER BY item_id");
  const before = await rows();

  const registry = createMetricsRegistry();
  const maintenance = createLakeMaintenance({
    lake,
    clock: () => systemClock() + 10_000,
    logger: createLogger({ name: "test", level: "silent" }),
    registry,
    intervalMs: 1,
    settledMs: 0,
    graceMs: 0,
  });
  onTestFinished(() => maintenance.stop());
  const deleted = 'footfall_aggregator_maintained_files_total{table="item_windows",fate="deleted"} 5';
  await waitFor(async () => (await registry.metrics()).includes(deleted), { deadlineMs: 20_000 });
  await maintenance.stop();

  expect((await table.snapshot()).files).toHaveLength(1);
  expect(await rows()).toEqual(before);
});
