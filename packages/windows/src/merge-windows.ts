import type { Measure } from "./measures/measure.ts";
import { windowAt } from "./time-window.ts";
import type { TimedEvent, WindowRow, WindowTable } from "./window-table.ts";

/**
 * Rows of longer windows from those of a table, each of which must be given once: what the table would hold, were its
 * windows that long, except that sums of fractions may differ in their last bits.
 * @param sizeMs  a multiple of the table's
 */
export function mergeWindows<
  Event extends TimedEvent,
  Row,
  Key extends string,
  Measures extends Record<string, Measure<Event, Row>>,
>(
  { keys, measures }: WindowTable<Event, Row, Key, Measures>,
  rows: readonly WindowRow<Key, Measures>[],
  sizeMs: number,
): WindowRow<Key, Measures>[] {
  const keyNames = ["tenant", ...Object.keys(keys)] as const;
  const merges = Object.entries(measures).map(([name, { merge }]) => {
    if (!merge) throw new TypeError(`windows cannot be merged: ${name} of two windows does not tell that of both`);
    return [name, merge] as const;
  });
  const merged = new Map<string, Record<string, unknown>>();
  for (const row of [...rows].sort((a, b) => a.startMs - b.startMs) as unknown as Record<string, never>[]) {
    const window = windowAt(row["startMs"]!, sizeMs);
    const id = JSON.stringify([window.startMs, ...keyNames.map((name) => row[name])]);
    const known = merged.get(id);
    if (!known) merged.set(id, { ...row, ...window });
    else for (const [name, merge] of merges) known[name] = merge(known[name] as never, row[name] as never);
  }
  return [...merged.values()] as unknown as WindowRow<Key, Measures>[];
}
