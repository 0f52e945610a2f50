import type { Judgement } from "./judgement.ts";
import type { Labels } from "./label-matcher.ts";
import { weeksAgo } from "./local-week.ts";
import type { MetricReader } from "./metric-reader.ts";
import type { AnomalyCondition } from "./rule-file.ts";

/** Fewer weeks of a series say nothing of what is usual. */
const historyWeeksMin = 3;

/**
 * Holds each series against itself at the same local time of past weeks: true where it is further from their median
 * than `deviations` median absolute deviations (times 1.4826, which makes them standard deviations of a normal
 * distribution) and further than the share `tolerance` of the median. With fewer than three weeks it says nothing.
 */
export function judgeAnomaly(
  condition: AnomalyCondition,
  reader: MetricReader,
  windowEndMs: number,
  zone: string,
): readonly Judgement[] | "missing" {
  const valuesAt = (endMs: number) => {
    return reader.series(condition.metric, condition.rangeFunction, endMs - condition.overMs, endMs);
  };
  const found = valuesAt(windowEndMs);
  if (found === "missing") return found;
  const history = new Map<string, number[]>();
  for (let weeks = 1; weeks <= condition.weeks; weeks += 1) {
    const past = valuesAt(weeksAgo(windowEndMs, weeks, zone));
    if (past === "missing") continue;
    for (const { labels, value } of past) {
      if (Number.isNaN(value)) continue;
      const key = keyOf(labels);
      if (!history.has(key)) history.set(key, []);
      history.get(key)!.push(value);
    }
  }
  return found.map(({ labels, value }): Judgement => {
    const past = history.get(keyOf(labels)) ?? [];
    if (past.length < historyWeeksMin || Number.isNaN(value)) return { labels, verdict: "no data" };
    return { labels, value, verdict: isUnusual(value, past, condition) ? "true" : "false" };
  });
}

function isUnusual(value: number, past: readonly number[], condition: AnomalyCondition): boolean {
  const usual = median(past);
  const deviation = 1.4826 * median(past.map((other) => Math.abs(other - usual)));
  const limit = Math.max(condition.deviations * deviation, condition.tolerance * Math.abs(usual));
  if (condition.direction !== "below" && value - usual > limit) return true;
  return condition.direction !== "above" && usual - value > limit;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}
