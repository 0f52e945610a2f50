import { stringifyExactJson } from "@footfall/changes";
import type { FeedRow } from "../feed-row.ts";
import type { RowStore } from "./row-store.ts";

export type BadRow = Extract<FeedRow, { readonly problem: unknown }>;

/** Twice in an envelope, before and after, a product stays below the log's bound of 1 MiB a record. */
const productBytesMax = 400_000;

/** What a feed says, as a whole. */
export interface StagedFeed {
  readonly rows: number;
  readonly products: number;
  readonly badRows: number;
  /** Rows that repeat another one word by word. */
  readonly repeatedRows: number;
  /** Products whose only row is bad: they are in the feed, so they stay as they are. */
  readonly unreadableIds: ReadonlySet<string>;
  /** Bad rows that do not say whose they are. */
  readonly namelessRows: number;
}

/**
 * Reads a feed to its end into `store.staged`. Of several rows of one product the first one counts; others than it are
 * bad rows.
 * @param onBadRow  told each of them, in the feed's order; waited for
 */
export async function stageFeed(
  feed: AsyncIterable<readonly FeedRow[]>,
  store: RowStore,
  onBadRow: (row: BadRow) => void | Promise<void> = () => {},
): Promise<StagedFeed> {
  const counts = { rows: 0, products: 0, badRows: 0, repeatedRows: 0, namelessRows: 0 };
  const unreadableIds = new Set<string>();
  for await (const batch of feed) {
    const bad: BadRow[] = [];
    store.write(() => {
      for (const row of batch) {
        counts.rows += 1;
        if ("problem" in row) {
          bad.push(row);
          continue;
        }
        const { item_id: itemId } = row.product;
        const text = stringifyExactJson(row.product);
        const bytes = Buffer.byteLength(text);
        if (bytes > productBytesMax) {
          const reason = `has ${bytes} bytes; at most ${productBytesMax} are allowed`;
          bad.push({ line: row.line, itemId, problem: { field: undefined, reason } });
          continue;
        }
        const known = store.staged.get(itemId);
        if (known === undefined) {
          store.staged.put(itemId, `${row.line}|${text}`);
          counts.products += 1;
        } else if (stagedRow(known) === text) counts.repeatedRows += 1;
        else {
          const reason = `${JSON.stringify(itemId)} is on line ${known.slice(0, known.indexOf("|"))} too, with other values`;
          bad.push({ line: row.line, itemId, problem: { field: "item_id", reason } });
        }
      }
    });
    counts.badRows += bad.length;
    for (const row of bad) {
      if (row.itemId === undefined) counts.namelessRows += 1;
      else unreadableIds.add(row.itemId);
      await onBadRow(row);
    }
  }
  return { ...counts, unreadableIds };
}

/** The row's JSON in a text of `store.staged`. */
export function stagedRow(text: string): string {
  return text.slice(text.indexOf("|") + 1);
}
