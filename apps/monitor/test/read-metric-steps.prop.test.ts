import { type Lake, type LakeTable, metricWindowsTable, openLake } from "@footfall/lake";
import {
  type MetricKind,
  type MetricPoints,
  type MetricWindow,
  metricWindows,
  parseMetricQuery,
  runMetricQuery,
  sampleRows,
} from "@footfall/metrics";
import { columnName, TumblingWindows } from "@footfall/windows";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMetricSteps, stepLimits } from "../src/windows/read-metric-steps.ts";
import { oracleValues } from "./metric-query-oracle.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 25);
const midnightMs = Date.UTC(2026, 2, 4);
/** Days and files change in the middle. */
const startMs = midnightMs - 60_000;

let folder: TemporaryFolder;
let lake: Lake;
let table: LakeTable;
beforeAll(async () => {
  folder = await temporaryFolder();
  lake = await openLake({ root: folder.path, clock: () => midnightMs, threads: 2 });
  table = await lake.table(metricWindowsTable);
});
afterAll(async () => {
  await lake.close();
  await folder.remove();
});

interface RandomSample {
  readonly afterMs: number;
  readonly series: number;
  readonly value: number;
}

const seriesOf = ["a:1", "b:1", "😀:1"].flatMap((instance) =>
  (["200", 'x"\\\n', undefined] as const).flatMap((code) =>
    (["counter", "gauge", "unknown"] as const).map((kind) => ({ instance, code, kind })),
  ),
);
const bucketsOf = ["0.1", "2", "+Inf", "1e0", "none"].flatMap((le) =>
  ["a:1", "b:1"].map((instance) => ({ instance, le })),
);
const seriesCount = seriesOf.length + bucketsOf.length;

/** Of all sizes, so that another order of adding gives another sum. */
const value = fc.oneof(
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.double({ min: 0, max: 1e16, noNaN: true }),
  fc.nat(50),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 0.1, 0.2, 0.3, -5e-324, 1.7e308),
);
const samples: fc.Arbitrary<RandomSample[]> = fc.uniqueArray(
  fc.record({ afterMs: fc.nat(24).map((at) => at * 5_000), series: fc.nat(seriesCount - 1), value }),
  { minLength: 60, maxLength: 200, selector: ({ afterMs, series }) => `${afterMs} ${series}` },
);

function windowsOf(tenant: string, all: readonly RandomSample[]): MetricWindow[] {
  const windows = new TumblingWindows(metricWindows, { watermarkMs: -Infinity, openAggregatesMax: 10_000 });
  for (const { afterMs, series, value: number } of all) {
    const plain = seriesOf[series];
    const bucket = bucketsOf[series - seriesOf.length];
    const sample = plain
      ? { name: "m", kind: plain.kind as MetricKind, labels: plain.code === undefined ? {} : { code: plain.code } }
      : { name: "m_bucket", kind: "counter" as const, labels: { le: bucket!.le } };
    const { instance } = (plain ?? bucket)!;
    const scrape = { tenant, job: "shop", instance, sampledAtMs: startMs + afterMs, isUp: true };
    for (const row of sampleRows({ ...scrape, samples: [{ ...sample, value: number }] })) {
      if (row.name !== "up") windows.observe(row);
    }
  }
  return windows.closeReady(Infinity);
}

/** Into files of any size, in any order, as a monitor and its compaction leave them. */
async function store(windows: readonly MetricWindow[], fileRows: number): Promise<void> {
  for (let from = 0; from < windows.length; from += fileRows) {
    const rows = windows.slice(from, from + fileRows).map(({ startMs: windowStartMs, endMs, ...others }) => ({
      ...Object.fromEntries(Object.entries(others).map(([name, of]) => [columnName(name), of])),
      window_start: windowStartMs,
      window_end: endMs,
      date: new Date(windowStartMs).toISOString().slice(0, 10),
    }));
    await table.commit({ add: await lake.writeSmall(table, rows), operation: "append" });
  }
}

const queries = fc
  .tuple(
    fc.constantFrom("rate", "increase", "avg", "min", "max", "last", "p0", "p50", "p99.9", "p100"),
    fc.constantFrom("m", "m_bucket"),
    fc.constantFrom("", '{instance=~"a.*"}', '{code!="200"}', '{le!="2"}', '{job!="shop"}'),
    fc.constantFrom("", " by ()", " by (code)", " by (instance, kind)", " by (le, job)"),
  )
  .map(([applied, name, matchers, by]) => `${applied}(${name}${matchers})${by}`);
