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
 * The number of the newest event that has one; of equal times that of the greatest id, and the greatest of one event's.
 * Undefined where there is none.
 */
export function last<Event extends TimedEvent, Row>(
  number: Expression<Event, Row, MaybeNumber>,
): Measure<Event, Row, number | undefined> {
  return {
    type: "DOUBLE",
    duckdb: `arg_max(${number.sql}, {t: ${timeSql}, id: ${idSql}, v: ${number.sql}})::DOUBLE`,
    fold() {
      const newest: (TimedValue | undefined)[] = [];
      return {
        add(group, row, event, index) {
          if (group === newest.length) newest.push(undefined);
          const value = number.of(row, event, index) ?? undefined;
          if (value === undefined) return;
          const place = timedValue(event, value);
          const known = newest[group];
          if (known === undefined || comparePlaces(known, place) < 0) newest[group] = place;
        },
        value: (group) => newest[group]?.value,
      };
    },
    merge: (earlier, later) => later ?? earlier,
  };
}
