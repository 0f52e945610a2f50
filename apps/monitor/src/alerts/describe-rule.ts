import { escapeLabel } from "@footfall/metrics";
import type { AlertRule, MetricSelector } from "@footfall/metrics/alerts";

type Condition = AlertRule["condition"];

const operators = {
  ">": "above",
  ">=": "at least",
  "<": "below",
  "<=": "at most",
  "==": "exactly",
  "!=": "other than",
} as const;
const functions: Readonly<Record<string, string>> = {
  last: "last value",
  avg: "average",
  min: "minimum",
  max: "maximum",
};
const unitsMs = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000 } as const;

/** When an alert of the rule fires, in words. */
export function describeRule({ condition, forMs, keepFiringForMs }: AlertRule): string {
  return [
    wordsOf(condition),
    ...(forMs > 0 ? [`for ${durationText(forMs)}`] : []),
    ...(keepFiringForMs > 0 ? [`until it was not so for ${durationText(keepFiringForMs)}`] : []),
  ].join(", ");
}

function wordsOf(condition: Condition): string {
  switch (condition.kind) {
    case "threshold": {
      const { metric, rangeFunction, overMs, by, combine } = condition;
      const each = by === undefined ? "" : ` (${combine}${by.length > 0 ? ` by ${by.join(", ")}` : ""})`;
      return `${measured(metric, rangeFunction)}${each} in ${durationText(overMs)} is ${limitWords(condition)}`;
    }
    case "ratio": {
      const { numerator, denominator, rangeFunction, overMs, by, minimum } = condition;
      const each = by.length > 0 ? ` by ${by.join(", ")}` : "";
      const enough = minimum > 0 ? `, where that is at least ${minimum}` : "";
      const range = `${each} in ${durationText(overMs)}`;
      return `share of the ${measured(numerator, rangeFunction)} in that of ${selectorText(denominator)}${range}${enough}, is ${limitWords(condition)}`;
    }
    case "absence": {
      const { metric, expected, overMs } = condition;
      const sets = expected.map((labels) => Object.entries(labels).map(([name, value]) => `${name} ${value}`));
      return `no ${selectorText(metric)} of ${sets.map((set) => set.join(", ")).join(" or ")} in ${durationText(overMs)}`;
    }
    case "anomaly": {
      const { metric, rangeFunction, overMs, direction, weeks } = condition;
      const side = direction === "both" ? "far from" : `far ${direction}`;
      return `${measured(metric, rangeFunction)} in ${durationText(overMs)} is ${side} that of the same hour of the last ${weeks} weeks`;
    }
    case "watermark":
      return `metrics are more than ${durationText(condition.behindMs)} behind`;
    case "always":
      return "always";
  }
}

/**
 * The query language's text for the metric that an alert is about, of the alert's own series where its labels are
 * given. Undefined: the rule is about no metric.
 */
export function chartQuery(
  { condition, labels: ownLabels }: AlertRule,
  alertLabels?: Readonly<Record<string, string>>,
) {
  if (condition.kind === "always") return undefined;
  // What stands still with the watermark are scrapes.
  if (condition.kind === "watermark") return "last(up)";
  const ofSeries = Object.entries(alertLabels ?? {}).filter(
    ([name]) => name !== "alertname" && !Object.hasOwn(ownLabels, name),
  );
  const series = ofSeries.map(([name, value]) => ({ name, op: "=" as const, value }));
  const metric = condition.kind === "ratio" ? condition.numerator : condition.metric;
  const rangeFunction = condition.kind === "absence" ? "last" : condition.rangeFunction;
  const by = "by" in condition && condition.by ? ` by (${condition.by.join(", ")})` : "";
  return `${rangeFunction}(${selectorText({ ...metric, matchers: [...metric.matchers, ...series] })})${by}`;
}

/** How far a condition looks back. */
export function lookBackMs({ condition }: AlertRule): number {
  if ("overMs" in condition) return condition.overMs;
  return condition.kind === "watermark" ? condition.behindMs : 0;
}

function limitWords({
  op,
  value,
  until,
}: Extract<Condition, { kind: "threshold" }> | Extract<Condition, { kind: "ratio" }>) {
  return `${operators[op]} ${value}${until === value ? "" : `, and until it is past ${until}`}`;
}

function measured(metric: MetricSelector, rangeFunction: string): string {
  return `${functions[rangeFunction] ?? rangeFunction} of ${selectorText(metric)}`;
}

function selectorText({ name, matchers }: MetricSelector): string {
  const texts = matchers.map((matcher) => `${matcher.name}${matcher.op}"${escapeLabel(matcher.value)}"`);
  return texts.length === 0 ? name : `${name}{${texts.join(",")}}`;
}

function durationText(durationMs: number): string {
  let restMs = durationMs;
  const parts: string[] = [];
  for (const [unit, unitMs] of Object.entries(unitsMs)) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 || restMs > 0 ? [...parts, `${restMs} ms`].join(" ") : parts.join(" ");
}
