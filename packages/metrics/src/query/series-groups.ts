import { AppError } from "@footfall/base";
import { type Labels, labelsText, readLabels } from "../series.ts";
import type { MetricQuery } from "./parse-metric-query.ts";

/** What a series is told by, as windows have it. */
export interface SeriesKey {
  readonly name: string;
  readonly kind: string;
  /** As `labelsText` has them, without job and instance. */
  readonly labels: string;
  readonly job: string;
  readonly instance: string;
}

export interface SeriesGroups<Series> {
  /** Labels of each group, in order of their text. */
  readonly groups: readonly Labels[];
  /** The series asked for, in the order they were given. */
  readonly members: readonly GroupMember<Series>[];
}

export interface GroupMember<Series> {
  readonly series: Series;
  /** Index of its group. */
  readonly group: number;
  /** Of a histogram's bucket. */
  readonly upperBound: number | undefined;
}

/** Names of the series that a query looks at: a percentile is of a gauge, or of the buckets of a histogram. */
export function seriesNames({ function: applied, name }: MetricQuery): readonly string[] {
  return applied === "percentile" ? [name, `${name}_bucket`] : [name];
}

/**
 * Picks the series that a query asks for, of those with its names, and puts them into its groups.
 * @throws AppError REQUEST_INVALID  all that are asked for are gauges, which have no rate
 */
export function groupSeries<Series extends SeriesKey>(
  query: MetricQuery,
  all: readonly Series[],
): SeriesGroups<Series> {
  const groups = new Map<string, Labels>();
  const members = all.flatMap((series) => {
    const labels = matchedLabels(query, series);
    if (labels === undefined) return [];
    const ofGroup = groupLabels(query, labels);
    const text = labelsText(ofGroup);
    groups.set(text, ofGroup);
    return [{ series, text, upperBound: boundOf(labels["le"]) }];
  });
  refuseRateOfGauges(
    query,
    members.map(({ series }) => series.kind),
  );
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const places = new Map(sorted.map(([text], at) => [text, at]));
  return {
    groups: sorted.map(([, labels]) => labels),
    members: members.map(({ text, ...member }) => ({ ...member, group: places.get(text)! })),
  };
}

/** The labels of a series, job and instance among them; undefined where a matcher does not take it. */
export function matchedLabels({ matchers }: MetricQuery, { labels: text, job, instance }: SeriesKey) {
  const labels: Labels = { ...readLabels(text), job, instance };
  return matchers.every(({ label, matches }) => matches(labelOf(labels, label))) ? labels : undefined;
}

export function groupLabels({ function: applied, by }: MetricQuery, labels: Labels): Labels {
  if (by)
    return Object.fromEntries(by.map((label) => [label, labelOf(labels, label)]).filter(([, value]) => value !== ""));
  if (applied !== "percentile") return labels;
  const { le: _, ...others } = labels;
  return others;
}

/** @param kinds  of all series asked for */
export function refuseRateOfGauges({ function: applied, name }: MetricQuery, kinds: readonly string[]): void {
  if (applied !== "rate" && applied !== "increase") return;
  if (kinds.length === 0 || kinds.some((kind) => kind !== "gauge")) return;
  throw new AppError("REQUEST_INVALID", `${name} is a gauge, which has no ${applied}; ask for avg or last of it`);
}

/** The number in a label `le`; undefined where it is none. */
export function boundOf(le: string | undefined): number | undefined {
  if (le === "+Inf") return Number.POSITIVE_INFINITY;
  const bound = Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}

function labelOf(labels: Labels, label: string): string {
  return Object.hasOwn(labels, label) ? labels[label]! : "";
}
