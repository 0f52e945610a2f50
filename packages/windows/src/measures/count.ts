import type { Expression } from "../window-table.ts";
import type { Measure } from "./measure.ts";

/** Rows of which something holds. Default: all rows. */
export function count<Event, Row>(isCounted?: Expression<Event, Row, boolean>): Measure<Event, Row, number> {
  const of = isCounted?.of ?? (() => true);
  return {
    type: "BIGINT",
    duckdb: isCounted ? `count(CASE WHEN ${isCounted.sql} THEN 1 END)` : "count(*)",
    fold() {
      const counts: number[] = [];
      return {
        add(group, row, event, index) {
          if (group === counts.length) counts.push(0);
          if (of(row, event, index)) counts[group]! += 1;
        },
        value: (group) => counts[group]!,
      };
    },
    merge: (earlier, later) => earlier + later,
  };
}
