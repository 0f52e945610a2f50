import type { Expression, TimedEvent } from "../window-table.ts";
import {
  comparePlaces,
  idSql,
  type MaybeNumber,
  type Measure,
  type TimedValue,
  timedValue,
  timeSql,
} from "./measure.ts";

/**
 * Sum of numbers of any size, added in order of time, so that the order of arrival does not matter. They are held until
 * the window closes; `sum` holds nothing, but is for numbers of one scale. Undefined where there is none.
 */
export function sumInOrder<Event extends TimedEvent, Row>(
  number: Expression<Event, Row, MaybeNumber>,
): Measure<Event, Row, number | undefined> {
  return {
    type: "DOUBLE",
    duckdb: inOrderSql(`(${number.sql})::DOUBLE`, `${timeSql}, ${idSql}, ${number.sql}`),
    fold() {
      const values: TimedValue[][] = [];
      return {
        add(group, row, event, index) {
          if (group === values.length) values.push([]);
          const value = number.of(row, event, index) ?? undefined;
          if (value !== undefined) values[group]!.push(timedValue(event, value));
        },
        value(group) {
          const [first, ...others] = values[group]!.sort(comparePlaces);
          return first && others.reduce((total, { value }) => total + value, first.value);
        },
      };
    },
    merge: (earlier, later) => (earlier === undefined || later === undefined ? (earlier ?? later) : earlier + later),
  };
}

/** Sum of the values that are not null, in an order; `sum(… ORDER BY …)` adds equal neighbours by a product. */
export function inOrderSql(value: string, order: string): string {
  // Names that no column has: a column would hide the lambda's parameter.
  const plus = "lambda sum_before, value_after: sum_before + value_after";
  return `list_reduce(list(${value} ORDER BY ${order}) FILTER ((${value}) IS NOT NULL), ${plus})`;
}
