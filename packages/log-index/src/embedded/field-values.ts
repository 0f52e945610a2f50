import { type LogValue, valueTest } from "@footfall/service-logs";
import type { FieldValue } from "../log-index.ts";

/** Adds up the values of several days that begin with a prefix, as a query means it; most frequent first. */
export function fieldValuesOf(values: readonly FieldValue[], prefix: string, limit: number): readonly FieldValue[] {
  const counts = new Map<LogValue, number>();
  const isBegun = valueTest({ kind: "value", text: prefix, openStart: false, openEnd: true });
  for (const { value, count } of values) {
    if (!isBegun(value)) continue;
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
    .slice(0, limit);
}
