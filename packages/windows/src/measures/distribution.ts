import type { Expression } from "../window-table.ts";
import type { MaybeNumber, Measure } from "./measure.ts";
import { mergeSketches, readSketch, sketchText } from "./quantile-sketch.ts";

/**
 * The sketch of numbers, as `sketchText` has it; undefined where there is none. Takes the bucket of each
 * (`sketchBucket`), which must be a column: a logarithm in SQL may differ in its last bit, and so put a number at the
 * edge of a bucket into the next.
 */
export function distribution<Event, Row>(
  bucket: Expression<Event, Row, MaybeNumber>,
): Measure<Event, Row, string | undefined> {
  const entries = `list_sort(map_entries(histogram((${bucket.sql})::BIGINT)))`;
  const texts = `list_transform(${entries}, lambda bucket_count: concat(bucket_count.key, ':', bucket_count.value))`;
  return {
    type: "VARCHAR",
    duckdb: `nullif(array_to_string(${texts}, ' '), '')`,
    fold() {
      const sketches: Map<number, number>[] = [];
      return {
        add(group, row, event, index) {
          if (group === sketches.length) sketches.push(new Map());
          const value = bucket.of(row, event, index) ?? undefined;
          if (value === undefined) return;
          const sketch = sketches[group]!;
          sketch.set(value, (sketch.get(value) ?? 0) + 1);
        },
        value: (group) => sketchText(sketches[group]!) || undefined,
      };
    },
    merge(earlier, later) {
      if (earlier === undefined || later === undefined) return earlier ?? later;
      return sketchText(mergeSketches(readSketch(earlier), readSketch(later)));
    },
  };
}
