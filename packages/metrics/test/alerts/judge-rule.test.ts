import { describe, expect, test } from "vitest";
import { judgeCondition } from "../../src/alerts/judge-rule.ts";
import { weeksAgo } from "../../src/alerts/local-week.ts";
import type { MetricReader, MetricSelector, SeriesValue } from "../../src/alerts/metric-reader.ts";
import { minuteMs, someRules } from "./alerts-fixture.ts";

type Found = readonly SeriesValue[] | "missing";

function judge(condition: Record<string, unknown>, series: (selector: MetricSelector, endMs: number) => Found) {
  const reader: MetricReader = { series: (selector, _function, _startMs, endMs) => series(selector, endMs) };
  return judgeCondition(someRules({ alert: "A", condition })[0]!.condition, reader, 0, "Europe/Berlin");
}

const one = (value: number, labels: Record<string, string> = {}) => ({ labels, value });

describe("ratio", () => {
  const ratio = {
    numerator: { name: "bad" },
    denominator: { name: "all" },
    function: "increase",
    over: "5m",
    op: ">",
    value: 0.1,
    minimum: 10,
    by: ["job"],
  };
  const judgeRatio = (bad: Found, all: Found) => judge({ ratio }, ({ name }) => (name === "bad" ? bad : all));

  test("sums series per group first; too little traffic, 0/0 too, is no data", () => {
    const all = [
      one(50, { job: "a", i: "1" }),
      one(50, { job: "a", i: "2" }),
      one(9, { job: "b" }),
      one(0, { job: "c" }),
    ];
    expect(judgeRatio([one(20, { job: "a", i: "1" }), one(9, { job: "b" })], all)).toEqual([
      { labels: { job: "a" }, value: 0.2, verdict: "true" },
      { labels: { job: "b" }, verdict: "no data" },
      { labels: { job: "c" }, verdict: "no data" },
    ]);
  });

  test("a counter that has not begun is none", () => {
    expect(judgeRatio([], [one(50, { job: "a" })])).toEqual([{ labels: { job: "a" }, value: 0, verdict: "false" }]);
    expect(judgeRatio("missing", [one(50)])).toBe("missing");
  });
});

describe("absence", () => {
  const expected = [{ job: "a" }, { job: "b", instance: "b:1" }];
  const absence = { metric: { name: "up" }, expected, over: "5m" };

  test("fires with the labels of each expected one that is missing, the last too (kubernetes-mixin#1112)", () => {
    expect(judge({ absence }, () => [one(1, { job: "a", instance: "a:1" })])).toEqual([
      { labels: { job: "a" }, verdict: "false" },
      { labels: { job: "b", instance: "b:1" }, verdict: "true" },
    ]);
  });

  test("fires when no exporter is left at all (prometheus-support#445)", () => {
    expect(judge({ absence }, () => [])).toMatchObject([{ verdict: "true" }, { verdict: "true" }]);
    expect(judge({ absence }, () => "missing")).toBe("missing");
  });
});

describe("threshold", () => {
  test("asks by name and matchers; joins by labels", () => {
    const metric = { name: "load", labels: { job: "a" }, matchers: ['code=~"5.."'] };
    const threshold = { metric, function: "last", over: "1m", op: ">=", value: 5, by: ["job"], combine: "max" };
    const asked: MetricSelector[] = [];
    const found = [one(5, { job: "a", i: "1" }), one(2, { job: "a", i: "2" }), one(Number.NaN, { job: "b" })];
    expect(judge({ threshold }, (selector) => (asked.push(selector), found))).toEqual([
      { labels: { job: "a" }, value: 5, verdict: "true" },
      { labels: { job: "b" }, verdict: "no data" },
    ]);
    expect(asked[0]!.matchers).toEqual([
      { name: "job", op: "=", value: "a" },
      { name: "code", op: "=~", value: "5.." },
    ]);
  });
});

describe("anomaly", () => {
  const weekMs = 7 * 24 * 60 * minuteMs;
  const anomaly = { metric: { name: "orders" }, function: "increase", over: "1h", weeks: 4 };
  const judgeAnomaly = (now: number, past: readonly (number | "missing")[], more = {}) => {
    return judge({ anomaly: { ...anomaly, ...more } }, (_selector, endMs) => {
      const weeks = -endMs / weekMs;
      const value = weeks === 0 ? now : (past[weeks - 1] ?? "missing");
      return value === "missing" ? value : [one(value, { shop: "s" })];
    });
  };

  test("is quiet with fewer than three weeks of history", () => {
    expect(judgeAnomaly(0, [100, 100])).toMatchObject([{ verdict: "no data" }]);
    expect(judgeAnomaly(0, [100, "missing", 100, 100])).toMatchObject([{ verdict: "true" }]);
  });

  test("compares with the median, by deviations and by a share", () => {
    expect(judgeAnomaly(105, [100, 100, 100])).toMatchObject([{ verdict: "false" }]);
    expect(judgeAnomaly(115, [100, 100, 100])).toMatchObject([{ verdict: "true" }]);
    expect(judgeAnomaly(115, [100, 100, 100], { direction: "below" })).toMatchObject([{ verdict: "false" }]);
    expect(judgeAnomaly(130, [90, 100, 110, 105])).toMatchObject([{ verdict: "false" }]);
  });

  test("weeks ago is the same local time, whatever the clocks did", () => {
    const berlin = (text: string) => weeksAgo(Date.parse(text), 1, "Europe/Berlin");
    // Clocks went forward on 2026-03-29, back on 2026-10-25.
    expect(new Date(berlin("2026-04-02T10:00:00+02:00")).toISOString()).toBe("2026-03-26T09:00:00.000Z");
    expect(new Date(berlin("2026-10-28T10:00:00+01:00")).toISOString()).toBe("2026-10-21T08:00:00.000Z");
    expect(new Date(berlin("2026-04-05T02:30:00+02:00")).toISOString()).toBe("2026-03-29T01:30:00.000Z");
    expect(new Date(berlin("2026-11-01T02:30:00+01:00")).toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(weeksAgo(1_800_000_000_123, 2, "UTC")).toBe(1_800_000_000_123 - 2 * weekMs);
  });
});
