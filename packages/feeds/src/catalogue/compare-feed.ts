import { type CatalogueState, currentRow, currentRows } from "./read-catalogue.ts";
import type { RowStore } from "./row-store.ts";
import { stagedRow, type StagedFeed } from "./stage-feed.ts";

/** What makes a row of the catalogue what the feed says. Rows are JSON. */
export type CatalogueChange = { readonly itemId: string } & (
  | { readonly operation: "create"; readonly before?: undefined; readonly after: string }
  | { readonly operation: "update"; readonly before: string; readonly after: string }
  | { readonly operation: "delete"; readonly before: string; readonly after?: undefined }
);

export interface CompareOptions {
  /** The feed holds some products only: none is deleted. */
  readonly isPartial: boolean;
  /** Delete also where bad rows do not say whose they are, and so may be of the products that seem to be absent. */
  readonly allowDeletes: boolean;
}

/** What the feed would change, in numbers of products. */
export interface ChangeCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Absent from the feed, but left: its row may be one of the bad rows. */
  readonly heldBack: number;
  /** Before the feed. */
  readonly current: number;
}

/**
 * The fewest changes that make the catalogue what the feed says: creates and updates, then deletes, each in order of
 * the ids' bytes. The same stores give the same changes.
 */
export function* compareFeed(
  store: RowStore,
  state: CatalogueState,
  staged: StagedFeed,
  options: CompareOptions,
): Generator<CatalogueChange> {
  for (const [itemId, text] of store.staged.entries()) {
    const after = stagedRow(text);
    const before = currentRow(store, state, itemId)?.row;
    if (before === undefined) yield { operation: "create", itemId, after };
    else if (before !== after) yield { operation: "update", itemId, before, after };
  }
  if (!deletes(staged, options)) return;
  for (const { itemId, row } of absentRows(store, state, staged)) {
    yield { operation: "delete", itemId, before: row };
  }
}

/** @param onChange  told each change */
export function countChanges(
  store: RowStore,
  state: CatalogueState,
  staged: StagedFeed,
  options: CompareOptions,
  onChange: (change: CatalogueChange) => void = () => {},
): ChangeCounts {
  const counts = { create: 0, update: 0, delete: 0 };
  for (const change of compareFeed(store, state, staged, options)) {
    counts[change.operation] += 1;
    onChange(change);
  }
  let [heldBack, current] = [0, 0];
  for (const { itemId } of currentRows(store, state)) {
    current += 1;
    const isAbsent = store.staged.get(itemId) === undefined;
    if (isAbsent && !options.isPartial) heldBack += 1;
  }
  return {
    created: counts.create,
    updated: counts.update,
    deleted: counts.delete,
    unchanged: staged.products - counts.create - counts.update,
    heldBack: heldBack - counts.delete,
    current,
  };
}

function deletes({ namelessRows }: StagedFeed, { isPartial, allowDeletes }: CompareOptions): boolean {
  return !isPartial && (namelessRows === 0 || allowDeletes);
}

function* absentRows(store: RowStore, state: CatalogueState, { unreadableIds }: StagedFeed) {
  for (const row of currentRows(store, state)) {
    if (store.staged.get(row.itemId) === undefined && !unreadableIds.has(row.itemId)) yield row;
  }
}
