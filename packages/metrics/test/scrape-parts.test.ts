import { expect, test } from "vitest";
import type { MetricSample } from "../src/metric-sample.ts";
import { scrapeParts } from "../src/scrape-parts.ts";

const scrapeOf = (samples: readonly MetricSample[]) => ({
  tenant: "demo",
  job: "shop",
  instance: "a:1",
  sampledAtMs: 1,
  isUp: true,
  samples,
});
const sample = (path: string): MetricSample => ({ name: "hits", kind: "counter", labels: { path }, value: 1 });

test("parts are small enough for a record, by their number and by their labels, and hold each sample once", () => {
  for (const samples of [
    Array.from({ length: 5_000 }, (_, at) => sample(String(at))),
    Array.from({ length: 100 }, (_, at) => sample(`${at} ${"ü".repeat(16_000)}`)),
  ]) {
    const parts = scrapeParts(scrapeOf(samples));
    expect(parts.flatMap((part) => part.samples)).toEqual(samples);
    for (const part of parts) {
      expect(part.samples.length).toBeLessThanOrEqual(2_000);
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(1_048_576);
    }
  }
  expect(scrapeParts(scrapeOf([]))).toEqual([scrapeOf([])]);
});