const spans = fc.record({
  fromMs: fc.integer({ min: -20_000, max: 60_000 }),
  lengthMs: fc.integer({ min: 1, max: 130_000 }),
  stepMs: fc.constantFrom(10_000, 20_000, 30_000, 60_000, 120_000),
});
const cases = fc.array(fc.record({ text: queries, span: spans, sliceWindows: fc.constantFrom(1, 20, 1_000) }), {
  minLength: 6,
  maxLength: 6,
});

/** In order of their keys, as bytes: the order in which series are added. */
function inKeyOrder(windows: readonly MetricWindow[]): MetricWindow[] {
  const keys = ({ labels, name, instance, job, kind }: MetricWindow) => [labels, name, instance, job, kind];
  return [...windows].sort((a, b) => {
    const [left, right] = [keys(a), keys(b)];
    const at = left.findIndex((key, place) => key !== right[place]);
    return at < 0 ? 0 : Buffer.compare(Buffer.from(left[at]!), Buffer.from(right[at]!));
  });
}

/** What a question is answered with, to the last bit of each number; or the refusal. */
async function answerOf(ask: () => Promise<readonly MetricPoints[]> | readonly MetricPoints[]): Promise<string> {
  try {
    const answer = (await ask()).map(({ labels, points }) => [
      Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
      points,
    ]);
    const texts = answer.map((each) => JSON.stringify(each, (_, of: unknown) => (isInfinite(of) ? String(of) : of)));
    return texts.sort().join("\n");
  } catch (error) {
    return String(error);
  }
}

function isInfinite(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

test("steps that DuckDB makes are those of the windows in memory, and of an oracle, to the last bit", async () => {
  let run = 0;
  let values = 0;
  await fc.assert(
    fc.asyncProperty(samples, cases, fc.integer({ min: 7, max: 60 }), async (all, asked, fileRows) => {
      const tenant = `t${(run += 1)}`;
      const windows = windowsOf(tenant, all);
      await store(windows, fileRows);
      for (const { text, span, sliceWindows } of asked) {
        const { stepMs } = span;
        const from = Math.floor((startMs + span.fromMs) / stepMs) * stepMs;
        const range = { startMs: from, endMs: from + span.lengthMs, stepMs };
        const query = parseMetricQuery(text);
        const found = await answerOf(() =>
          readMetricSteps(lake, { query, tenant, ...range }, { ...stepLimits, sliceWindows }),
        );
        expect(found, text).toBe(await answerOf(() => runMetricQuery(query, inKeyOrder(windows), range)));
        expect(found, text).toBe(await answerOf(() => oracleValues(text, inKeyOrder(windows), range)));
        values += found.split('"value"').length - 1;
      }
    }),
    { numRuns },
  );
  expect(values).toBeGreaterThan(numRuns);
});

test("what is beyond a limit is refused with what to ask instead", async () => {
  const all = Array.from({ length: 12 }, (_, at) => ({ afterMs: at * 10_000, series: at % 2, value: at }));
  await store(windowsOf("limits", all), 100);
  const query = parseMetricQuery("last(m)");
  const ask = (limits: Partial<typeof stepLimits>, stepMs = 10_000) =>
    readMetricSteps(
      lake,
      { query, tenant: "limits", startMs, endMs: startMs + 120_000, stepMs },
      { ...stepLimits, ...limits },
    );
  await expect(ask({ seriesMax: 1 })).rejects.toThrow("m has more than 1 series in the range; ask for a shorter one");
  await expect(ask({ pointsMax: 11 })).rejects.toThrow("the answer holds more than 11 values; ask for a longer step");
  await expect(ask({ stepWindowsMax: 5 }, 60_000)).rejects.toThrow(
    "a step holds more than 5 windows; ask for a shorter",
  );
  const whole = await ask({ seriesMax: 2, pointsMax: 12, stepWindowsMax: 1, sliceWindows: 1 });
  expect(whole.flatMap(({ points }) => points)).toHaveLength(12);
});
