import { judgeAnomaly } from "./judge-anomaly.ts";
import { type Judgement, judgeLimits } from "./judgement.ts";
import type { Labels } from "./label-matcher.ts";
import type { MetricReader, SeriesValue } from "./metric-reader.ts";
import type { Condition } from "./rule-file.ts";

type ConditionOf<Kind> = Extract<Condition, { kind: Kind }>;

/**
 * What the condition says at the end of a closed window, for each set of labels it knows of. "missing": nobody observed
 * that window. Conditions of the wall clock are not for windows: they say nothing.
 */
export function judgeCondition(
  condition: Condition,
  reader: MetricReader,
  windowEndMs: number,
  zone: string,
): readonly Judgement[] | "missing" {
  switch (condition.kind) {
    case "threshold":
      return judgeThreshold(condition, reader, windowEndMs);
    case "ratio":
      return judgeRatio(condition, reader, windowEndMs);
    case "absence":
      return judgeAbsence(condition, reader, windowEndMs);
    case "anomaly":
      return judgeAnomaly(condition, reader, windowEndMs, zone);
    case "always":
      return [{ labels: {}, verdict: "true", value: 1 }];
    case "watermark":
      return [];
  }
}

function judgeThreshold(condition: ConditionOf<"threshold">, reader: MetricReader, endMs: number) {
  const { metric, rangeFunction, overMs, by, combine } = condition;
  const found = reader.series(metric, rangeFunction, endMs - overMs, endMs);
  if (found === "missing") return found;
  const values = by === undefined ? found : combineBy(found, by, combine);
  return values.map(({ labels, value }) => judgeLimits(labels, value, condition));
}

function judgeRatio(condition: ConditionOf<"ratio">, reader: MetricReader, endMs: number) {
  const { rangeFunction, overMs, by, minimum } = condition;
  const sums = [condition.denominator, condition.numerator].map((metric) => {
    const found = reader.series(metric, rangeFunction, endMs - overMs, endMs);
    return found === "missing" ? found : combineBy(found, by, "sum");
  });
  const [below, above] = sums;
  if (below === undefined || above === undefined || below === "missing" || above === "missing") return "missing";
  const numerators = new Map(above.map(({ labels, value }) => [JSON.stringify(labels), value]));
  return below.map(({ labels, value }): Judgement => {
    if (!(value > 0 && value >= minimum)) return { labels, verdict: "no data" };
    // Counters by reason are born with their first case: no numerator is none of them.
    return judgeLimits(labels, (numerators.get(JSON.stringify(labels)) ?? 0) / value, condition);
  });
}

function judgeAbsence(condition: ConditionOf<"absence">, reader: MetricReader, endMs: number) {
  const found = reader.series(condition.metric, "last", endMs - condition.overMs, endMs);
  if (found === "missing") return found;
  return condition.expected.map((expected): Judgement => {
    const isThere = found.some(({ labels }) => Object.entries(expected).every(([name, text]) => labels[name] === text));
    return { labels: expected, verdict: isThere ? "false" : "true" };
  });
}

/** Series with equal labels `by` as one; those that say nothing are left out while another of them says something. */
function combineBy(
  found: readonly SeriesValue[],
  by: readonly string[],
  combine: ConditionOf<"threshold">["combine"],
): SeriesValue[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const series of found) {
    const names = by.filter((name) => Object.hasOwn(series.labels, name));
    const labels = Object.fromEntries(names.map((name) => [name, series.labels[name]!]));
    const key = JSON.stringify(labels);
    if (!groups.has(key)) groups.set(key, { labels, values: [] });
    if (!Number.isNaN(series.value)) groups.get(key)!.values.push(series.value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: combined(values, combine) }));
}

function combined(values: readonly number[], combine: ConditionOf<"threshold">["combine"]): number {
  if (values.length === 0) return Number.NaN;
  if (combine === "min") return Math.min(...values);
  if (combine === "max") return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return combine === "avg" ? sum / values.length : sum;
}
