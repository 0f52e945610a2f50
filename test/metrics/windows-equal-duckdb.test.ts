import { expect, test } from "vitest";
import { sampleRows } from "../../packages/metrics/src/sample-row.ts";
import {
  expectWindowsOfSamples,
  openSamplesTable,
  openWindows,
  randomScrapes,
} from "../../packages/metrics/test/raw-samples.ts";

test("windows of 1,000,000 samples are DuckDB's aggregation of them, percentiles within 1 %", async () => {
  const table = await openSamplesTable();
  try {
    const windows = openWindows();
    const found = [];
    let samples = 0;
    for (const scrape of randomScrapes(20_000, 50, 1_000)) {
      const rows = sampleRows(scrape);
      samples += rows.length;
      table.stage(rows);
      for (const row of rows) windows.observe(row);
      found.push(...windows.closeReady(scrape.sampledAtMs - 5_000));
    }
    found.push(...windows.closeReady(Number.POSITIVE_INFINITY));
    expect(samples).toBeGreaterThan(1_000_000);
    await table.load();
    const { resets, percentiles } = await expectWindowsOfSamples(found, table);
    expect(percentiles).toBeGreaterThan(100_000);
    expect(resets).toBeGreaterThan(100);
  } finally {
    table.close();
  }
});
