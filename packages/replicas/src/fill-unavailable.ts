import { type Row, unavailableValue } from "@footfall/changes";
import type { PlacedChange } from "./replica.ts";

/** Whether the source did not send a large column of the row, since it was not changed. */
function lacksValues(row: Row | undefined): row is Row {
  return row !== undefined && Object.values(row).includes(unavailableValue);
}

/**
 * Puts the values that the replica has into columns that the source did not send. Where the replica has no row, nothing
 * is known of the column, and it is left out.
 * @param idOf  the same for two changes of one row
 * @param load  present rows of changes, in their order
 */
export async function fillUnavailable(
  changes: readonly PlacedChange[],
  idOf: (change: PlacedChange) => string,
  load: (changes: readonly PlacedChange[]) => Promise<readonly (Row | undefined)[]>,
): Promise<readonly PlacedChange[]> {
  const lacking = changes.filter(({ change }) => lacksValues(change.after));
  if (lacking.length === 0) return changes;
  const loaded = await load(lacking);
  const rows = new Map(lacking.map((change, at) => [idOf(change), loaded[at]]));
  return changes.map((placed) => {
    const { change } = placed;
    // Updates come after inserts, so no row that a truncation leaves lacks a value.
    if (change.operation === "truncate") return placed;
    const id = idOf(placed);
    const after = lacksValues(change.after) ? filled(change.after, rows.get(id)) : change.after;
    if (rows.has(id)) rows.set(id, after);
    return after === change.after ? placed : { ...placed, change: { ...change, after } };
  });
}

function filled(row: Row, known: Row | undefined): Row {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value === unavailableValue ? known?.[name] : value,
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Row;
}
