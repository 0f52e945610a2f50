import { expect, test } from "vitest";
import { notedReader } from "../../src/alerts/rule-tests/noted-reader.ts";
import { parseSeries, parseValues } from "../../src/alerts/rule-tests/series-notation.ts";
import { testRules } from "../../src/alerts/rule-tests/test-rules.ts";
import { loadRule, minuteMs } from "./alerts-fixture.ts";

const ruleFile = {
  groups: [{ name: "g", rules: [loadRule({ for: "2m", annotations: { summary: "{{ $value }}" } })] }],
};
const input = [{ series: 'load{instance="a:1"}', values: "1 20x5" }];

test("values are in Prometheus' notation", () => {
  expect(parseValues("0+10x3 5-1x2 7x2 _ _x2 stale 1e3 -4 .5")).toEqual([
    0,
    10,
    20,
    30,
    5,
    4,
    3,
    7,
    7,
    7,
    undefined,
    undefined,
    undefined,
    undefined,
    1000,
    -4,
    0.5,
  ]);
  expect(parseValues("NaN Inf -Inf")).toEqual([Number.NaN, Infinity, -Infinity]);
  expect(["1+", "x5", "1x", "a", "1x100000"].map(parseValues)).toEqual(Array(5).fill(undefined));
});

test("series are in Prometheus' notation", () => {
  expect(parseSeries('up{a="1", b="x,\\"}"}')).toEqual({ name: "up", labels: { a: "1", b: 'x,"}' } });
  expect(parseSeries("up")).toEqual({ name: "up", labels: {} });
  expect(['{a="1"}', "up{a=1}", 'up{a="1"'].map(parseSeries)).toEqual(Array(3).fill(undefined));
});

test("increases are exact: the sample before counts as the start, a decrease as a reset", () => {
  const values = parseValues("5 6 7 8 0 10 20 5 15 _ _")!;
  const reader = notedReader([{ name: "c", labels: {}, values }], minuteMs);
  const read = (fn: "increase" | "rate" | "last", from: number, to: number) => {
    const found = reader.series({ name: "c", matchers: [] }, fn, from * minuteMs, to * minuteMs);
    return found === "missing" ? found : found[0]?.value;
  };
  expect(read("increase", 0, 3)).toBe(3);
  // Prometheus reads 35 from 0 10 20 5 15.
  expect(read("increase", 4, 8)).toBe(35);
  expect(read("rate", 4, 8)).toBe(35 / 240);
  expect(read("last", 7, 8)).toBe(15);
  expect(read("last", 8, 9)).toBe("missing");
});

test("what fires as expected is no failure", () => {
  const at = (eval_time: string, more = {}) => ({ eval_time, alertname: "Load", ...more });
  const exp_alerts = [{ exp_labels: { instance: "a:1" }, exp_annotations: { summary: "20" } }];
  const tests = [{ input_series: input, alert_rule_test: [at("3m", { exp_alerts }), at("2m")] }];
  expect(testRules(ruleFile, { tests })).toEqual({ problems: [], failures: [], checks: 2 });
});

test("a failure says what is missing and what is there instead", () => {
  const exp_alerts = [{ exp_labels: { instance: "b:1" }, exp_annotations: { summary: "20" } }];
  const tests = [
    { name: "wrong", input_series: input, alert_rule_test: [{ eval_time: "5m", alertname: "Load", exp_alerts }] },
  ];
  expect(testRules(ruleFile, { tests }).failures).toEqual([
    {
      test: "wrong",
      alertname: "Load",
      evalTime: "5m",
      diff: [
        '- {alertname="Load", instance="b:1"} {summary="20"}',
        '+ {alertname="Load", instance="a:1"} {summary="20"}',
      ],
    },
  ]);
});

test("problems of both files are listed", () => {
  const tests = [{ input_series: [{ series: "?", values: "?" }], alert_rule_test: [] }];
  expect(testRules(ruleFile, { tests }).problems.map(({ place }) => place)).toEqual([
    "tests[0].input_series[0].series",
    "tests[0].input_series[0].values",
  ]);
  expect(testRules({}, { tests: 1 }).problems.map(({ place }) => place)).toEqual(["groups", "tests"]);
  expect(testRules(ruleFile, { evaluation_interval: "0", tests }).problems).toHaveLength(3);
});
