import type { Labels } from "./label-matcher.ts";
import type { Limits } from "./rule-file.ts";

/**
 * What a rule says of one set of labels at one time. "held": would not begin to fire, but goes on if it does, because
 * the value is not past the lower limit of the hysteresis.
 */
export interface Judgement {
  readonly labels: Labels;
  readonly verdict: "true" | "held" | "false" | "no data";
  readonly value?: number;
}

export function judgeLimits(labels: Labels, value: number, limits: Limits): Judgement {
  if (Number.isNaN(value)) return { labels, verdict: "no data" };
  if (compare(value, limits, limits.value)) return { labels, value, verdict: "true" };
  return { labels, value, verdict: compare(value, limits, limits.until) ? "held" : "false" };
}

function compare(value: number, { op }: Limits, limit: number): boolean {
  switch (op) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case "==":
      return value === limit;
    case "!=":
      return value !== limit;
  }
}
