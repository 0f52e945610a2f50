import { seededRandom } from "@footfall/base";
import { deadLetterTopicOf } from "@footfall/ingest";
import type { Lake } from "@footfall/lake";
import { metricsTopic } from "@footfall/metrics";
import { readAll, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faultLake } from "../../aggregator/test/fault-lake.ts";
import { queryMetrics } from "../src/windows/query-metrics.ts";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "./monitor-fixture.ts";

let monitor: MonitorFixture;
beforeEach(async () => {
  monitor = await openMonitorFixture();
});
afterEach(() => monitor.close());

/** What the windows are to hold, from the scrapes that were sent, in other words than the measures'. */
function expectedSql(from: string): string {
  return `
SELECT window_start, instance, name, count(*)::INTEGER AS samples, min(value) AS least, max(value) AS greatest,
  max_by(value, ms) AS newest, CASE WHEN kind = 'counter' THEN sum(growth) END AS increase
FROM (
  SELECT *, time_bucket(INTERVAL 10 SECONDS, occurred_at) AS window_start, epoch_ms(occurred_at) AS ms,
    CASE WHEN value < lag(value) OVER series THEN value ELSE value - lag(value) OVER series END AS growth
  FROM ${from} WINDOW series AS (PARTITION BY instance, name ORDER BY occurred_at)
) GROUP BY window_start, instance, name, kind ORDER BY ALL`;
}

const foundSql = `
SELECT window_start, instance, name, samples::INTEGER AS samples, least, greatest, newest, increase
FROM metric_windows ORDER BY ALL`;

async function expectWindowsOfSamples(lake: Lake, count: number): Promise<void> {
  const [stored] = await lake.query<{ n: number }>("SELECT count(*)::INTEGER AS n FROM metric_samples");
  expect(stored!.n).toBe(count);
  expect(await lake.query(foundSql)).toEqual(await lake.query(expectedSql("metric_samples")));
}

function someScrapes(count: number) {
  const random = seededRandom(3);
  const totals = new Map<string, number>();
  return Array.from({ length: count }, (_, i) => {
    const instance = `host-${i % 3}:1`;
    const total = random() < 0.1 ? 0 : (totals.get(instance) ?? 0) + Math.floor(random() * 9);
    totals.set(instance, total);
    return scrape(Math.floor(i / 3) * 5_000 + (i % 3), { instance, values: { hits_total: total, load: random() } });
  });
}

test("windows in the lake are the aggregation of the raw samples, and repeats and rubbish change nothing", async () => {
  const scrapes = someScrapes(60);
  await monitor.start();
  for (let i = 0; i < scrapes.length; i += 6) {
    await monitor.send(...scrapes.slice(i, i + 6));
    // An agent that died before it noted what it had sent.
    await monitor.send(...scrapes.slice(Math.max(0, i - 6), i + 6), '{"job":');
    monitor.clock.set(startMs + (i / 3) * 5_000);
  }
  await monitor.closedUntil(startMs + 100_000);
  await expectWindowsOfSamples(monitor.lake, 60 * 3);
  const span = { tenant: "default", startMs, endMs: startMs + 100_000, stepMs: 50_000 };
  const [up] = await queryMetrics(monitor.lake, { text: "avg(up) by (job)", ...span });
  expect(up).toEqual({
    labels: { job: "shop" },
    points: [0, 50_000].map((ms) => ({ startMs: startMs + ms, value: 1 })),
  });
  const letters = await readAll(monitor.log, deadLetterTopicOf(metricsTopic), 0);
  expect(letters).toHaveLength(10);
});

test("whatever step a monitor dies at, each sample counts once (I3, I5)", async () => {
  const scrapes = someScrapes(30);
  await monitor.send(...scrapes.slice(0, 15));
  const steps = ["metric_samples write", "metric_samples commit", "metric_samples committed"];
  steps.push("metric_windows write", "metric_windows commit", "metric_windows committed");
  for (const [round, fatal] of steps.entries()) {
    let hasDied = false;
    const lake = faultLake(monitor.lake, (table, step) => {
      if (`${table} ${step}` !== fatal && !hasDied) return;
      hasDied = true;
      throw new Error("killed");
    });
    const dying = await monitor.start({ lake });
    await monitor.send(...scrapes.slice(15 + round * 2, 17 + round * 2));
    monitor.clock.advance(30_000);
    await waitFor(() => hasDied, { deadlineMs: 20_000, what: fatal });
    await dying.stop();
  }
  await monitor.send(...scrapes.slice(27));
  await monitor.start();
  await monitor.closedUntil(startMs + 200_000);
  await expectWindowsOfSamples(monitor.lake, 30 * 3);
});

test("late samples make their window anew, and the ones whose counters go on from them", async () => {
  await monitor.start();
  await monitor.send(scrape(1_000, { instance: "late:1", values: { hits_total: 5 } }));
  await monitor.send(scrape(31_000, { values: { hits_total: 10 } }));
  await monitor.closedUntil(startMs + 40_000);
  // Its agent was cut off from the log; the windows of its samples have closed meanwhile.
  await monitor.send(scrape(12_000, { instance: "late:1", values: { hits_total: 7 } }));
  await monitor.send(scrape(33_000, { instance: "late:1", values: { hits_total: 11 } }));
  const increases = await waitFor(
    async () => {
      const rows = await monitor.lake.query<{ increase: number }>(
        "SELECT increase FROM metric_windows WHERE name = 'hits_total' AND instance = 'late:1' ORDER BY window_start",
      );
      return rows.length === 3 && rows;
    },
    { deadlineMs: 20_000 },
  );
  expect(increases.map(({ increase }) => increase)).toEqual([null, 2, 4]);
  await expectWindowsOfSamples(monitor.lake, 8);
});
