import type { MetricSample, MetricScrape } from "@footfall/metrics";
import { wellFormed } from "./well-formed.ts";

/** A series as a receiver knows it. */
export interface RemoteSeries {
  /** Equal for equal labels only. */
  readonly id: string;
  /** Sorted by name, `__name__` among them; no empty values. */
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  /** What the labels take in a request, at most. */
  readonly bytes: number;
}

export interface RemoteSample {
  readonly series: RemoteSeries;
  /** May be NaN or infinite. */
  readonly value: number;
  /** Ms since 1970. */
  readonly timeMs: number;
}

/** Names that every receiver takes; others are an error to some, which then take nothing of the request. */
const metricNamePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelNamePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Tags and lengths of a label in a request. */
const labelOverheadBytes = 16;
const namedApart = new Set(["job", "instance"]);

/**
 * The samples of a scrape as a receiver gets them, each series once, the target's `up` among them. A tenant other than
 * the monitor's own has label `footfall_tenant`: two shops may have jobs of one name.
 * @returns the samples, and how many have names that receivers refuse
 */
export function remoteSamples(
  scrape: MetricScrape,
  ownTenant: string,
): { readonly samples: readonly RemoteSample[]; readonly invalid: number } {
  const timeMs = scrape.sampledAtMs;
  const up: MetricSample = { name: "up", kind: "gauge", labels: {}, value: scrape.isUp ? 1 : 0 };
  const samples = new Map<string, RemoteSample>();
  let invalid = 0;
  for (const sample of [...scrape.samples, up]) {
    const series = seriesOf(scrape, sample, ownTenant);
    if (series === undefined) invalid += 1;
    else if (!samples.has(series.id)) samples.set(series.id, { series, value: numberOf(sample), timeMs });
  }
  return { samples: [...samples.values()], invalid };
}

function seriesOf(
  { job, instance, tenant }: MetricScrape,
  { name, labels }: MetricSample,
  ownTenant: string,
): RemoteSeries | undefined {
  if (!metricNamePattern.test(name)) return undefined;
  const all = new Map<string, string>();
  for (const [label, value] of Object.entries(labels)) {
    if (!labelNamePattern.test(label) || label === "__name__") return undefined;
    all.set(namedApart.has(label) ? `exported_${label}` : label, value);
  }
  if (tenant !== ownTenant) all.set("footfall_tenant", tenant);
  all.set("__name__", name).set("job", job).set("instance", instance);
  const sorted = [...all]
    .filter(([, value]) => value !== "")
    .map(([label, value]) => ({ name: label, value: wellFormed(value) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const bytes = sorted.reduce(
    (sum, label) => sum + label.name.length + Buffer.byteLength(label.value) + labelOverheadBytes,
    0,
  );
  return { id: JSON.stringify(sorted.map((label) => [label.name, label.value])), labels: sorted, bytes };
}

function numberOf({ value }: MetricSample): number {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  return value === "+Inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
