import type { Expression } from "../window-table.ts";
import type { Measure } from "./measure.ts";

/** Distinct texts. */
export function countDistinct<Event, Row>(
  text: Expression<Event, Row, string | null | undefined>,
): Measure<Event, Row, number> {
  return {
    type: "BIGINT",
    duckdb: distinctSql(text.sql),
    fold() {
      // Most windows see one visitor of an item, so a set is made for the second only.
      const known: (string | Set<string> | undefined)[] = [];
      return {
        add(group, row, event, index) {
          const value = text.of(row, event, index) ?? undefined;
          if (group === known.length) known.push(undefined);
          if (value === undefined) return;
          const values = known[group];
          if (values === undefined) known[group] = value;
          else if (typeof values !== "string") values.add(value);
          else if (values !== value) known[group] = new Set([values, value]);
        },
        value(group) {
          const values = known[group];
          return typeof values === "string" ? 1 : (values?.size ?? 0);
        },
      };
    },
  };
}

/**
 * Nearly all groups are single rows, and the others tiny, where lists of 64-bit hashes take less than half the time of
 * count(DISTINCT). Two of a million values coincide with probability 3·10^-8.
 */
function distinctSql(text: string): string {
  const hashes = `list(CASE WHEN ${text} IS NOT NULL THEN hash(${text}) END)`;
  return `CASE WHEN count(*) = 1 THEN count(${text}) ELSE len(list_distinct(${hashes})) END`;
}
