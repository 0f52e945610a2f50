import type { Expression } from "../window-table.ts";
import type { MaybeNumber, Measure } from "./measure.ts";

/**
 * Exact sum; 0 where there is no value. Each value is rounded to 1 / `scale`, and whole numbers are summed: the sum is
 * exact below 2^53 of them, and does not depend on the order of arrival, as a sum of fractions would.
 * @param scale  units of one; default 1: whole numbers
 */
export function sum<Event, Row>(number: Expression<Event, Row, MaybeNumber>, scale = 1): Measure<Event, Row, number> {
  const total = `coalesce(sum(${unitsSql(number.sql, scale)}), 0)`;
  return {
    type: scale === 1 ? "BIGINT" : "DOUBLE",
    duckdb: scale === 1 ? `${total}::BIGINT` : `${total} / ${scale}`,
    fold() {
      const totals: number[] = [];
      return {
        add(group, row, event, index) {
          if (group === totals.length) totals.push(0);
          const value = number.of(row, event, index) ?? undefined;
          if (value !== undefined) totals[group]! += unitsOf(value, scale);
        },
        value: (group) => totals[group]! / scale,
      };
    },
    merge: (earlier, later) => (unitsOf(earlier, scale) + unitsOf(later, scale)) / scale,
  };
}

/** The value in units of 1 / `scale`, halves rounded away from zero, as SQL's `round` does. */
export function unitsOf(value: number, scale: number): number {
  const units = value * scale;
  return units < 0 ? -Math.round(-units) : Math.round(units);
}

export function unitsSql(value: string, scale: number): string {
  return scale === 1 ? `round(${value})` : `round((${value}) * ${scale})`;
}
