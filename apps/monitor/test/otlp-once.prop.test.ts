import { deadLetterTopicOf } from "@footfall/ingest";
import { metricsTopic, readOtlpMetrics, scrapeParts } from "@footfall/metrics";
import { readAll, waitFor } from "@footfall/testkit";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MonitorFixture, openMonitorFixture, startMs } from "./monitor-fixture.ts";

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 1_000_000);
const numRuns = Number(process.env["FC_RUNS"] ?? 8);

let monitor: MonitorFixture;
beforeAll(async () => {
  monitor = await openMonitorFixture();
  await monitor.start();
});
afterAll(() => monitor.close());

interface Point {
  readonly series: number;
  /** Which export of the sender it is part of. */
  readonly export: number;
}

const exportsCount = 4;
const seriesCount = 5;
const points: readonly Point[] = Array.from({ length: exportsCount * seriesCount }, (_, at) => ({
  series: at % seriesCount,
  export: Math.floor(at / seriesCount),
}));

function requestOf(service: string, part: readonly Point[]) {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const metrics = part.map(({ series, export: at }) => ({
    name: "hits",
    sum: {
      aggregationTemporality: 1,
      isMonotonic: true,
      dataPoints: [
        {
          attributes: [{ key: "path", value: { stringValue: `/${series}` } }],
          startTimeUnixNano: `${startMs + at * 1_000}000000`,
          timeUnixNano: `${startMs + (at + 1) * 1_000}000000`,
          asInt: String(series + at),
        },
      ],
    },
  }));
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] };
}

/** Requests of any parts of the exports in any order, each point in one at least; and where the sink begins anew. */
const sendings = fc
  .tuple(
    fc.array(fc.subarray([...points], { minLength: 1 }), { maxLength: 6 }),
    fc.shuffledSubarray([...points], { minLength: points.length }),
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  )
  .chain(([again, all, sizes]) => {
    const parts: (readonly Point[])[] = [...again];
    for (let at = 0, turn = 0; at < all.length; turn += 1) {
      const size = sizes[turn % sizes.length]!;
      parts.push(all.slice(at, at + size));
      at += size;
    }
    return fc.shuffledSubarray(parts, { minLength: parts.length });
  });

let runs = 0;

test("of exports that are split and sent again in any way each sample is stored once", async () => {
  console.log(`seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(sendings, async (parts) => {
      const service = `cart-${(runs += 1)}`;
      for (const part of parts) {
        const options = { tenant: "default", nowMs: startMs, hasRoom: () => true };
        const read = readOtlpMetrics(requestOf(service, part), options);
        if (!read.ok || read.rejectedDataPoints > 0) throw new Error("refused");
        await monitor.send(...read.scrapes.flatMap(scrapeParts));
      }
      await waitFor(() => hasCaughtUp(monitor), { deadlineMs: 20_000, what: "all in the table" });
      const rows = await monitor.lake.query(`
SELECT name, labels, "value", sampled_at_ms - ${startMs} AS ms, count(*)::INTEGER AS n FROM metric_samples
WHERE job = '${service}' AND name <> 'up' GROUP BY ALL ORDER BY ms, labels`);
      expect(rows).toEqual(
        points.map(({ series, export: at }) => ({
          name: "hits_total",
          labels: `path="/${series}"`,
          value: series + at,
          ms: (at + 1) * 1_000,
          n: 1,
        })),
      );
    }),
    { seed, numRuns },
  );
  expect(await readAll(monitor.log, deadLetterTopicOf(metricsTopic), 0).catch(() => [])).toEqual([]);
});

/** Whether the table holds what the topic does. */
async function hasCaughtUp({ lake, log }: MonitorFixture): Promise<boolean> {
  const ends = await log.offsets(metricsTopic);
  const { progress } = await (await lake.existingTable("metric_samples")).snapshot();
  return ends.every(({ endOffset }, partition) => (progress.get(`${metricsTopic}-${partition}`) ?? 0n) === endOffset);
}
