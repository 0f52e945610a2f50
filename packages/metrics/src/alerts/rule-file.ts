import { parseDuration } from "./duration.ts";
import { type Labels, parseMatcher } from "./label-matcher.ts";
import type { MetricSelector, RangeFunction } from "./metric-reader.ts";
import { ruleProblems } from "./rule-problems.ts";
import {
  type Comparison,
  type ConditionEntry,
  type MetricEntry,
  type RuleEntry,
  type RuleFile,
  RuleFileSchema,
} from "./rule-schema.ts";
import { type Problem, schemaProblems } from "@footfall/base/schema-problems";

/** A rule that is sound, with times in milliseconds. */
export interface AlertRule {
  readonly group: string;
  readonly name: string;
  /** Judged at the ends of closed windows that are multiples of it. */
  readonly intervalMs: number;
  readonly condition: Condition;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly noData: "keep" | "alert" | "ok";
  readonly noDataForMs: number;
  readonly flapping?: { readonly episodes: number; readonly withinMs: number; readonly keepFiringForMs: number };
}

export interface Limits {
  readonly op: Comparison;
  readonly value: number;
  readonly until: number;
}

export type Condition =
  | (Limits & {
      readonly kind: "threshold";
      readonly metric: MetricSelector;
      readonly rangeFunction: RangeFunction;
      readonly overMs: number;
      readonly by?: readonly string[];
      readonly combine: "sum" | "avg" | "min" | "max";
    })
  | (Limits & {
      readonly kind: "ratio";
      readonly numerator: MetricSelector;
      readonly denominator: MetricSelector;
      readonly rangeFunction: RangeFunction;
      readonly overMs: number;
      readonly minimum: number;
      readonly by: readonly string[];
    })
  | {
      readonly kind: "absence";
      readonly metric: MetricSelector;
      readonly expected: readonly Labels[];
      readonly overMs: number;
    }
  | AnomalyCondition
  | { readonly kind: "watermark"; readonly behindMs: number }
  | { readonly kind: "always" };

export interface AnomalyCondition {
  readonly kind: "anomaly";
  readonly metric: MetricSelector;
  readonly rangeFunction: RangeFunction;
  readonly overMs: number;
  readonly direction: "above" | "below" | "both";
  readonly weeks: number;
  readonly deviations: number;
  readonly tolerance: number;
}

/** Rules of a file that is parsed already (YAML or JSON), or all that is wrong with it. */
export function parseRules(file: unknown): { readonly rules: AlertRule[] } | { readonly problems: Problem[] } {
  const problems = schemaProblems(RuleFileSchema, file);
  problems.push(...ruleProblems(file, problems));
  if (problems.length > 0) return { problems };
  return {
    rules: (file as RuleFile).groups.flatMap((group) => {
      const intervalMs = ms(group.interval ?? "1m");
      return group.rules.map((rule) => toRule(rule, group.name, intervalMs));
    }),
  };
}

function toRule(entry: RuleEntry, group: string, intervalMs: number): AlertRule {
  const { flapping } = entry;
  return {
    group,
    name: entry.alert,
    intervalMs,
    condition: toCondition(entry.condition),
    forMs: ms(entry.for ?? "0"),
    keepFiringForMs: ms(entry.keep_firing_for ?? "0"),
    labels: entry.labels ?? {},
    annotations: entry.annotations ?? {},
    noData: entry.no_data ?? "keep",
    noDataForMs: ms(entry.no_data_for ?? "1d"),
    ...(flapping && {
      flapping: {
        episodes: flapping.episodes,
        withinMs: ms(flapping.within),
        keepFiringForMs: ms(flapping.keep_firing_for),
      },
    }),
  };
}

function toCondition(entry: ConditionEntry): Condition {
  const { threshold, ratio, absence, anomaly, watermark } = entry;
  if (threshold) {
    return {
      kind: "threshold",
      ...ranged(threshold),
      ...limits(threshold),
      ...(threshold.by && { by: threshold.by }),
      combine: threshold.combine ?? "sum",
    };
  }
  if (ratio) {
    return {
      kind: "ratio",
      numerator: toSelector(ratio.numerator),
      denominator: toSelector(ratio.denominator),
      rangeFunction: ratio.function,
      overMs: ms(ratio.over),
      ...limits(ratio),
      minimum: ratio.minimum,
      by: ratio.by ?? [],
    };
  }
  if (absence) {
    const { metric, expected, over } = absence;
    return { kind: "absence", metric: toSelector(metric), expected, overMs: ms(over) };
  }
  if (anomaly) {
    return {
      kind: "anomaly",
      ...ranged(anomaly),
      direction: anomaly.direction ?? "both",
      weeks: anomaly.weeks ?? 4,
      deviations: anomaly.deviations ?? 4,
      tolerance: anomaly.tolerance ?? 0.1,
    };
  }
  return watermark ? { kind: "watermark", behindMs: ms(watermark.behind) } : { kind: "always" };
}

function ranged(entry: { metric: MetricEntry; function: RangeFunction; over: string }) {
  return { metric: toSelector(entry.metric), rangeFunction: entry.function, overMs: ms(entry.over) };
}

function limits({ op, value, until }: { op: Comparison; value: number; until?: number }): Limits {
  return { op, value, until: until ?? value };
}

function toSelector({ name, labels = {}, matchers = [] }: MetricEntry): MetricSelector {
  const equal = Object.entries(labels).map(([label, value]) => ({ name: label, op: "=" as const, value }));
  return { name, matchers: [...equal, ...matchers.map((text) => parseMatcher(text)!)] };
}

function ms(duration: string): number {
  return parseDuration(duration)!;
}
