import { AppError } from "@footfall/base";
import { type MetricPoints, type MetricSpan, type MetricWindow, readLabels } from "@footfall/metrics";
import { sketchQuantile } from "@footfall/windows";

const questionForm = /^(\w+(?:\.\d+)?)\((\w+)(?:\{(\w+)(=~|!=|=)"([^"]*)"\})?\)(?: by \(([^)]*)\))?$/;

/**
 * What a query over windows of 10 s has to answer, in plain loops: each step of each group by itself, from all windows.
 * Takes one matcher at most. Windows are in order of their series.
 */
export function oracleValues(text: string, windows: readonly MetricWindow[], span: MetricSpan): MetricPoints[] {
  const [, applied, name, label, operator, wanted, byText] = questionForm.exec(text)!;
  const by = byText?.split(",").map((each) => each.trim());
  const isPercentile = /^p\d/.test(applied!);
  const labelsOf = ({ labels, job, instance }: MetricWindow): Record<string, string> => ({
    ...readLabels(labels),
    job,
    instance,
  });
  const picked = windows.filter((window) => {
    if (window.startMs < span.startMs || window.endMs > span.endMs) return false;
    if (window.name !== name && !(isPercentile && window.name === `${name}_bucket`)) return false;
    if (label === undefined) return true;
    const value = labelsOf(window)[label] ?? "";
    if (operator === "=") return value === wanted;
    return operator === "!=" ? value !== wanted : new RegExp(`^(${wanted})$`).test(value);
  });
  if ((applied === "rate" || applied === "increase") && picked.length > 0) {
    if (picked.every(({ kind }) => kind === "gauge")) {
      throw new AppError("REQUEST_INVALID", `${name} is a gauge, which has no ${applied}; ask for avg or last of it`);
    }
  }
  const groupOf = (window: MetricWindow): string => {
    const all = Object.entries(labelsOf(window)).sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = by ? all.filter(([key, value]) => by.includes(key) && value !== "") : all;
    return JSON.stringify(shown.filter(([key]) => by || !isPercentile || key !== "le"));
  };
  const answer: MetricPoints[] = [];
  for (const group of new Set(picked.map(groupOf))) {
    const points: { startMs: number; value: number }[] = [];
    const ofGroup = picked.filter((window) => groupOf(window) === group);
    for (let startMs = span.startMs; startMs < span.endMs; startMs += span.stepMs) {
      const step = ofGroup.filter((window) => window.startMs >= startMs && window.startMs < startMs + span.stepMs);
      const value = isPercentile
        ? percentile(Number(`${applied!.slice(1)}e-2`), step)
        : stepValue(applied!, step, span.stepMs / 1_000);
      if (value !== undefined) points.push({ startMs, value });
    }
    const entries = JSON.parse(group) as [string, string][];
    const labels = by ? by.flatMap((key) => entries.filter(([known]) => known === key)) : entries;
    if (points.length > 0) answer.push({ labels: Object.fromEntries(labels), points });
  }
  return answer;
}

/** Windows of each series in order of time; series in order of their first window, then as they were given. */
function seriesOf(step: readonly MetricWindow[]): MetricWindow[][] {
  const series: MetricWindow[][] = [];
  for (const window of [...step].sort((a, b) => a.startMs - b.startMs)) {
    const isSame = ([first]: MetricWindow[]) =>
      (["labels", "name", "instance", "job", "kind"] as const).every((key) => first![key] === window[key]);
    const known = series.find(isSame);
    if (known) known.push(window);
    else series.push([window]);
  }
  return series;
}

function stepValue(applied: string, step: readonly MetricWindow[], seconds: number): number | undefined {
  const series = seriesOf(step);
  const least = step.flatMap((window) => window.least ?? []);
  const greatest = step.flatMap((window) => window.greatest ?? []);
  if (applied === "min") return least.length > 0 ? Math.min(...least) : undefined;
  if (applied === "max") return greatest.length > 0 ? Math.max(...greatest) : undefined;
  if (applied === "last") return added(series.map((windows) => windows.findLast(hasNewest)?.newest));
  if (applied === "avg") {
    const total = added(series.map((windows) => added(windows.map((window) => window.total))));
    let count = 0;
    for (const { samples, notFinite } of step) count += samples - notFinite;
    return total === undefined ? undefined : total / count;
  }
  const increase = added(series.map((windows) => added(windows.map((window) => window.increase))));
  return applied === "rate" && increase !== undefined ? increase / seconds : increase;
}

function hasNewest({ newest }: MetricWindow): boolean {
  return newest !== undefined;
}

/** From left to right, without those that are not there. */
function added(numbers: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined;
  for (const number of numbers) if (number !== undefined) sum = sum === undefined ? number : sum + number;
  return sum;
}

function percentile(share: number, step: readonly MetricWindow[]): number | undefined {
  const buckets = step.flatMap(({ spread }) =>
    (spread?.split(" ") ?? []).flatMap((part) => {
      const [bucket, count] = part.split(":").map(Number);
      return Array.from({ length: count! }, () => bucket!);
    }),
  );
  if (buckets.length > 0) {
    buckets.sort((a, b) => a - b);
    return sketchQuantile(new Map([[buckets[Math.floor(share * (buckets.length - 1))]!, 1]]), 0);
  }
  const bounds = new Map<number, number>();
  for (const windows of seriesOf(step)) {
    const { le } = readLabels(windows[0]!.labels);
    const bound = le === "+Inf" ? Infinity : Number(le);
    const increase = added(windows.map((window) => window.increase));
    if (!Number.isNaN(bound) && increase !== undefined) bounds.set(bound, (bounds.get(bound) ?? 0) + increase);
  }
  return histogramPercentile(share, bounds);
}

/** Linear within the bucket that the rank falls into; counts never fall with the bound. */
function histogramPercentile(share: number, bounds: ReadonlyMap<number, number>): number | undefined {
  const sorted = [...bounds].sort(([a], [b]) => a - b);
  let most = 0;
  const rising = sorted.map(([bound, count]) => [bound, (most = Math.max(most, count))] as const);
  if (sorted.length < 2 || sorted.at(-1)![0] !== Infinity || most === 0) return undefined;
  const rank = share * most;
  let [lower, below] = [0, 0];
  for (const [at, [bound, count]] of rising.entries()) {
    if (count >= rank && count > 0) {
      if (bound === Infinity) return rising.at(-2)![0];
      if (at === 0 && bound <= 0) return bound;
      return lower + (bound - lower) * ((rank - below) / (count - below));
    }
    [lower, below] = [bound, count];
  }
  return undefined;
}
