import type { MetricKind, MetricSample } from "../metric-sample.ts";
import { labelsText } from "../series.ts";
import { boundText, type LabelLimits, readSampleLine, type SampleLine } from "./sample-line.ts";

export interface ExpositionOptions extends Partial<LabelLimits> {
  /** Whether the answer's content type is OpenMetrics, whose end must be marked. */
  readonly isOpenMetrics?: boolean;
  /** Samples taken; the lines after them are refused. */
  readonly samplesMax?: number;
}

export interface Exposition {
  readonly samples: readonly MetricSample[];
  /** Lines that are no samples, or more than may be; the others are taken. */
  readonly rejectedLines: number;
  /** Of the first of them: `line 7: the value is no number`. */
  readonly errors: readonly string[];
}

/** A sample and what it belongs to. */
interface Placed {
  readonly sample: MetricSample;
  readonly family: string;
}

const errorsMax = 10;
const suffixPattern = /_(?:total|created|bucket|count|sum|gcount|gsum|info)$/;
const typePattern = /^#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\S+)[ \t]*$/;

/**
 * Samples of Prometheus' text format 0.0.4 and of OpenMetrics 1.0. Buckets, sum and count of histograms and summaries
 * are counters; `_created` is no sample but the start of its family's. Time stamps are left out: the scrape's counts. A
 * target's own labels `job` and `instance` become `exported_job` and `exported_instance`.
 */
export function parseExposition(text: string, options: ExpositionOptions = {}): Exposition {
  const { isOpenMetrics = false, samplesMax = 50_000, labelsMax = 64, labelLengthMax = 2_048 } = options;
  const families = new Map<string, string>();
  const placed = new Map<string, Placed>();
  const startsMs = new Map<string, number>();
  const errors: string[] = [];
  let rejectedLines = 0;
  const reject = (line: number, message: string) => {
    rejectedLines += 1;
    if (errors.length < errorsMax) errors.push(`line ${line}: ${message}`);
  };
  const lines = text.split("\n");
  let hasEnd = false;
  for (const [index, full] of lines.entries()) {
    const line = full.trim();
    if (line === "") continue;
    if (hasEnd) {
      reject(index + 1, "there is more after # EOF");
      break;
    }
    if (line.startsWith("#")) {
      hasEnd = isOpenMetrics && line === "# EOF";
      const type = typePattern.exec(line);
      if (type && families.size < samplesMax) families.set(type[1]!, type[2]!);
      continue;
    }
    try {
      const read = readSampleLine(line, { labelsMax, labelLengthMax });
      const family = familyOf(read.name, families);
      const start = startOf(read, family, families);
      if (start) startsMs.set(start.series, start.startedAtMs);
      else place(read, family, families.get(family) ?? "unknown", placed, samplesMax);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      reject(index + 1, error.message);
    }
  }
  if (isOpenMetrics && !hasEnd) reject(lines.length, "there is no # EOF: the text was cut off");
  return { samples: [...placed.values()].map((each) => started(each, startsMs)), rejectedLines, errors };
}

/** The family whose type a sample has: its own name, or that without a suffix. */
function familyOf(name: string, families: ReadonlyMap<string, string>): string {
  if (families.has(name) && !name.endsWith("_created")) return name;
  const base = name.replace(suffixPattern, "");
  if (base === name) return name;
  // In 0.0.4 counter `x_total` is a family of that name, and its start `x_created`.
  if (!families.has(base) && name.endsWith("_created") && families.has(`${base}_total`)) return `${base}_total`;
  return families.has(base) ? base : name;
}

function startOf(
  { name, labels, value }: SampleLine,
  family: string,
  families: ReadonlyMap<string, string>,
): { readonly series: string; readonly startedAtMs: number } | undefined {
  const hasStart = /^(?:counter|histogram|summary)$/.test(families.get(family) ?? "");
  if (!hasStart || !name.endsWith("_created") || name === family || typeof value !== "number") return undefined;
  return { series: seriesOf(family, ownLabels(labels)), startedAtMs: Math.round(value * 1_000) };
}

function place(
  { name, labels: given, value }: SampleLine,
  family: string,
  type: string,
  placed: Map<string, Placed>,
  samplesMax: number,
): void {
  const labels = ownLabels(given);
  for (const bound of ["le", "quantile"] as const) {
    if (labels[bound] !== undefined && type !== "unknown") labels[bound] = boundText(labels[bound]);
  }
  const series = seriesOf(name, labels);
  if (placed.has(series)) throw new SyntaxError("the series is there twice");
  if (placed.size >= samplesMax) throw new SyntaxError(`more than ${samplesMax} samples`);
  placed.set(series, { sample: { name, kind: kindOf(type, labels), labels, value }, family });
}

function kindOf(type: string, labels: Readonly<Record<string, string>>): MetricKind {
  switch (type) {
    case "counter":
    case "histogram":
      return "counter";
    case "summary":
      return labels["quantile"] === undefined ? "counter" : "gauge";
    case "gauge":
    case "gaugehistogram":
    case "info":
    case "stateset":
      return "gauge";
    default:
      return "unknown";
  }
}

function started({ sample, family }: Placed, startsMs: ReadonlyMap<string, number>): MetricSample {
  if (sample.kind !== "counter" || startsMs.size === 0) return sample;
  const { le: _, ...labels } = sample.labels;
  const startedAtMs = startsMs.get(seriesOf(family, labels));
  return startedAtMs === undefined ? sample : { ...sample, startedAtMs };
}

function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${labelsText(labels)}}`;
}

/** `job` and `instance` are the scrape's. */
function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { job, instance, ...own }: Record<string, string> = labels;
  if (job !== undefined) own[freeName("exported_job", own)] = job;
  if (instance !== undefined) own[freeName("exported_instance", own)] = instance;
  return own;
}

function freeName(name: string, labels: Readonly<Record<string, string>>): string {
  return Object.hasOwn(labels, name) ? freeName(`exported_${name}`, labels) : name;
}
