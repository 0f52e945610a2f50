import { expect, test } from "vitest";
import { parseDuration } from "../../src/alerts/duration.ts";
import { matchesLabels, parseMatcher } from "../../src/alerts/label-matcher.ts";
import { parseRules } from "../../src/alerts/rule-file.ts";
import { fillTemplate, humanise } from "../../src/alerts/template.ts";
import { loadRule, someRules } from "./alerts-fixture.ts";

function problemsOf(...rules: readonly unknown[]): Record<string, string> {
  const parsed = parseRules({ groups: [{ name: "g", rules }] });
  return Object.fromEntries(
    ("problems" in parsed ? parsed.problems : []).map(({ place, message }) => [place, message]),
  );
}

test("durations are Prometheus' ones", () => {
  expect(["0", "0s", "30s", "5m", "1h30m", "1d", "2w", "100ms", "1m1ms"].map(parseDuration)).toEqual([
    0, 0, 30_000, 300_000, 5_400_000, 86_400_000, 1_209_600_000, 100, 60_001,
  ]);
  expect(["", "5", "m", "5 m", "30m1h", "1.5h", "-1m", "1m2m"].map(parseDuration)).toEqual(Array(8).fill(undefined));
});

test("a rule without more than alert and condition has Prometheus' defaults", () => {
  expect(someRules(loadRule())[0]).toMatchObject({
    group: "group",
    intervalMs: 60_000,
    forMs: 0,
    keepFiringForMs: 0,
    noData: "keep",
    condition: { kind: "threshold", value: 10, until: 10 },
  });
});

test("all problems of a file are listed at once, with their places", () => {
  const threshold = { metric: { name: "m" }, function: "median", over: "5m", op: "=>", value: "1" };
  expect(
    problemsOf(
      { alert: "A", condition: { threshold }, for: "5 minutes" },
      { condition: {}, expr: "up == 0" },
      { alert: "B", condition: { threshold: { ...threshold, function: "last", op: ">", value: 1, until: 2 } } },
      { alert: "C", condition: {}, labels: { "a-b": "1" }, no_data: "panic" },
    ),
  ).toEqual({
    "groups[0].rules[0].condition.threshold.function":
      "must be one of rate, increase, last, avg, min, max, p50, p90, p95, p99",
    "groups[0].rules[0].condition.threshold.op": "must be one of >, >=, <, <=, ==, !=",
    "groups[0].rules[0].condition.threshold.value": "must be a number",
    "groups[0].rules[0].for": "must be a duration such as 30s, 5m or 1h30m",
    "groups[0].rules[1].alert": "is missing",
    "groups[0].rules[1].expr": "is not known here",
    "groups[0].rules[2].condition.threshold.until": "must be on the calm side of > 1",
    "groups[0].rules[3].labels.a-b": "is not known here",
    "groups[0].rules[3].no_data": "must be one of keep, alert, ok",
  });
  expect(parseRules(null)).toEqual({ problems: [{ place: "", message: "must be an object with groups" }] });
});

test("rules that cannot do what they say are refused", () => {
  const threshold = { metric: { name: "m", matchers: ["?"] }, function: "p99", over: "0s", op: ">", value: 1, by: [] };
  expect(problemsOf({ alert: "A", condition: { threshold, always: {} } })).toEqual({
    "groups[0].rules[0].condition": "must have exactly one kind, has threshold, always",
    "groups[0].rules[0].condition.threshold.metric.matchers[0]": 'must be a matcher such as status=~"5.."',
    "groups[0].rules[0].condition.threshold.over": "must be longer than 0",
    "groups[0].rules[0].condition.threshold.combine":
      "percentiles of several series have no sum or average; take max or min",
  });
  const labels = { version: "{{ $labels.version }}", load: "{{ $value }}", other: '{{ query "up" }}' };
  const labelled = problemsOf(loadRule({ labels }), loadRule(), loadRule());
  expect(Object.keys(labelled)).toEqual([
    "groups[0].rules[0].labels.load",
    "groups[0].rules[0].labels.other",
    "groups[0].rules[0].labels.version",
    "groups[0].rules[2].alert",
  ]);
  expect(parseRules({ groups: [{ name: "g", interval: "0", rules: [] }] })).toHaveProperty("problems");
  const anomaly = { metric: { name: "m" }, function: "rate", over: "1h" };
  expect(Object.keys(problemsOf({ alert: "A", condition: { anomaly }, no_data: "alert" }))).toEqual([
    "groups[0].rules[0].no_data",
  ]);
});

test("matchers match whole values, and an absent label as the empty text", () => {
  const matches = (text: string, labels: Record<string, string>) => matchesLabels([parseMatcher(text)!], labels);
  expect(matches("a=b", { a: "b" })).toBe(true);
  expect(matches('a=~"b|c"', { a: "bc" })).toBe(false);
  expect(matches('a!~"5.."', { a: "200" })).toBe(true);
  expect(matches('a!=""', {})).toBe(false);
  expect(matches('a=~".*"', {})).toBe(true);
  expect(parseMatcher('a="x \\"y\\""')!.value).toBe('x "y"');
  expect(["a", 'a=~"("', '1a="b"', 'a="b" c', ""].map(parseMatcher)).toEqual(Array(5).fill(undefined));
});

test("texts are filled in, and nothing in them is filled in again", () => {
  const labels = { instance: "{{ $value }}", job: "a$&b" };
  expect(fillTemplate("{{$labels.instance}} {{ $labels.job }}{{ $labels.none }} {{ $value }}", labels, 0.012345)).toBe(
    "{{ $value }} a$&b 0.01235",
  );
  expect([0, 12, 999.96, 1234.5, 98_765_432, -1500, Number.NaN, 1 / 0, 1e30].map(humanise)).toEqual([
    "0",
    "12",
    "1k",
    "1.235k",
    "98.77M",
    "-1.5k",
    "NaN",
    "+Inf",
    "1000000000000E",
  ]);
});
