import { type Static, Type } from "@sinclair/typebox";
import { type AlertState, noAlerts } from "../alert-state.ts";
import { parseDuration } from "../duration.ts";
import { evaluate } from "../evaluate.ts";
import type { Labels } from "../label-matcher.ts";
import { firingAlerts } from "../notices/notified-alert.ts";
import { type AlertRule, parseRules } from "../rule-file.ts";
import { Duration, LabelTexts } from "../rule-schema.ts";
import { type Problem, schemaProblems } from "@footfall/base/schema-problems";
import { type NotedSeries, notedReader } from "./noted-reader.ts";
import { parseSeries, parseValues } from "./series-notation.ts";

const closed = { additionalProperties: false } as const;
const text = Type.String({ description: "a text" });
const ExpectedAlert = Type.Object(
  { exp_labels: Type.Optional(LabelTexts), exp_annotations: Type.Optional(LabelTexts) },
  { ...closed, description: "an alert: exp_labels, exp_annotations" },
);
const Expectation = Type.Object(
  {
    eval_time: Duration,
    alertname: text,
    exp_alerts: Type.Optional(Type.Array(ExpectedAlert, { description: "a list of alerts" })),
  },
  { ...closed, description: "an expectation: eval_time, alertname, exp_alerts" },
);
const RuleTest = Type.Object(
  {
    name: Type.Optional(text),
    interval: Type.Optional(Duration),
    input_series: Type.Array(Type.Object({ series: text, values: text }, { ...closed, description: "a series" }), {
      description: "a list of series",
    }),
    alert_rule_test: Type.Array(Expectation, { description: "a list of expectations" }),
  },
  { ...closed, description: "a test" },
);
const TestFileSchema = Type.Object(
  {
    /** For whoever opens the files. */
    rule_files: Type.Optional(Type.Array(text, { description: "a list of paths" })),
    evaluation_interval: Type.Optional(Duration),
    zone: Type.Optional(text),
    tests: Type.Array(RuleTest, { description: "a list of tests" }),
  },
  { ...closed, description: "an object with tests" },
);
type RuleTest = Static<typeof RuleTest>;

export interface RuleTestFailure {
  readonly test: string;
  readonly alertname: string;
  readonly evalTime: string;
  /** Lines that begin with `-` (expected, not there) or `+` (there, not expected). */
  readonly diff: readonly string[];
}

export interface RuleTestResult {
  /** What is wrong with the files; then no test ran. */
  readonly problems: readonly Problem[];
  readonly failures: readonly RuleTestFailure[];
  readonly checks: number;
}

/**
 * Tests rules as `promtool test rules` does: from series in its notation, which alerts fire at given times. `ruleFile`
 * and `testFile` are parsed files. Samples begin at time 0; rules of the wall clock (`watermark`) are not judged.
 */
export function testRules(ruleFile: unknown, testFile: unknown): RuleTestResult {
  const parsed = parseRules(ruleFile);
  const problems = schemaProblems(TestFileSchema, testFile);
  if ("problems" in parsed) return { problems: [...parsed.problems, ...problems], failures: [], checks: 0 };
  if (problems.length > 0) return { problems, failures: [], checks: 0 };
  const file = testFile as Static<typeof TestFileSchema>;
  const stepMs = parseDuration(file.evaluation_interval ?? "1m")!;
  const failures: RuleTestFailure[] = [];
  let checks = 0;
  for (const [index, test] of file.tests.entries()) {
    const series = readSeries(test, `tests[${index}]`, problems);
    const intervalMs = parseDuration(test.interval ?? "1m")!;
    if (stepMs === 0) problems.push({ place: "evaluation_interval", message: "must be longer than 0" });
    if (intervalMs === 0) problems.push({ place: `tests[${index}].interval`, message: "must be longer than 0" });
    if (problems.length > 0) continue;
    checks += test.alert_rule_test.length;
    const reader = notedReader(series, intervalMs);
    const name = test.name ?? `tests[${index}]`;
    failures.push(...runTest({ rules: parsed.rules, reader, test, name, stepMs, zone: file.zone ?? "UTC" }));
  }
  return { problems, failures, checks };
}

function readSeries(test: RuleTest, place: string, problems: Problem[]): NotedSeries[] {
  return test.input_series.flatMap((entry, index) => {
    const series = parseSeries(entry.series);
    const values = parseValues(entry.values);
    const at = `${place}.input_series[${index}]`;
    if (!series) problems.push({ place: `${at}.series`, message: 'must be a series such as up{job="collector"}' });
    if (!values) problems.push({ place: `${at}.values`, message: "must be values such as 0+10x5 _ stale" });
    return series && values ? { ...series, values } : [];
  });
}

interface Run {
  readonly rules: readonly AlertRule[];
  readonly reader: ReturnType<typeof notedReader>;
  readonly test: RuleTest;
  readonly name: string;
  readonly stepMs: number;
  readonly zone: string;
}

function runTest({ rules, reader, test, name, stepMs, zone }: Run): RuleTestFailure[] {
  const expectations = test.alert_rule_test
    .map((expectation) => ({ ...expectation, atMs: parseDuration(expectation.eval_time)! }))
    .sort((a, b) => a.atMs - b.atMs);
  let state: AlertState = noAlerts;
  let nextMs = 0;
  return expectations.flatMap(({ atMs, eval_time: evalTime, alertname, exp_alerts: expected = [] }) => {
    for (; nextMs <= atMs; nextMs += stepMs) {
      state = evaluate(rules, reader, state, nextMs, { zone, alertsMax: 10_000 }).state;
    }
    const found = firingAlerts(state).filter(({ labels }) => labels["alertname"] === alertname);
    const diff = difference(
      expected.map((alert) => lineOf({ ...alert.exp_labels, alertname }, alert.exp_annotations ?? {})),
      found.map(({ labels, annotations }) => lineOf(labels, annotations)),
    );
    return diff.length > 0 ? [{ test: name, alertname, evalTime, diff }] : [];
  });
}

function difference(expected: readonly string[], found: readonly string[]): string[] {
  const extra = [...found];
  const lines: string[] = [];
  for (const line of expected) {
    const place = extra.indexOf(line);
    if (place < 0) lines.push(`- ${line}`);
    else extra.splice(place, 1);
  }
  return [...lines, ...extra.map((line) => `+ ${line}`)];
}

function lineOf(labels: Labels, annotations: Labels): string {
  return [labels, annotations]
    .map((texts) =>
      Object.keys(texts)
        .sort()
        .map((name) => `${name}=${JSON.stringify(texts[name])}`),
    )
    .map((pairs) => `{${pairs.join(", ")}}`)
    .join(" ");
}
