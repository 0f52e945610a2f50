import type { Expression } from "../window-table.ts";
import type { MaybeNumber, Measure } from "./measure.ts";

/** The least number; undefined where there is none. */
export function min<Event, Row>(number: Expression<Event, Row, MaybeNumber>): Measure<Event, Row, number | undefined> {
  return extreme(number, `min(${number.sql})`, 1);
}

/** The greatest number; undefined where there is none. */
export function max<Event, Row>(number: Expression<Event, Row, MaybeNumber>): Measure<Event, Row, number | undefined> {
  return extreme(number, `max(${number.sql})`, -1);
}

function extreme<Event, Row>(
  { of }: Expression<Event, Row, MaybeNumber>,
  aggregate: string,
  sign: 1 | -1,
): Measure<Event, Row, number | undefined> {
  return {
    type: "DOUBLE",
    duckdb: `(${aggregate})::DOUBLE`,
    fold() {
      // Not a number: none yet. It keeps the array one of plain doubles.
      const extremes: number[] = [];
      return {
        add(group, row, event, index) {
          if (group === extremes.length) extremes.push(Number.NaN);
          const value = of(row, event, index) ?? undefined;
          if (value === undefined) return;
          const known = extremes[group]!;
          if (Number.isNaN(known) || value * sign < known * sign) extremes[group] = value;
        },
        value: (group) => (Number.isNaN(extremes[group]) ? undefined : extremes[group]),
      };
    },
    merge(earlier, later) {
      if (earlier === undefined || later === undefined) return earlier ?? later;
      return later * sign < earlier * sign ? later : earlier;
    },
  };
}
